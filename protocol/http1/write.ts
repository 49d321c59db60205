/** Writes HTTP/1.1 heads. Refuses what would end a line early (RFC 9112 §11.1, header injection). */
import { writeLatin1 } from '../bytes.ts';

let scratch = new Uint8Array(16 * 1024);

/** @throws RangeError when a part contains CR, LF, NUL or a code unit above 255 */
export function encodeRequestHead(
  method: string,
  target: string,
  fields: readonly string[],
): Uint8Array {
  return encode(`${method} ${target} HTTP/1.1`, fields);
}

/** @throws RangeError as `encodeRequestHead` */
export function encodeResponseHead(
  status: number,
  reason: string,
  fields: readonly string[],
): Uint8Array {
  return encode(`HTTP/1.1 ${status} ${reason}`, fields);
}

/** The fields of a trailer section, with the last chunk before them. */
export function encodeLastChunk(trailers: readonly string[]): Uint8Array {
  return encode('0', trailers);
}

export function chunkHeader(bytes: number): Uint8Array {
  const text = `${bytes.toString(16)}\r\n`;
  const line = new Uint8Array(text.length);
  writeLatin1(line, 0, text);
  return line;
}

export const crlf: Uint8Array = new Uint8Array([13, 10]);

function encode(line: string, fields: readonly string[]): Uint8Array {
  let bytes = line.length + 4;
  for (const text of fields) bytes += text.length + 2;
  if (bytes > scratch.length) scratch = new Uint8Array(2 * bytes);
  let at = part(0, line);
  scratch[at++] = 13;
  scratch[at++] = 10;
  for (let index = 0; index < fields.length; index += 2) {
    at = part(at, fields[index] ?? '');
    scratch[at++] = 58;
    scratch[at++] = 32;
    at = part(at, fields[index + 1] ?? '');
    scratch[at++] = 13;
    scratch[at++] = 10;
  }
  scratch[at++] = 13;
  scratch[at++] = 10;
  return scratch.slice(0, at);
}

function part(at: number, text: string): number {
  for (let index = 0; index < text.length; index += 1) {
    const code = text.charCodeAt(index);
    if (code === 13 || code === 10 || code === 0 || code > 255) {
      throw new RangeError('CR, LF, NUL or a character beyond latin-1 in a head');
    }
    scratch[at + index] = code;
  }
  return at + text.length;
}
