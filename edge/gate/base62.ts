/** Base62: digits, then upper case, then lower case; one word for a double click, safe in a URL. */
import type { Random } from '../ports.ts';

const alphabet = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';

/**
 * The bytes as one big-endian number, in exactly `length` characters, zeros in front: equal lengths
 * of bytes give equal lengths of text. @throws RangeError when the number does not fit
 */
export function base62(bytes: Uint8Array, length: number): string {
  let rest = 0n;
  for (const byte of bytes) rest = (rest << 8n) | BigInt(byte);
  let text = '';
  for (let index = 0; index < length; index += 1) {
    text = (alphabet[Number(rest % 62n)] ?? '') + text;
    rest /= 62n;
  }
  if (rest > 0n) {
    throw new RangeError(`${bytes.length} bytes do not fit into ${length} characters`);
  }
  return text;
}

const identifierBytes = 16;
/** 62^22 is more than 2^128. */
const identifierCharacters = 22;

/** What `randomIdentifier` makes; for checking one that came back. */
export const identifierPattern = /^[0-9A-Za-z]{22}$/;

/** 128 random bits in 22 characters: `jti`, session identifiers. No two are alike, none is guessed. */
export function randomIdentifier(random: Random): string {
  return base62(random.bytes(identifierBytes), identifierCharacters);
}
