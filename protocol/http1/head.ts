/**
 * HTTP/1.1 heads (RFC 9112), strictly: what two parsers could read in two ways is refused, because
 * an agent in front of an app must see the same messages as the app (request smuggling, §11.2).
 */
import { latin1 } from '../bytes.ts';

/** A head may be this long, with its final empty line. Twice nginx's default, four times Node's. */
export const maxHttp1HeadBytes = 64 * 1024;
const maxFields = 256;

/** The bytes are not HTTP/1.1 as this parser reads it; `status` is what a server answers. */
export class Http1Error extends Error {
  readonly status: number;
  constructor(message: string, status = 400) {
    super(message);
    this.status = status;
  }
}

export interface RequestHead {
  method: string;
  target: string;
  minor: 0 | 1;
  /** Name, value, name, value, … as they came. */
  fields: string[];
  framing: Framing;
  keepAlive: boolean;
  upgrade: boolean;
}

export interface ResponseHead {
  status: number;
  reason: string;
  minor: 0 | 1;
  fields: string[];
  framing: Framing;
  keepAlive: boolean;
}

/** How a body ends (RFC 9112 §6.3); a number is Content-Length, 0 for none. */
export type Framing = number | 'chunked' | 'until-close';

/** Index behind the empty line that ends the head, or -1; `from` is where to go on searching. */
export function findHeadEnd(bytes: Uint8Array, from: number): number {
  for (let at = from; ;) {
    at = bytes.indexOf(10, at);
    if (at < 0) return -1;
    if (at >= 3 && bytes[at - 1] === 13 && bytes[at - 2] === 10 && bytes[at - 3] === 13)
      return at + 1;
    at += 1;
  }
}

/** 1: token character (RFC 9110 §5.6.2). */
const token = new Uint8Array(256);
for (const character of "!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz") {
  token[character.charCodeAt(0)] = 1;
}

/** What a section of fields says about the message. */
interface Facts {
  length: number;
  chunked: boolean;
  close: boolean;
  keepAlive: boolean;
  upgradeOption: boolean;
  upgrade: boolean;
  hosts: number;
}

/** @throws Http1Error. `text` ends with the empty line; the start line has been cut off at `at`. */
function parseFields(text: string, at: number, fields: string[]): Facts {
  const facts: Facts = {
    length: -1,
    chunked: false,
    close: false,
    keepAlive: false,
    upgradeOption: false,
    upgrade: false,
    hosts: 0,
  };
  const last = text.length - 2;
  while (at < last) {
    const end = text.indexOf('\r\n', at);
    const colon = nameEnd(text, at, end);
    const name = text.slice(at, colon);
    const value = trimmed(text, colon + 1, end);
    if (fields.push(name, value) > 2 * maxFields) throw new Http1Error('too many fields', 431);
    note(facts, name, value);
    at = end + 2;
  }
  return facts;
}

function nameEnd(text: string, at: number, end: number): number {
  let index = at;
  while (token[text.charCodeAt(index)] === 1) index += 1;
  if (index === at || index >= end || text.charCodeAt(index) !== 58) {
    throw new Http1Error('malformed field name');
  }
  return index;
}

function trimmed(text: string, start: number, end: number): string {
  while (start < end && isBlank(text.charCodeAt(start))) start += 1;
  while (end > start && isBlank(text.charCodeAt(end - 1))) end -= 1;
  for (let index = start; index < end; index += 1) {
    const code = text.charCodeAt(index);
    if ((code < 32 && code !== 9) || code === 127) throw new Http1Error('control in a field value');
  }
  return text.slice(start, end);
}

function isBlank(code: number): boolean {
  return code === 32 || code === 9;
}

/** Only these names matter for framing; told apart by length first, which is cheap. */
function note(facts: Facts, name: string, value: string): void {
  switch (name.length) {
    case 4:
      if (name.toLowerCase() === 'host') facts.hosts += 1;
      return;
    case 7:
      if (name.toLowerCase() === 'upgrade') facts.upgrade = true;
      return;
    case 10:
      if (name.toLowerCase() === 'connection') noteConnection(facts, value);
      return;
    case 14:
      if (name.toLowerCase() === 'content-length') {
        if (!/^\d{1,15}$/.test(value)) throw new Http1Error('malformed Content-Length');
        if (facts.length >= 0) throw new Http1Error('two Content-Length fields');
        facts.length = Number(value);
      } else if (name.toLowerCase() === 'content_length') {
        throw new Http1Error('Content_Length, which some servers take for Content-Length');
      }
      return;
    case 17:
      if (name.toLowerCase() === 'transfer-encoding') {
        if (facts.chunked || value.toLowerCase() !== 'chunked') {
          throw new Http1Error('a Transfer-Encoding other than chunked', 501);
        }
        facts.chunked = true;
      } else if (name.toLowerCase() === 'transfer_encoding') {
        throw new Http1Error('Transfer_Encoding, which some servers take for Transfer-Encoding');
      }
  }
}

