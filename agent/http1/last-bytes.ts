/** How a client's connection ends when bytes for it are still queued. */
import type { Socket } from 'node:net';

/**
 * A client that is still sending gets so long to read its answer: closing with unread bytes makes
 * the kernel send a reset, which may overtake the answer (RFC 9112 §9.6).
 */
const lingerMs = 3_000;

/** Sends what is queued, then the end. What still comes is read and dropped. */
export function closeAfterwards(socket: Socket, hasEnded: boolean): void {
  socket.resume();
  socket.end(() => {
    if (hasEnded || socket.destroyed) return;
    const timer = setTimeout(() => socket.destroy(), lingerMs).unref();
    socket.once('close', () => clearTimeout(timer));
  });
}

/** Sends what is queued, then a reset: no client takes that for the end of an answer. */
export function resetAfterwards(socket: Socket): void {
  socket.resume();
  if (socket.writableLength === 0) socket.resetAndDestroy();
  else socket.write('', () => socket.resetAndDestroy());
}
