/** Messages for property tests: what a sender means, and the bytes that say it. */
import * as fc from 'fast-check';

export interface Sent {
  bytes: string;
  /** Name, value, …, with those that frame the message. */
  fields: string[];
  body: string;
  trailers: string[];
}

export interface SentRequest extends Sent {
  method: string;
  target: string;
}

export interface SentResponse extends Sent {
  /** Of the request that it answers. */
  method: string;
  status: number;
  reason: string;
}

const letters = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789';
const from = (characters: string, minLength: number, maxLength: number) =>
  fc.string({ unit: fc.constantFrom(...characters), minLength, maxLength });

/** No name that means something to a framer: all begin with `x` and a token character. */
const fieldName = from(`${letters}!#$%&'*+-.^_\`|~`, 1, 20).map((name) => `x${name}`);
const fieldValue = from(`${letters} \t,;:="/?()[]{}\x80\xa0\xe9\xff`, 0, 40).map((value) =>
  value.replace(/^[ \t]+|[ \t]+$/g, ''),
);
const fields = fc.array(fc.tuple(fieldName, fieldValue), { maxLength: 6 });
const blanks = fc.constantFrom('', ' ', ' ', ' ', '\t', '  ');
const anyByte = fc.constantFrom(
  ...Array.from({ length: 256 }, (_, byte) => String.fromCharCode(byte)),
  ...'\r\n\r\n\r\n0000;:',
);
const content = fc.string({ unit: anyByte, maxLength: 60 });
const target = from(`${letters}/?%&=.-_~;,+*:@!$'()[]`, 0, 30).map((rest) => `/${rest}`);
const extension = fc.constantFrom('', '', '', ';a', ';a=b', ';a=b;c="d e;f"');

/** Blanks around values, but none behind a transfer coding: that is refused. */
function lines(pairs: readonly [string, string][], blank: string): string {
  return pairs
    .map(([name, value]) => {
      const behind = name.toLowerCase() === 'transfer-encoding' ? '' : blank;
      return `${name}:${blank}${value}${behind}\r\n`;
    })
    .join('');
}

interface Body {
  framing: [string, string][];
  bytes: string;
  body: string;
  trailers: [string, string][];
}

const fixedBody: fc.Arbitrary<Body> = content.map((body) => ({
  framing: [['Content-Length', String(body.length)]],
  bytes: body,
  body,
  trailers: [],
}));

const chunkedBody: fc.Arbitrary<Body> = fc
  .record({
    chunks: fc.array(
      fc.tuple(fc.string({ unit: anyByte, minLength: 1, maxLength: 40 }), extension),
      {
        maxLength: 4,
      },
    ),
    zeros: fc.constantFrom('', '', '0', '000'),
    coding: fc.constantFrom('chunked', 'Chunked'),
    trailers: fields,
  })
  .map(({ chunks, zeros, coding, trailers }) => ({
    framing: [['transfer-Encoding', coding]],
    bytes:
      chunks
        .map(([data, suffix]) => `${zeros}${data.length.toString(16)}${suffix}\r\n${data}\r\n`)
        .join('') + `0${zeros}\r\n${lines(trailers, ' ')}\r\n`,
    body: chunks.map(([data]) => data).join(''),
    trailers,
  }));

const noBody: Body = { framing: [], bytes: '', body: '', trailers: [] };

export const request: fc.Arbitrary<SentRequest> = fc
  .record({
    method: fc.constantFrom('GET', 'POST', 'PUT', 'DELETE', 'OPTIONS', 'QUERY'),
    target,
    before: fields,
    after: fields,
    blank: blanks,
    body: fc.oneof(fc.constant(noBody), fixedBody, chunkedBody),
  })
  .map(({ method, target, before, after, blank, body }) => {
    const pairs: [string, string][] = [
      ...before,
      ['hOst', 'a.example:80'],
      ...body.framing,
      ...after,
    ];
    return {
      method,
      target,
      bytes: `${method} ${target} HTTP/1.1\r\n${lines(pairs, blank)}\r\n${body.bytes}`,
      fields: pairs.flat(),
      body: body.body,
      trailers: body.trailers.flat(),
    };
  });

/** Responses after which the connection goes on. */
export const response: fc.Arbitrary<SentResponse> = fc
  .record({
    method: fc.constantFrom('GET', 'GET', 'POST', 'HEAD'),
    status: fc.constantFrom(200, 200, 201, 204, 304, 404, 500, 599, 999),
    reason: from(`${letters} -`, 0, 12),
    before: fields,
    after: fields,
    blank: blanks,
    body: fc.oneof(fixedBody, chunkedBody),
  })
  .map(({ method, status, reason, before, after, blank, body }) => {
    const pairs = [...before, ...body.framing, ...after];
    const bodyless = method === 'HEAD' || status === 204 || status === 304;
    return {
      method,
      status,
      reason,
      bytes: `HTTP/1.1 ${status} ${reason}\r\n${lines(pairs, blank)}\r\n${bodyless ? '' : body.bytes}`,
      fields: pairs.flat(),
      body: bodyless ? '' : body.body,
      trailers: bodyless ? [] : body.trailers.flat(),
    };
  });

export interface Damage {
  /** Where, as a part of the whole. */
  at: number;
  insert: string;
  remove: number;
}

const spoilers = [
  '',
  '',
  '\r',
  '\n',
  '\r\n',
  '\n\n',
  ' ',
  '\t',
  '\0',
  '\x0b',
  ':',
  ',',
  ';',
  '0',
  '1',
  'a',
  '_',
  '\xe9',
];

/** What an attacker tries around the places where parsers differ. */
export const damage: fc.Arbitrary<Damage> = fc.record({
  // Not fc.double: nearly all of its values are close to 0.
  at: fc.nat(999).map((thousandths) => thousandths / 1000),
  insert: fc.constantFrom(
    ...spoilers,
    'Content-Length: 3\r\n',
    '\r\nContent-Length: 3',
    '\r\nTransfer-Encoding: chunked',
    '\r\nTransfer-Encoding : chunked',
    '\r\nConnection: close',
    '\r\n folded',
    '\r\nHost: b',
    '0\r\n\r\n',
    'GET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n',
  ),
  remove: fc.constantFrom(0, 0, 0, 1, 2, 5),
});

export function damaged(text: string, { at, insert, remove }: Damage): string {
  const index = Math.floor(at * text.length);
  return text.slice(0, index) + insert + text.slice(index + remove);
}
