/** Bytes between a stream and a socket, or between two streams, with back-pressure and half-close. */
import { Flag, ResetCode } from './frame.ts';
import type { StreamHandler, Stream } from './stream.ts';

/** What of Node's `net.Socket` is used. Made with `allowHalfOpen: true`. */
export interface SocketLike {
  readonly writableEnded: boolean;
  readonly writableLength: number;
  write(bytes: Uint8Array): boolean;
  end(): unknown;
  pause(): unknown;
  resume(): unknown;
  destroy(): unknown;
  resetAndDestroy?(): unknown;
  on(event: 'data', listener: (bytes: Uint8Array) => void): unknown;
  on(event: 'end' | 'drain', listener: () => void): unknown;
  on(event: 'close', listener: (hadError: boolean) => void): unknown;
  on(event: 'error', listener: (error: Error) => void): unknown;
}

/**
 * Joins a stream and a socket. Returns the handler that the stream must get.
 * A socket that breaks resets the stream with ORIGIN_RESET; a reset stream resets the socket, so
 * that neither side takes a truncation for an end. Until `isOpen`, breaking is the caller's matter.
 */
export function spliceSocket(
  stream: Stream,
  socket: SocketLike,
  isOpen: () => boolean = () => true,
): StreamHandler {
  let held = 0;
  let ended = false;
  let over = false;
  const give = (): void => {
    const bytes = held;
    held = 0;
    if (bytes > 0) stream.consumed(bytes);
  };
  socket.on('data', (bytes) => {
    if (!stream.write(bytes)) socket.pause();
  });
  socket.on('end', () => {
    ended = true;
    stream.end();
  });
  socket.on('drain', give);
  socket.on('error', () => {});
  socket.on('close', () => {
    give();
    if (over || !isOpen()) return;
    over = true;
    if (!ended || !stream.remoteEnded) stream.reset(ResetCode.originReset);
  });
  return {
    onHead(_head, fin) {
      if (fin) socket.end();
    },
    onData(bytes, _flags, fin) {
      if (bytes.length > 0) {
        held += bytes.length;
        if (socket.write(bytes)) give();
      }
      if (fin) socket.end();
    },
    onWritable() {
      socket.resume();
    },
    onReset() {
      over = true;
      // libuv refuses to reset a socket whose end is being sent, and Node then loses it open.
      const ending = socket.writableEnded && socket.writableLength === 0;
      if (socket.resetAndDestroy && !ending) socket.resetAndDestroy();
      else socket.destroy();
    },
  };
}

/**
 * Joins two streams of different sessions: whatever comes on one goes out on the other.
 * `lostCode`: what `a` is told when the session of `b` is lost.
 */
export function joinStreams(a: Stream, b: Stream, lostCode: ResetCode): void {
  const heldOf = { a: 0, b: 0 };
  const giveA = (): void => {
    const bytes = heldOf.a;
    heldOf.a = 0;
    if (bytes > 0) a.consumed(bytes);
  };
  const giveB = (): void => {
    const bytes = heldOf.b;
    heldOf.b = 0;
    if (bytes > 0) b.consumed(bytes);
  };
  a.handler = {
    onHead: (head, fin) => b.head(head, fin),
    onData(bytes, flags, fin) {
      heldOf.a += bytes.length;
      if (b.write(bytes, fin ? flags : flags & ~Flag.fin)) giveA();
    },
    onWritable: giveB,
    onReset: (code) => b.reset(code),
  };
  b.handler = {
    onHead: (head, fin) => a.head(head, fin),
    onData(bytes, flags, fin) {
      heldOf.b += bytes.length;
      if (a.write(bytes, fin ? flags : flags & ~Flag.fin)) giveB();
    },
    onWritable: giveA,
    onReset: (code) => a.reset(code === ResetCode.connectorGone ? lostCode : code),
  };
}
