/** Which bytes may stand where in a head, as one table of bits. */

/** RFC 9110 §5.6.2: names of fields, methods. */
export const tokenBit = 1;
/** RFC 9110 §5.5: field values, with blanks and obs-text; no control but HTAB. */
export const textBit = 2;
/** A request target: everything printable. Raw UTF-8 is no URI, but is sent, and frames nothing. */
export const targetBit = 4;
/** RFC 3986 §3.2.2 and §3.2.3: host and port. */
export const hostBit = 8;
/** Hexadecimal digit. */
export const hexBit = 16;

const alphanumeric = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';

/** Bits by byte; index with a byte only. */
export const bitsOf = new Uint8Array(256);

for (let byte = 0x20; byte < 256; byte += 1) if (byte !== 0x7f) add(byte, textBit);
add(0x09, textBit);
for (let byte = 0x21; byte < 256; byte += 1) if (byte !== 0x7f) add(byte, targetBit);
addAll(`!#$%&'*+-.^_\`|~${alphanumeric}`, tokenBit);
addAll(`-._~%!$&'()*+,;=:[]${alphanumeric}`, hostBit);
addAll('0123456789ABCDEFabcdef', hexBit);

function add(byte: number, bit: number): void {
  bitsOf[byte] = (bitsOf[byte] ?? 0) | bit;
}

function addAll(characters: string, bit: number): void {
  for (let index = 0; index < characters.length; index += 1) add(characters.charCodeAt(index), bit);
}

/** `text` for `isFolded`, which compares without regard to case. */
export function folded(text: string): Uint8Array {
  return Uint8Array.from(text, (character) => character.charCodeAt(0) | 0x20);
}

/**
 * Whether the token `bytes[at, at + name.length)` is `name` in any case. Folding by one bit is exact
 * for letters, digits, `-` and `_`, as long as no control stands in `bytes` there.
 */
export function isFolded(bytes: Uint8Array, at: number, name: Uint8Array): boolean {
  for (let index = 0; index < name.length; index += 1) {
    if (((bytes[at + index] ?? 0) | 0x20) !== name[index]) return false;
  }
  return true;
}
