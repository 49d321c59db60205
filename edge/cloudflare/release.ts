/** Memory of bodies, given back at once: garbage is collected only after tens of megabytes of it. */
import { frameHeaderBytes } from '#protocol/frame.ts';

/** Smaller messages are not worth a call. */
const minBytes = 16 * 1024;

/** `bytes`: of a DATA frame whose consumer has copied them. Does nothing where others share the message. */
export function release({ buffer, length }: Uint8Array): void {
  if (length < minBytes || length + frameHeaderBytes !== buffer.byteLength) return;
  if (buffer instanceof ArrayBuffer) buffer.transfer(0);
}
