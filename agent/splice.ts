/** A client whose bytes go by unread: to the app, or all of them to a laptop. */
import type { Socket } from 'node:net';
import type { Upstream, UpstreamEvents } from './upstream.ts';

/**
 * Joins the two until both have ended. One that breaks resets the other: a truncation must not look
 * like an end. `first`: bytes of the client that were read before.
 */
export function spliceClient(
  socket: Socket,
  first: Buffer | undefined,
  connect: (events: UpstreamEvents) => Upstream,
): void {
  let ended = false;
  let broken = false;
  const upstream = connect({
    onData: (bytes) => {
      if (!socket.write(bytes)) upstream.pause();
    },
    onDrain: () => socket.resume(),
    onEnd: () => socket.end(),
    onBroken: () => {
      broken = true;
      socket.resetAndDestroy();
    },
  });
  socket.on('data', (bytes) => {
    if (!upstream.write(bytes)) socket.pause();
  });
  socket.on('drain', () => upstream.resume());
  socket.on('end', () => {
    ended = true;
    upstream.end();
  });
  socket.on('error', () => {});
  socket.on('close', (hadError) => {
    // After two clean ends the upstream still has bytes to send, and ends by itself.
    if (!broken && (hadError || !ended)) upstream.destroy();
  });
  if (first && first.length > 0 && !upstream.write(first)) socket.pause();
  else socket.resume();
}
