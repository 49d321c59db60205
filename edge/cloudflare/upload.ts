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
  let spare = new Uint8Array(readBytes);
  try {
    for (;;) {
      const { value, done } = await reader.read(spare);
      if (done) return stream.end();
      if (stream.closed) return await reader.cancel();
      if (!stream.write(value)) await room();
      if (stream.closed) return await reader.cancel();
      spare = spareOf(value, stream);
    }
  } finally {
    reader.releaseLock();
  }
}

/** What is not queued has been copied into a message: its memory serves again. */
function spareOf({ buffer }: Uint8Array, stream: Stream): Uint8Array<ArrayBuffer> {
  const free = stream.queuedBytes === 0 && buffer instanceof ArrayBuffer;
  return new Uint8Array(free ? buffer : new ArrayBuffer(readBytes));
}
