/** A client whose bytes go by unread: to the app, or all of them to a laptop. */
import type { Socket } from 'node:net';
import type { Upstream, UpstreamEvents } from './upstream.ts';

export function spliceClient(
  socket: Socket,
  first: Buffer | undefined,
  connect: (events: UpstreamEvents) => Upstream,
): void {
  let over = false;
  const upstream: Upstream = connect({
    onData: (bytes) => {
      if (!socket.write(bytes)) upstream.pause();
    },
    onDrain: () => socket.resume(),
    onEnd: () => socket.end(),
    onClose: (ending) => {
      over = true;
      // A connection that failed must not look like one that ended.
      if (ending === 'end') socket.destroySoon();
      else socket.resetAndDestroy();
    },
  });
  socket.on('data', (bytes) => {
    if (!upstream.write(bytes)) socket.pause();
  });
  socket.on('drain', () => upstream.resume());
  socket.on('end', () => upstream.end());
  socket.on('error', () => {});
  socket.on('close', () => {
    if (!over) upstream.destroy();
  });
  if (first) upstream.write(first);
}
