/** Field lines of a head or a trailer section (RFC 9112 §5), read in place: no string is made. */
import { bitsOf, textBit, tokenBit } from './characters.ts';
import { fault, type Http1Error } from './error.ts';

/** As many as the tunnel carries (`maxHeadFields`). */
export const maxFields = 256;

const cr = 13;
const lf = 10;
const colon = 58;

/** Where the fields of one section lie; made once and filled again and again. */
export class FieldMarks {
  count = 0;
  /** Of each field: start and end of its name, start and end of its trimmed value. */
  readonly marks = new Int32Array(4 * maxFields);
  /** No byte of the values is above 127. */
  ascii = true;
}

/**
 * Reads field lines from `at` to the empty line, which must be the last two bytes before `end`.
 * `start` is where the message's part begins, for errors. @throws Http1Error
 */
export function scanFields(
  bytes: Uint8Array,
  start: number,
  at: number,
  end: number,
  into: FieldMarks,
): void {
  const { marks } = into;
  const last = end - 2;
  let mark = 0;
  let high = 0;
  while (at < last) {
    if (mark === marks.length) {
      throw fault('too-many-fields', `more than ${maxFields} header fields; send fewer`);
    }
    const nameStart = at;
    while (((bitsOf[bytes[at] ?? 0] ?? 0) & tokenBit) !== 0) at += 1;
    if (bytes[at] !== colon || at === nameStart) throw nameFault(bytes, start, nameStart, at);
    marks[mark] = nameStart;
    marks[mark + 1] = at;
    at += 1;
    while (bytes[at] === 32 || bytes[at] === 9) at += 1;
    const valueStart = at;
    let byte = bytes[at] ?? 0;
    while (((bitsOf[byte] ?? 0) & textBit) !== 0) {
      high |= byte;
      at += 1;
      byte = bytes[at] ?? 0;
    }
    if (byte !== cr || bytes[at + 1] !== lf) throw valueFault(bytes, start, at);
    let valueEnd = at;
    while (valueEnd > valueStart && isBlank(bytes[valueEnd - 1])) valueEnd -= 1;
    marks[mark + 2] = valueStart;
    marks[mark + 3] = valueEnd;
    mark += 4;
    at += 2;
  }
  if (at !== last || bytes[at] !== cr || bytes[at + 1] !== lf) {
    throw fault('line-ending', 'no empty line at the end of the header fields', at - start);
  }
  into.count = mark >> 2;
  into.ascii = high < 128;
}

function isBlank(byte: number | undefined): boolean {
  return byte === 32 || byte === 9;
}

function nameFault(bytes: Uint8Array, start: number, nameStart: number, at: number): Http1Error {
  const byte = bytes[at];
  const where = at - start;
  if (at === nameStart && isBlank(byte)) {
    return fault('obs-fold', 'a header field folded over two lines (RFC 9112 §5.2)', where);
  }
  if (at > nameStart && isBlank(byte)) {
    return fault('field-name', 'a blank between a field’s name and its colon', where);
  }
  if (byte === cr || byte === lf) return lineFault(bytes, start, at);
  if (at === nameStart && byte === colon)
    return fault('field-name', 'a field without a name', where);
  return fault('field-name', 'a character that no field name may have', where);
}

function valueFault(bytes: Uint8Array, start: number, at: number): Http1Error {
  const byte = bytes[at];
  if (byte === cr || byte === lf) return lineFault(bytes, start, at);
  return fault('field-value', 'a control character in a field value', at - start);
}

/** At a CR or LF that does not end a field line. */
export function lineFault(bytes: Uint8Array, start: number, at: number): Http1Error {
  const where = at - start;
  if (bytes[at] === lf) return fault('line-ending', 'LF without CR', where);
  if (bytes[at + 1] !== lf) return fault('line-ending', 'CR without LF', where);
  return fault('field-name', 'a line without a colon', where);
}
