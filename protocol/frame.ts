/**
 * A frame: `length u24 | type u8 | flags u8 | reserved u24 | stream u32`, big-endian, then
 * `length` bytes of payload. `docs/protocol.md` §2.
 */
import { readU24, readU32, writeU24, writeU32 } from './bytes.ts';
import { maxPayloadBytes } from './limits.ts';

export const frameHeaderBytes = 12;

export const FrameType = {
  hello: 0x01,
  open: 0x02,
  head: 0x03,
  data: 0x04,
  window: 0x05,
  reset: 0x06,
  goaway: 0x07,
  ping: 0x08,
  pong: 0x09,
  control: 0x0a,
  resync: 0x0b,
} as const;

export const Flag = {
  /** OPEN, HEAD, DATA: this direction of the stream ends here. */
  fin: 0x01,
  /** DATA of a `ws` stream: the message is text. */
  text: 0x02,
  /** DATA of a `ws` stream: the message goes on in the next DATA. CONTROL: so does the JSON. */
  cont: 0x04,
  /** DATA of a `ws` stream, with FIN: a close code (u16) and reason (UTF-8), or nothing. */
  close: 0x08,
  /** On a type that the receiver does not know: skip the frame instead of closing. */
  optional: 0x80,
} as const;

/** Codes of RESET; what each means to a viewer is in `docs/protocol.md` §6. */
export const ResetCode = {
  cancel: 0,
  refused: 1,
  protocol: 2,
  flow: 3,
  internal: 4,
  dialRefused: 5,
  dialTimeout: 6,
  originReset: 7,
  headTimeout: 8,
  connectorGone: 9,
  interceptGone: 10,
  limit: 11,
  idle: 12,
} as const;
export type ResetCode = (typeof ResetCode)[keyof typeof ResetCode];

/** Close codes of the tunnel's WebSocket (4000–4999 are for applications, RFC 6455 §7.4.2). */
export const CloseCode = {
  normal: 1000,
  goingAway: 1001,
  /** A frame that breaks `docs/protocol.md`. */
  protocol: 4400,
  /** The bearer is not, or no longer, accepted. */
  unauthorized: 4401,
  /** More bytes than credit. */
  flow: 4408,
  /** Another socket of the same client took its place. */
  replaced: 4409,
  /** No HELLO, or no keep-alive answer. */
  timeout: 4410,
  /** No version in common. */
  version: 4426,
  /** Control frames pile up for a peer that does not read. */
  flood: 4429,
} as const;

/** Thrown by decoders; the session closes its socket with `closeCode` and the message as reason. */
export class ProtocolError extends Error {
  readonly closeCode: number;
  constructor(message: string, closeCode: number = CloseCode.protocol) {
    super(message);
    this.closeCode = closeCode;
  }
}

/** Where a frame lies in its message; reused from frame to frame, so take what you need at once. */
export interface FrameView {
  type: number;
  flags: number;
  stream: number;
  /** Payload is `message[start, end)`. */
  start: number;
  end: number;
}

export function writeFrameHeader(
  into: Uint8Array,
  at: number,
  type: number,
  flags: number,
  stream: number,
  payloadBytes: number,
): void {
  writeU24(into, at, payloadBytes);
  into[at + 3] = type;
  into[at + 4] = flags;
  writeU24(into, at + 5, 0);
  writeU32(into, at + 8, stream);
}

/**
 * Reads the frame at `at` into `view`; its end is where the next one starts.
 * @throws ProtocolError when it is truncated, too long or has reserved bits set
 */
export function readFrame(message: Uint8Array, at: number, view: FrameView): void {
  if (message.length - at < frameHeaderBytes) {
    throw new ProtocolError(`truncated frame header at byte ${at} of ${message.length}`);
  }
  const length = readU24(message, at);
  if (length > maxPayloadBytes) {
    throw new ProtocolError(`frame of ${length} bytes, at most ${maxPayloadBytes} are allowed`);
  }
  if (readU24(message, at + 5) !== 0) throw new ProtocolError('reserved bits are set');
  const start = at + frameHeaderBytes;
  if (start + length > message.length) {
    throw new ProtocolError(`truncated frame: ${length} bytes announced at byte ${at}`);
  }
  view.type = message[at + 3] ?? 0;
  view.flags = message[at + 4] ?? 0;
  view.stream = readU32(message, at + 8);
  view.start = start;
  view.end = start + length;
}
