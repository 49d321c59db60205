/**
 * HTTP/1.1 heads (RFC 9112 §2 to §5), strictly: an agent in front of an app must see the same
 * messages as the app. `scan…` judges and frames without making strings; `parse…` gives the strings
 * as well. A head is `bytes[start, end)` with its empty line, as `findHeadEnd` finds it.
 */
import { latin1 } from '../bytes.ts';
import { bitsOf, targetBit, textBit, tokenBit } from './characters.ts';
import { fault, Http1Error } from './error.ts';
import { FieldMarks, lineFault, scanFields } from './fields.ts';
import { methodOf, minorAt } from './start-line.ts';
import {
  checkTrailers,
  endOfRequest,
  endOfResponse,
  type Framing,
  type MessageEnd,
} from './framing.ts';

export { Http1Error, type Framing };

declare class TextDecoder {
  constructor(label: string);
  decode(bytes: Uint8Array): string;
}

/** A head may be this long, with its final empty line. Twice nginx's default, four times Node's. */
export const maxHttp1HeadBytes = 64 * 1024;

/** What a head says about its message without its strings. */
export interface RequestScan extends MessageEnd {
  method: string;
  minor: 0 | 1;
}

export interface RequestHead extends RequestScan {
  target: string;
  /** Name, value, name, value, … as they came, latin-1. */
  fields: string[];
}

export interface ResponseScan extends MessageEnd {
  status: number;
  minor: 0 | 1;
}

export interface ResponseHead extends ResponseScan {
  reason: string;
  /** Name, value, name, value, … as they came, latin-1. */
  fields: string[];
}

const cr = 13;
const lf = 10;
const space = 32;
const ascii = new TextDecoder('utf-8');
const marks = new FieldMarks();
/** Of the start line that was scanned last: where its target or reason begins and ends. */
let partStart = 0;
let partEnd = 0;
let partAscii = true;

/**
 * Index behind the empty line that ends the head, or -1. Looks at `bytes[from, …)` only. To go on
 * when more bytes have come: `from` is the larger of the head's start and the former length less 3.
 * @throws Http1Error when there is no end yet, but a line that ends in a lone LF: it would be waited
 * for in vain
 */
export function findHeadEnd(bytes: Uint8Array, from: number): number {
  const { length } = bytes;
  // Only every fourth byte is looked at: one of them is the second CR or the second LF of the end.
  let at = from + 3;
  while (at < length) {
    const byte = bytes[at] ?? 0;
    if (byte > cr) at += 4;
    else if (byte === lf && bytes[at - 1] === cr) {
      if (bytes[at - 2] === lf && bytes[at - 3] === cr) return at + 1;
      at += 2;
    } else if (byte === cr) at += 1;
    else at += 4;
  }
  for (at = bytes.indexOf(lf, from + 1); at >= 0; at = bytes.indexOf(lf, at + 1)) {
    if (bytes[at - 1] !== cr) throw fault('line-ending', 'LF without CR', at - from);
  }
  return -1;
}

/** @throws Http1Error */
export function scanRequestHead(
  bytes: Uint8Array,
  start: number,
  end: number,
  maxHeadBytes = maxHttp1HeadBytes,
): RequestScan {
  checkSize(start, end, maxHeadBytes);
  let at = start;
  while (((bitsOf[bytes[at] ?? 0] ?? 0) & tokenBit) !== 0) at += 1;
  if (at === start || bytes[at] !== space) {
    throw fault('request-line', 'no method and blank at the start of the request', at - start);
  }
  const method = methodOf(bytes, start, at);
  at += 1;
  partStart = at;
  let high = 0;
  let byte = bytes[at] ?? 0;
  while (((bitsOf[byte] ?? 0) & targetBit) !== 0) {
    high |= byte;
    at += 1;
    byte = bytes[at] ?? 0;
  }
  partEnd = at;
  partAscii = high < 128;
  if (at === partStart || byte !== space) {
    throw fault('request-line', 'the request line is not method, target and version', at - start);
  }
  const minor = minorAt(bytes, start, at + 1);
  at += 9;
  if (bytes[at] !== cr || bytes[at + 1] !== lf) {
    throw fault('request-line', 'the request line does not end after the version', at - start);
  }
  scanFields(bytes, start, at + 2, end, marks);
  const { framing, keepAlive, upgrade } = endOfRequest(bytes, marks, minor, method === 'CONNECT');
  return { method, minor, framing, keepAlive, upgrade };
}

