/** The payload of GOAWAY: `last stream accepted u32 | reason` (`docs/protocol.md` §8). */
import { readU32, utf8, writeU32 } from './bytes.ts';
import { ProtocolError } from './frame.ts';
import { utf8Text } from './open-frame.ts';

export function writeGoaway(last: number, reason: string): Uint8Array {
  const text = utf8(reason);
  const payload = new Uint8Array(4 + text.length);
  writeU32(payload, 0, last);
  payload.set(text, 4);
  return payload;
}

/** @throws ProtocolError */
export function readGoaway(payload: Uint8Array): { last: number; reason: string } {
  if (payload.length < 4) throw new ProtocolError('truncated GOAWAY');
  return { last: readU32(payload, 0), reason: utf8Text(payload.subarray(4)) };
}
