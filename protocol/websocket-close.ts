/** Payload of a close on `ws` streams: that of the close frame (RFC 6455 §5.5.1). */
import { fromUtf8, readU16, utf8, writeU16 } from './bytes.ts';

/** Code and reason, or nothing where there was no code (1005). */
export function closePayload(code: number, reason: string): Uint8Array {
  if (code === 1005) return new Uint8Array(0);
  const text = utf8(reason);
  const payload = new Uint8Array(2 + text.length);
  writeU16(payload, 0, code);
  payload.set(text, 2);
  return payload;
}

/** Closes a WebSocket, of `ws` or of a Worker, as the payload says. `fault`: said where it cannot be. */
export function closeAs(
  webSocket: { close(code?: number, reason?: string): void },
  payload: Uint8Array,
  fault = '',
): void {
  if (payload.length < 2) return webSocket.close();
  try {
    webSocket.close(readU16(payload, 0), fromUtf8(payload.subarray(2)));
  } catch {
    // A code that may not be sent (RFC 6455 §7.4.1).
    webSocket.close(1002, fault);
  }
}