/** @throws Http1Error */
export function parseRequestHead(
  bytes: Uint8Array,
  start: number,
  end: number,
  maxHeadBytes = maxHttp1HeadBytes,
): RequestHead {
  const scan = scanRequestHead(bytes, start, end, maxHeadBytes);
  const { method, minor, framing, keepAlive, upgrade } = scan;
  const text = textOf(bytes, start, end);
  const target = text.slice(partStart - start, partEnd - start);
  return { method, target, minor, fields: fieldsOf(text, start), framing, keepAlive, upgrade };
}

/** `method`: of the request that is answered, which decides whether there is a body. @throws Http1Error */
export function scanResponseHead(
  bytes: Uint8Array,
  start: number,
  end: number,
  method: string,
  maxHeadBytes = maxHttp1HeadBytes,
): ResponseScan {
  checkSize(start, end, maxHeadBytes);
  const minor = minorAt(bytes, start, start);
  const hundreds = (bytes[start + 9] ?? 0) - 48;
  const tens = (bytes[start + 10] ?? 0) - 48;
  const ones = (bytes[start + 11] ?? 0) - 48;
  let at = start + 12;
  if (
    bytes[start + 8] !== space ||
    !(isDigit(hundreds) && isDigit(tens) && isDigit(ones)) ||
    hundreds === 0
  ) {
    throw fault('status-line', 'no status of three digits after the version', 8);
  }
  const status = 100 * hundreds + 10 * tens + ones;
  // The blank is left out by servers that give no reason.
  if (bytes[at] === space) at += 1;
  else if (bytes[at] !== cr) throw fault('status-line', 'no blank after the status', 12);
  partStart = at;
  let high = 0;
  let byte = bytes[at] ?? 0;
  while (((bitsOf[byte] ?? 0) & textBit) !== 0) {
    high |= byte;
    at += 1;
    byte = bytes[at] ?? 0;
  }
  partEnd = at;
  partAscii = high < 128;
  if (byte !== cr || bytes[at + 1] !== lf) {
    if (byte === cr || byte === lf) throw lineFault(bytes, start, at);
    throw fault('status-line', 'a control character in the reason', at - start);
  }
  scanFields(bytes, start, at + 2, end, marks);
  const { framing, keepAlive, upgrade } = endOfResponse(bytes, marks, minor, status, method);
  return { status, minor, framing, keepAlive, upgrade };
}

/** `method` as in `scanResponseHead`. @throws Http1Error */
export function parseResponseHead(
  bytes: Uint8Array,
  start: number,
  end: number,
  method: string,
  maxHeadBytes = maxHttp1HeadBytes,
): ResponseHead {
  const scan = scanResponseHead(bytes, start, end, method, maxHeadBytes);
  const { status, minor, framing, keepAlive, upgrade } = scan;
  const text = textOf(bytes, start, end);
  const reason = text.slice(partStart - start, partEnd - start);
  return { status, reason, minor, fields: fieldsOf(text, start), framing, keepAlive, upgrade };
}

/** Trailer fields: `bytes[start, end)` ends with the empty line. @throws Http1Error */
export function parseTrailers(bytes: Uint8Array, start: number, end: number): string[] {
  scanFields(bytes, start, start, end, marks);
  checkTrailers(bytes, marks);
  partAscii = true;
  return fieldsOf(textOf(bytes, start, end), start);
}

function checkSize(start: number, end: number, maxHeadBytes: number): void {
  if (end - start > maxHeadBytes) {
    throw fault(
      'head-too-large',
      `a head of ${end - start} bytes; at most ${maxHeadBytes} are taken`,
    );
  }
}

function isDigit(value: number): boolean {
  return value >= 0 && value <= 9;
}

/** ASCII, which nearly every head is, goes through the engine's own decoder: ten times as fast. */
function textOf(bytes: Uint8Array, start: number, end: number): string {
  if (!partAscii || !marks.ascii) return latin1(bytes, start, end);
  return ascii.decode(bytes.subarray(start, end));
}

function fieldsOf(text: string, start: number): string[] {
  const { marks: at, count } = marks;
  const fields: string[] = [];
  for (let mark = 0; mark < 4 * count; mark += 2) {
    fields.push(text.slice((at[mark] ?? 0) - start, (at[mark + 1] ?? 0) - start));
  }
  return fields;
}
