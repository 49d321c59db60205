/** A request's body into the tunnel. */
import type { Stream } from '#protocol/stream.ts';

/** workerd's default reader gives 4 KiB at a time; a buffer of our own gets as much as there is. */
const readBytes = 64 * 1024;

/** `room`: resolves when the stream takes more. Rejects when the viewer breaks off. */
export async function upload(
  body: ReadableStream,
  stream: Stream,
  room: () => Promise<void>,
): Promise<void> {
  const reader = body.getReader({ mode: 'byob' });
  try {
    for (;;) {
      const { value, done } = await reader.read(new Uint8Array(readBytes));
      if (done) return stream.end();
      if (stream.closed) return await reader.cancel();
      if (!stream.write(value)) await room();
      if (stream.closed) return await reader.cancel();
    }
  } finally {
    reader.releaseLock();
  }
}
