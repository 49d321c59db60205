/**
 * Heads: pairs of raw bytes in their order, duplicates kept (`docs/protocol.md` §4).
 * In memory a head is `[name, value, name, value, …]` of latin-1 strings. Pseudo-fields come first:
 * `:method`, `:path`, `:scheme` in a request, `:status`, `:reason` in a response.
 * Each pair on the wire: `name length u16 | name | value length u16 | value`.
 */
import { latin1, readU16, writeLatin1, writeU16 } from './bytes.ts';
import { ProtocolError } from './frame.ts';
import { maxHeadBytes, maxHeadFields } from './limits.ts';

export type Head = readonly string[];

/** @throws RangeError when the head is above `maxHeadBytes` or `maxHeadFields` */
export function headBytes(head: Head): number {
  let bytes = 0;
  for (let index = 0; index < head.length; index += 1) bytes += 2 + (head[index] ?? '').length;
  if (bytes > maxHeadBytes) {
    throw new RangeError(`head of ${bytes} bytes, at most ${maxHeadBytes} are allowed`);
  }
  if (head.length > 2 * maxHeadFields) {
    throw new RangeError(`head of ${head.length / 2} fields, at most ${maxHeadFields} are allowed`);
  }
  return bytes;
}

export function writeHead(into: Uint8Array, at: number, head: Head): number {
  for (let index = 0; index < head.length; index += 1) {
    const text = head[index] ?? '';
    writeU16(into, at, text.length);
    at = writeLatin1(into, at + 2, text);
  }
  return at;
}

/** @throws ProtocolError when the pairs do not end where the payload ends */
export function readHead(bytes: Uint8Array, start: number, end: number): string[] {
  if (end - start > maxHeadBytes) throw new ProtocolError(`head of ${end - start} bytes`);
  const text = latin1(bytes, start, end);
  const head: string[] = [];
  let at = 0;
  while (at < text.length) {
    if (at + 2 > text.length) throw new ProtocolError('truncated head');
    const length = readU16(bytes, start + at);
    at += 2;
    if (at + length > text.length) throw new ProtocolError('truncated head');
    head.push(text.slice(at, at + length));
    at += length;
  }
  if (head.length % 2 !== 0) throw new ProtocolError('head with a name and no value');
  if (head.length > 2 * maxHeadFields) throw new ProtocolError(`head of ${head.length / 2} fields`);
  return head;
}

/** The first value of a field or pseudo-field; `name` is lower-case. */
export function fieldOf(head: Head, name: string): string | undefined {
  for (let index = 0; index < head.length; index += 2) {
    const candidate = head[index] ?? '';
    if (candidate.length === name.length && candidate.toLowerCase() === name) {
      return head[index + 1];
    }
  }
  return undefined;
}

/** Whether an answer's head is an interim one: 1xx, but not 101, after which another protocol follows. */
export function isInterim(head: Head): boolean {
  const status = head[0] === ':status' ? head[1] : undefined;
  return status?.length === 3 && status[0] === '1' && status !== '101';
}
