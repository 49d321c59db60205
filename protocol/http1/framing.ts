/**
 * How long a message is (RFC 9112 §6.3) and what becomes of its connection (§9.3), from its fields.
 * What two parsers could read in two ways is refused (§11.2, request smuggling).
 */
import { bitsOf, folded, hostBit, isFolded } from './characters.ts';
import { fault } from './error.ts';
import type { FieldMarks } from './fields.ts';

/** How a body ends: a number is its length, 0 for none; `until-close` by the end of the connection. */
export type Framing = number | 'chunked' | 'until-close';

const cr = 13;
const comma = 44;
const hostName = folded('host');
const upgradeName = folded('upgrade');
const connectionName = folded('connection');
const lengthName = folded('content-length');
const encodingName = folded('transfer-encoding');
/** CGI origins cannot tell these from the two before. */
const lengthLookalike = folded('content_length');
const encodingLookalike = folded('transfer_encoding');
const chunkedCoding = folded('chunked');
const closeOption = folded('close');
const keepAliveOption = folded('keep-alive');

/** What the fields say; one object, filled again for each head. */
class Facts {
  length = -1;
  chunked = false;
  hosts = 0;
  close = false;
  keepAlive = false;
  upgradeOption = false;
  upgradeField = false;
  /** `Connection` names a field that frames or routes the message. */
  framingOption = false;
  lookalike = false;
}
const facts = new Facts();

/** What the connection does after the message, and how the message ends. */
export interface MessageEnd {
  framing: Framing;
  /** The connection may carry another message afterwards. */
  keepAlive: boolean;
  /** Request: asks for another protocol. Response: 101, or 2xx to CONNECT; no HTTP follows. */
  upgrade: boolean;
}

/** Framing of a request; `connect`: its method is CONNECT. @throws Http1Error */
export function endOfRequest(
  bytes: Uint8Array,
  fields: FieldMarks,
  minor: 0 | 1,
  connect: boolean,
): MessageEnd {
  note(bytes, fields);
  const { chunked, length } = facts;
  if (facts.hosts !== 1 && (facts.hosts > 1 || minor === 1)) {
    throw fault('host', `${facts.hosts} Host fields; a request has exactly one`);
  }
  if (facts.hosts === 1) checkHost(bytes, fields);
  if (facts.lookalike) {
    throw fault(
      'field-name',
      'Content_Length or Transfer_Encoding, which some servers read with a hyphen',
    );
  }
  if (facts.framingOption) {
    throw fault('connection', 'Connection names Host, Content-Length or Transfer-Encoding');
  }
  checkCoding(minor);
  if (connect && (chunked || length >= 0)) {
    throw fault('content-length', 'CONNECT with a body (RFC 9110 §9.3.6)');
  }
  return {
    framing: chunked ? 'chunked' : Math.max(length, 0),
    keepAlive: persistent(minor),
    upgrade: connect || (minor === 1 && facts.upgradeField && facts.upgradeOption),
  };
}

/** Framing of the response to a request with `method`. @throws Http1Error */
export function endOfResponse(
  bytes: Uint8Array,
  fields: FieldMarks,
  minor: 0 | 1,
  status: number,
  method: string,
): MessageEnd {
  note(bytes, fields);
  checkCoding(minor);
  const upgrade = status === 101 || (method === 'CONNECT' && status >= 200 && status < 300);
  const bodyless = method === 'HEAD' || status < 200 || status === 204 || status === 304;
  let framing: Framing = 'until-close';
  if (bodyless || upgrade) framing = 0;
  else if (facts.chunked) framing = 'chunked';
  else if (facts.length >= 0) framing = facts.length;
  return { framing, keepAlive: persistent(minor) && framing !== 'until-close', upgrade };
}

/** @throws Http1Error when a trailer says what only a head may say (RFC 9110 §6.5.1) */
export function checkTrailers(bytes: Uint8Array, fields: FieldMarks): void {
  note(bytes, fields);
  if (facts.chunked || facts.length >= 0 || facts.hosts > 0 || facts.lookalike) {
    throw fault('trailer', 'Host, Content-Length or Transfer-Encoding in the trailers');
  }
}

function persistent(minor: 0 | 1): boolean {
  return !facts.close && (minor === 1 || facts.keepAlive);
}

function checkCoding(minor: 0 | 1): void {
  if (!facts.chunked) return;
  if (facts.length >= 0)
    throw fault('length-and-chunked', 'Transfer-Encoding beside Content-Length');
  // RFC 9112 §6.1: such framing is faulty, because a hop may have passed it on unread.
  if (minor === 0) throw fault('length-and-chunked', 'Transfer-Encoding in HTTP/1.0');
}

