/**
 * Writes HTTP/1.1 heads. What would be read differently from how it was meant is refused: line ends
 * in any part (RFC 9112 §11.1, header injection), blanks in methods and targets, odd names.
 */
import { writeLatin1 } from '../bytes.ts';
import { bitsOf, targetBit, textBit, tokenBit } from './characters.ts';

declare class TextEncoder {
  encodeInto(text: string, into: Uint8Array): { read: number; written: number };
}

const encoder = new TextEncoder();
let scratch = new Uint8Array(16 * 1024);

const cr = 13;
const lf = 10;

/** @throws RangeError when a part has a character that may not stand there, or one above 255 */
export function encodeRequestHead(
  method: string,
  target: string,
  fields: readonly string[],
): Uint8Array {
  const bytes = encode(`${method} ${target} HTTP/1.1`, fields);
  const space = method.length;
  check(bytes, 0, space, tokenBit, 'a method');
  check(bytes, space + 1, space + 1 + target.length, targetBit, 'a request target');
  return bytes;
}

/** `reason` may be empty. @throws RangeError as `encodeRequestHead`, or for a status not of 100 to 999 */
export function encodeResponseHead(
  status: number,
  reason: string,
  fields: readonly string[],
): Uint8Array {
  if (!Number.isInteger(status) || status < 100 || status > 999) {
    throw new RangeError(`${status} is no status of three digits`);
  }
  const bytes = encode(`HTTP/1.1 ${status} ${reason}`, fields);
  if (reason !== '') check(bytes, 13, 13 + reason.length, textBit, 'a reason');
  return bytes;
}

/** The last chunk and the trailer section of a chunked body. @throws RangeError as `encodeRequestHead` */
export function encodeLastChunk(trailers: readonly string[]): Uint8Array {
  return encode('0', trailers);
}

/** The line before a chunk of `bytes` bytes, which must not be 0: that would end the body. */
export function chunkHeader(bytes: number): Uint8Array {
  if (!Number.isSafeInteger(bytes) || bytes <= 0) throw new RangeError(`a chunk of ${bytes} bytes`);
  const text = `${bytes.toString(16)}\r\n`;
  const line = new Uint8Array(text.length);
  writeLatin1(line, 0, text);
  return line;
}

/** What follows a chunk's bytes. */
export const crlf: Uint8Array = new Uint8Array([cr, lf]);

/** Encoded first, checked afterwards: bytes are cheaper to look at than parts of strings. */
function encode(line: string, fields: readonly string[]): Uint8Array {
  if (fields.length % 2 !== 0) throw new RangeError('a field name without a value');
  let text = `${line}\r\n`;
  for (let index = 0; index < fields.length; index += 2) {
    text += `${fields[index]}: ${fields[index + 1]}\r\n`;
  }
  text += '\r\n';
  if (text.length > scratch.length) scratch = new Uint8Array(2 * text.length);
  const { read, written } = encoder.encodeInto(text, scratch);
  // More bytes than code units: not ASCII, so UTF-8 is not latin-1.
  if (read !== text.length || written !== text.length) writeLatin1(scratch, 0, text);
  const bytes = scratch.slice(0, text.length);
  let at = line.length + 2;
  for (let index = 0; index < fields.length; index += 2) {
    const nameEnd = at + (fields[index] ?? '').length;
    const valueEnd = nameEnd + 2 + (fields[index + 1] ?? '').length;
    check(bytes, at, nameEnd, tokenBit, 'a field name');
    if (valueEnd > nameEnd + 2) check(bytes, nameEnd + 2, valueEnd, textBit, 'a field value');
    at = valueEnd + 2;
  }
  return bytes;
}

function check(bytes: Uint8Array, start: number, end: number, bit: number, what: string): void {
  if (start === end) throw new RangeError(`${what} is empty`);
  for (let at = start; at < end; at += 1) {
    const byte = bytes[at] ?? 0;
    if (((bitsOf[byte] ?? 0) & bit) === 0) {
      throw new RangeError(
        `${what} with the character 0x${byte.toString(16)}, which may not stand there`,
      );
    }
  }
}
