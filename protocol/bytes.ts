/**
 * Text and numbers in bytes. HTTP fields are raw bytes; as strings they are latin-1, one code unit
 * per byte, so nothing is lost on the way (RFC 9110 §5.5). JSON is UTF-8.
 */

declare class TextEncoder {
  encode(text: string): Uint8Array;
}
declare class TextDecoder {
  constructor(label: string, options: { fatal: boolean });
  decode(bytes: Uint8Array): string;
}

const encoder = new TextEncoder();
const decoder = new TextDecoder('utf-8', { fatal: true });

export const empty = new Uint8Array(0);

export function utf8(text: string): Uint8Array {
  return encoder.encode(text);
}

/** @throws TypeError when the bytes are not UTF-8 */
export function fromUtf8(bytes: Uint8Array): string {
  return decoder.decode(bytes);
}

const asciiDecoder = new TextDecoder('utf-8', { fatal: false });

/**
 * Latin-1 bytes as a string. WHATWG's "latin1" decoder is windows-1252, so it does not serve; for
 * ASCII, which nearly all heads are, the UTF-8 decoder gives the same and is ten times faster.
 */
export function latin1(bytes: Uint8Array, start: number, end: number): string {
  let bits = 0;
  for (let at = start; at < end; at += 1) bits |= bytes[at] ?? 0;
  if (bits < 128) return asciiDecoder.decode(bytes.subarray(start, end));
  let text = '';
  for (let at = start; at < end; at += 4096) {
    text += String.fromCharCode.apply(
      null,
      bytes.subarray(at, at + 4096 < end ? at + 4096 : end) as unknown as number[],
    );
  }
  return text;
}

/**
 * Writes `text` as latin-1 at `at` and returns the index behind it.
 * @throws RangeError for a code unit above 255
 */
export function writeLatin1(into: Uint8Array, at: number, text: string): number {
  for (let index = 0; index < text.length; index += 1) {
    const code = text.charCodeAt(index);
    if (code > 255) throw new RangeError(`not latin-1: U+${code.toString(16)} in a header`);
    into[at + index] = code;
  }
  return at + text.length;
}

export function readU16(bytes: Uint8Array, at: number): number {
  return ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0);
}

export function readU24(bytes: Uint8Array, at: number): number {
  return ((bytes[at] ?? 0) << 16) | readU16(bytes, at + 1);
}

export function readU32(bytes: Uint8Array, at: number): number {
  return (bytes[at] ?? 0) * 0x1000000 + readU24(bytes, at + 1);
}

/** Offsets are u48: 256 TiB on one stream, exact in a double. */
export function readU48(bytes: Uint8Array, at: number): number {
  return readU16(bytes, at) * 0x100000000 + readU32(bytes, at + 2);
}

export function writeU16(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = value >>> 8;
  bytes[at + 1] = value;
}

export function writeU24(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = value >>> 16;
  writeU16(bytes, at + 1, value);
}

export function writeU32(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = value >>> 24;
  writeU24(bytes, at + 1, value);
}

export function writeU48(bytes: Uint8Array, at: number, value: number): void {
  writeU16(bytes, at, Math.floor(value / 0x100000000));
  writeU32(bytes, at + 2, value % 0x100000000);
}

/** Lower case, two digits a byte. */
export function hex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}