/** The names that matter are told apart by length first, which is cheap. */
function note(bytes: Uint8Array, { marks, count }: FieldMarks): void {
  facts.length = -1;
  facts.chunked = false;
  facts.hosts = 0;
  facts.close = false;
  facts.keepAlive = false;
  facts.upgradeOption = false;
  facts.upgradeField = false;
  facts.framingOption = false;
  facts.lookalike = false;
  for (let mark = 0; mark < 4 * count; mark += 4) {
    const name = marks[mark] ?? 0;
    switch ((marks[mark + 1] ?? 0) - name) {
      case 4:
        if (isFolded(bytes, name, hostName)) facts.hosts += 1;
        break;
      case 7:
        if (isFolded(bytes, name, upgradeName)) facts.upgradeField = true;
        break;
      case 10:
        if (isFolded(bytes, name, connectionName)) {
          noteConnection(bytes, marks[mark + 2] ?? 0, marks[mark + 3] ?? 0);
        }
        break;
      case 14:
        if (isFolded(bytes, name, lengthName)) {
          noteLength(bytes, marks[mark + 2] ?? 0, marks[mark + 3] ?? 0);
        } else if (isFolded(bytes, name, lengthLookalike)) facts.lookalike = true;
        break;
      case 17:
        if (isFolded(bytes, name, encodingName)) {
          noteCoding(bytes, marks[mark + 2] ?? 0, marks[mark + 3] ?? 0);
        } else if (isFolded(bytes, name, encodingLookalike)) facts.lookalike = true;
        break;
      default:
    }
  }
}

/** Digits only, one reading only: neither a list nor a sign nor a leading zero (RFC 9110 §8.6). */
function noteLength(bytes: Uint8Array, start: number, end: number): void {
  if (facts.length >= 0) throw fault('content-length', 'two Content-Length fields; send one');
  let length = 0;
  for (let at = start; at < end; at += 1) {
    const digit = (bytes[at] ?? 0) - 48;
    if (digit < 0 || digit > 9)
      throw fault('content-length', 'Content-Length is not a plain number');
    length = length * 10 + digit;
  }
  if (end === start) throw fault('content-length', 'Content-Length is empty');
  if (end > start + 1 && bytes[start] === 48) {
    throw fault('content-length', 'Content-Length with a leading zero');
  }
  if (length > Number.MAX_SAFE_INTEGER)
    throw fault('content-length', 'Content-Length is above 2^53 - 1');
  facts.length = length;
}

/**
 * `chunked` alone and once: parsers differ about everything else (RFC 9112 §6.1). No blank behind it
 * either: with a HTAB there Node's client takes the body to last until the connection ends.
 */
function noteCoding(bytes: Uint8Array, start: number, end: number): void {
  if (facts.chunked) throw fault('transfer-encoding', 'two Transfer-Encoding fields; send one');
  const long = end - start !== chunkedCoding.length || bytes[end] !== cr;
  if (long || !isFolded(bytes, start, chunkedCoding)) {
    throw fault('transfer-encoding', 'a Transfer-Encoding other than “chunked”');
  }
  facts.chunked = true;
}

/** A list of options, empty ones allowed (RFC 9110 §5.6.1, §7.6.1). */
function noteConnection(bytes: Uint8Array, start: number, end: number): void {
  let at = start;
  while (at < end) {
    let next = at;
    while (next < end && bytes[next] !== comma) next += 1;
    let first = at;
    let last = next;
    while (first < last && isBlank(bytes[first])) first += 1;
    while (last > first && isBlank(bytes[last - 1])) last -= 1;
    noteOption(bytes, first, last - first);
    at = next + 1;
  }
}

function noteOption(bytes: Uint8Array, at: number, length: number): void {
  if (length === 5 && isFolded(bytes, at, closeOption)) facts.close = true;
  else if (length === 10 && isFolded(bytes, at, keepAliveOption)) facts.keepAlive = true;
  else if (length === 7 && isFolded(bytes, at, upgradeName)) facts.upgradeOption = true;
  else if (
    (length === 4 && isFolded(bytes, at, hostName)) ||
    (length === 14 && isFolded(bytes, at, lengthName)) ||
    (length === 17 && isFolded(bytes, at, encodingName))
  ) {
    facts.framingOption = true;
  }
}

function isBlank(byte: number | undefined): boolean {
  return byte === 32 || byte === 9;
}

/** Empty is a host (RFC 9112 §3.2); blanks, slashes, `@` and the like are read in many ways. */
function checkHost(bytes: Uint8Array, { marks, count }: FieldMarks): void {
  for (let mark = 0; mark < 4 * count; mark += 4) {
    const name = marks[mark] ?? 0;
    if ((marks[mark + 1] ?? 0) - name !== 4 || !isFolded(bytes, name, hostName)) continue;
    const end = marks[mark + 3] ?? 0;
    for (let at = marks[mark + 2] ?? 0; at < end; at += 1) {
      if (((bitsOf[bytes[at] ?? 0] ?? 0) & hostBit) === 0) {
        throw fault('host', 'Host is not a host name or address with an optional port');
      }
    }
    return;
  }
}