function noteConnection(facts: Facts, value: string): void {
  for (const option of value.toLowerCase().split(',')) {
    const name = option.trim();
    if (name === 'close') facts.close = true;
    else if (name === 'keep-alive') facts.keepAlive = true;
    else if (name === 'upgrade') facts.upgradeOption = true;
  }
}

/** Refuses lone CR and LF, and NUL: checked once over the whole head. */
function headText(bytes: Uint8Array, start: number, end: number): string {
  if (end - start > maxHttp1HeadBytes) throw new Http1Error('head is too large', 431);
  const text = latin1(bytes, start, end);
  for (let at = 0; ;) {
    const lf = text.indexOf('\n', at);
    const cr = text.indexOf('\r', at);
    if (lf < 0 && cr < 0) return text;
    if (lf !== cr + 1 || cr < 0) throw new Http1Error('lone CR or LF in a head');
    at = lf + 1;
  }
}

function minorOf(version: string): 0 | 1 {
  if (version === 'HTTP/1.1') return 1;
  if (version === 'HTTP/1.0') return 0;
  throw new Http1Error('not HTTP/1.1 or HTTP/1.0', 505);
}

/** Parses `bytes[start, end)`, a request head with its empty line. @throws Http1Error */
export function parseRequestHead(bytes: Uint8Array, start: number, end: number): RequestHead {
  const text = headText(bytes, start, end);
  const lineEnd = text.indexOf('\r\n');
  const first = text.indexOf(' ');
  const second = text.indexOf(' ', first + 1);
  if (first <= 0 || second <= first + 1 || second > lineEnd)
    throw new Http1Error('malformed request line');
  const method = text.slice(0, first);
  const target = text.slice(first + 1, second);
  const minor = minorOf(text.slice(second + 1, lineEnd));
  for (let index = 0; index < first; index += 1) {
    if (token[text.charCodeAt(index)] !== 1) throw new Http1Error('malformed method');
  }
  for (let index = first + 1; index < second; index += 1) {
    const code = text.charCodeAt(index);
    if (code <= 32 || code === 127) throw new Http1Error('control in the request target');
  }
  const fields: string[] = [];
  const facts = parseFields(text, lineEnd + 2, fields);
  if (facts.hosts > 1 || (facts.hosts === 0 && minor === 1))
    throw new Http1Error('not exactly one Host');
  if (facts.chunked && (facts.length >= 0 || minor === 0)) {
    throw new Http1Error('Transfer-Encoding beside Content-Length, or in HTTP/1.0');
  }
  return {
    method,
    target,
    minor,
    fields,
    framing: facts.chunked ? 'chunked' : Math.max(facts.length, 0),
    keepAlive: minor === 1 ? !facts.close : facts.keepAlive && !facts.close,
    upgrade: facts.upgrade && facts.upgradeOption,
  };
}

/**
 * Parses `bytes[start, end)`, a response head. `method`: of its request, which decides with the
 * status whether there is a body (RFC 9112 §6.3). @throws Http1Error
 */
export function parseResponseHead(
  bytes: Uint8Array,
  start: number,
  end: number,
  method: string,
): ResponseHead {
  const text = headText(bytes, start, end);
  const lineEnd = text.indexOf('\r\n');
  const minor = minorOf(text.slice(0, 8));
  const code = text.slice(9, 12);
  const after = text.charCodeAt(12);
  if (text[8] !== ' ' || !/^[1-5]\d\d$/.test(code) || (after !== 32 && after !== 13)) {
    throw new Http1Error('malformed status line', 502);
  }
  const status = Number(code);
  const fields: string[] = [];
  const facts = parseFields(text, lineEnd + 2, fields);
  if (facts.chunked && facts.length >= 0) {
    throw new Http1Error('Transfer-Encoding beside Content-Length', 502);
  }
  const bodyless = method === 'HEAD' || status < 200 || status === 204 || status === 304;
  let framing: Framing = 'until-close';
  if (bodyless) framing = 0;
  else if (facts.chunked) framing = minor === 1 ? 'chunked' : 'until-close';
  else if (facts.length >= 0) framing = facts.length;
  const persistent = minor === 1 ? !facts.close : facts.keepAlive && !facts.close;
  return {
    status,
    reason: text.slice(13, lineEnd),
    minor,
    fields,
    framing,
    keepAlive: persistent && framing !== 'until-close',
  };
}

/** Trailer fields: `bytes[start, end)` ends with the empty line. @throws Http1Error */
export function parseTrailers(bytes: Uint8Array, start: number, end: number): string[] {
  const fields: string[] = [];
  const facts = parseFields(headText(bytes, start, end), 0, fields);
  if (facts.chunked || facts.length >= 0 || facts.hosts > 0) {
    throw new Http1Error('a framing field in the trailers');
  }
  return fields;
}
