/** What may come on a stream, by its state (`docs/protocol.md` §4, §5). False: a breach. */
import { CloseCode, ProtocolError } from './frame.ts';
import { isInterim, type Head } from './head.ts';
import { StreamKind, type Stream } from './stream.ts';

export function takesHead(stream: Stream, head: Head, fin: boolean): boolean {
  const interim = stream.kind !== StreamKind.tcp && !stream.headReceived && isInterim(head);
  // After the final head only trailers may come, and they end the direction (§4).
  if (stream.remoteEnded || (stream.headReceived && !fin) || (interim && fin)) return false;
  if (!interim) stream.headReceived = true;
  if (fin) stream.remoteEnded = true;
  return true;
}

/** @throws ProtocolError when the bytes are beyond the stream's credit */
export function takesData(stream: Stream, bytes: number, fin: boolean): boolean {
  stream.receivedBytes += bytes;
  if (stream.receivedBytes > stream.receiveLimit) {
    throw new ProtocolError(`more data than credit on stream ${stream.id}`, CloseCode.flow);
  }
  if (stream.remoteEnded || !stream.headReceived) return false;
  stream.dataReceived = true;
  if (fin) stream.remoteEnded = true;
  return true;
}
