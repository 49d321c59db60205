import { describe, expect, it } from 'vitest';
import { BodyFollower, maxChunkExtensionBytes, maxTrailerBytes } from '#protocol/http1/body.ts';
import { Http1Error, type Framing } from '#protocol/http1/head.ts';
import { bytesOf, cut, everyByte } from './reading.ts';

interface Followed {
  data: string;
  trailers: string[];
  done: boolean;
  /** Bytes that were taken. */
  taken: number;
}

function follow(
  framing: Framing,
  pieces: readonly Uint8Array[],
  body = new BodyFollower(),
): Followed {
  let data = '';
  let taken = 0;
  body.start(framing);
  for (const piece of pieces) {
    const end = body.follow(piece, 0, piece.length, (part) => {
      data += Buffer.from(part).toString('latin1');
    });
    taken += end;
    if (end < piece.length) break;
  }
  return { data, trailers: body.trailers, done: body.done, taken };
}

function codeOf(text: string, pieces: readonly Uint8Array[] = [bytesOf(text)]): string {
  try {
    return follow('chunked', pieces).done ? 'done' : 'waiting';
  } catch (error) {
    if (error instanceof Http1Error) return error.code;
    throw error;
  }
}

describe('a body of known length', () => {
  it('ends after so many bytes', () => {
    expect(follow(5, [bytesOf('abc'), bytesOf('defg')])).toEqual({
      data: 'abcde',
      trailers: [],
      done: true,
      taken: 5,
    });
    expect(follow(5, [bytesOf('abc')])).toMatchObject({ data: 'abc', done: false });
  });

  it('of nothing is done at once', () => {
    expect(follow(0, [bytesOf('next')])).toMatchObject({ data: '', done: true, taken: 0 });
  });

  it('above 4 GiB is counted exactly', () => {
    const body = new BodyFollower();
    const piece = new Uint8Array(1024 * 1024);
    body.start(5 * 1024 ** 3 + 1);
    for (let index = 0; index < 5 * 1024; index += 1) body.follow(piece, 0, piece.length);
    expect(body.done).toBe(false);
    expect(body.follow(piece, 10, piece.length)).toBe(11);
    expect(body.done).toBe(true);
  });
});

describe('a body until the end of the connection', () => {
  it('is never done', () => {
    expect(follow('until-close', [bytesOf('abc'), bytesOf('d')])).toEqual({
      data: 'abcd',
      trailers: [],
      done: false,
      taken: 4,
    });
  });
});

describe('a chunked body', () => {
  const whole = [
    ['0\r\n\r\n', '', []],
    ['3\r\nabc\r\n0\r\n\r\n', 'abc', []],
    ['00000003\r\nabc\r\n000\r\n\r\n', 'abc', []],
    [
      'a\r\n0123456789\r\nB\r\n\r\n0\r\n\r\n0\r\n-\r\n0\r\n\r\n',
      '0123456789\r\n0\r\n\r\n0\r\n-',
      [],
    ],
    ['2;a=b;c="d e"\r\n\r\n\r\n0;x\r\n\r\n', '\r\n', []],
    ['1\r\nx\r\n0\r\nA: 1\r\na:\t2 \r\n\r\n', 'x', ['A', '1', 'a', '2']],
  ] as const;

  it.each(whole)('%j', (text, data, trailers) => {
    const bytes = bytesOf(text);
    const wanted = { data, trailers, done: true, taken: text.length };
    expect(follow('chunked', [bytesOf(`${text}GET / HTTP/1.1\r\n`)])).toEqual(wanted);
    expect(follow('chunked', everyByte(bytes))).toEqual(wanted);
    for (let at = 1; at < bytes.length; at += 1) {
      expect(follow('chunked', cut(bytes, [at])), `cut at ${at}`).toEqual(wanted);
      expect(follow('chunked', [bytes.subarray(0, at)]), `${at} bytes`).toMatchObject({
        done: false,
        taken: at,
      });
    }
  });

  it.each([
    '\r\n',
    ';a\r\n',
    ' 3\r\n',
    '3 \r\n',
    '3 ;a\r\n',
    '+3\r\n',
    '-3\r\n',
    '0x3\r\n',
    'g\r\n',
    '3\n',
    '3\r\r\n',
    '3;a\n',
    '3;a\rb\r\n',
    '3;\0\r\n',
    '3\r\nabcd\r\n',
    '3\r\nabc\n',
    '3\r\nabc\rx',
    '3\r\nabc0\r\n',
    '0\r\n\rx',
    '20000000000000\r\n',
    'ffffffffffffffff\r\n',
    '00000000000000001\r\n',
  ])('is refused: %j', (text) => {
    expect(codeOf(text)).toBe('chunk');
    expect(codeOf(text, everyByte(bytesOf(text)))).toBe('chunk');
  });

  it('may have chunks of up to 2^53 - 1 bytes', () => {
    expect(codeOf('1fffffffffffff\r\n')).toBe('waiting');
    expect(codeOf('0000000000000001\r\n')).toBe('waiting');
  });

  it('may have an extension of limited length', () => {
    const extension = (bytes: number) => `1;${'x'.repeat(bytes)}\r\nx\r\n0\r\n\r\n`;
    expect(codeOf(extension(maxChunkExtensionBytes))).toBe('done');
    expect(codeOf(extension(maxChunkExtensionBytes + 1))).toBe('chunk');
    expect(codeOf(`1;${'x'.repeat(maxChunkExtensionBytes + 1)}`)).toBe('chunk');
  });

  it.each([
    ['trailer', '0\r\nContent-Length: 3\r\n\r\n'],
    ['trailer', '0\r\nTransfer-Encoding: chunked\r\n\r\n'],
    ['trailer', '0\r\nHost: b\r\n\r\n'],
    ['field-name', '0\r\nX : y\r\n\r\n'],
    ['obs-fold', '0\r\n X: y\r\n\r\n'],
    ['line-ending', '0\r\nX: y\n\r\n'],
    ['line-ending', '0\r\nX: y\n\n'],
  ])('has trailers that are refused (%s): %j', (code, text) => {
    expect(codeOf(text)).toBe(code);
    expect(codeOf(text, everyByte(bytesOf(text)))).toBe(code);
  });

  it('may have trailers of limited size, in pieces or not', () => {
    const text = (bytes: number) => `0\r\nX: ${'y'.repeat(bytes - 7)}\r\n\r\n`;
    const fits = text(maxTrailerBytes);
    expect(codeOf(fits)).toBe('done');
    expect(codeOf(fits, everyByte(bytesOf(fits)))).toBe('done');
    const over = text(maxTrailerBytes + 1);
    expect(codeOf(over)).toBe('head-too-large');
    expect(codeOf(over, everyByte(bytesOf(over)))).toBe('head-too-large');
  });

  it('leaves nothing for the next', () => {
    const body = new BodyFollower();
    expect(follow('chunked', [bytesOf('0\r\nA: 1\r\n\r\n')], body).trailers).toEqual(['A', '1']);
    expect(follow('chunked', [bytesOf('3;x\r\na')], body).done).toBe(false);
    const again = follow('chunked', [bytesOf('1\r\nz\r\n0\r\n\r\n')], body);
    expect(again).toMatchObject({ data: 'z', trailers: [], done: true });
    expect(follow(1, [bytesOf('ab')], body)).toMatchObject({ data: 'a', trailers: [], taken: 1 });
  });
});
