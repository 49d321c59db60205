/** The payload of OPEN: `kind u8 | target length u16 | target | head` (`docs/protocol.md` §2). */
import { fromUtf8, readU16 } from './bytes.ts';
import { ProtocolError } from './frame.ts';
import { readHead } from './head.ts';
import { maxTargetBytes } from './limits.ts';
import { StreamKind } from './stream.ts';

export interface OpenFrame {
  kind: StreamKind;
  target: string;
  head: string[];
}

/** @throws ProtocolError */
export function readOpen(message: Uint8Array, start: number, end: number): OpenFrame {
  const kind = message[start];
  const targetBytes = readU16(message, start + 1);
  const headStart = start + 3 + targetBytes;
  if (end - start < 3 || headStart > end) throw new ProtocolError('truncated OPEN');
  if (targetBytes > maxTargetBytes) throw new ProtocolError(`target of ${targetBytes} bytes`);
  if (kind !== StreamKind.http && kind !== StreamKind.ws && kind !== StreamKind.tcp) {
    throw new ProtocolError(`unknown kind of stream ${kind}`);
  }
  const target = utf8Text(message.subarray(start + 3, headStart));
  return { kind, target, head: readHead(message, headStart, end) };
}

/** @throws ProtocolError when it is not UTF-8 */
export function utf8Text(bytes: Uint8Array): string {
  try {
    return fromUtf8(bytes);
  } catch {
    throw new ProtocolError('text that is not UTF-8');
  }
}
