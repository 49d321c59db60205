import { describe, expect, it } from 'vitest';
import {
  chunkHeader,
  crlf,
  encodeLastChunk,
  encodeRequestHead,
  encodeResponseHead,
} from '#protocol/http1/write.ts';

const textOf = (bytes: Uint8Array) => Buffer.from(bytes).toString('latin1');

describe('a head that is written', () => {
  it('has its fields as they were given', () => {
    expect(textOf(encodeRequestHead('GET', '/a?b', ['hOST', 'x', 'A', '', 'a', '\xe9\t1']))).toBe(
      'GET /a?b HTTP/1.1\r\nhOST: x\r\nA: \r\na: \xe9\t1\r\n\r\n',
    );
    expect(textOf(encodeResponseHead(204, '', []))).toBe('HTTP/1.1 204 \r\n\r\n');
    expect(textOf(encodeResponseHead(200, 'Gr\xfc\xdfe', ['A', '1']))).toBe(
      'HTTP/1.1 200 Gr\xfc\xdfe\r\nA: 1\r\n\r\n',
    );
  });

  it('does not change when the next is written', () => {
    const first = encodeRequestHead('GET', '/first', []);
    encodeRequestHead('POST', '/second', []);
    expect(textOf(first)).toBe('GET /first HTTP/1.1\r\n\r\n');
  });

  it('may be larger than those before', () => {
    const value = 'v'.repeat(100_000);
    expect(textOf(encodeRequestHead('GET', '/', ['X', value]))).toBe(
      `GET / HTTP/1.1\r\nX: ${value}\r\n\r\n`,
    );
    expect(textOf(encodeRequestHead('GET', '/', ['X', `\xff${value}`]))).toContain(`\xff${value}`);
  });

  const bad = ['\r', '\n', '\0', '\r\nX: y', '\x7f', '\u0100', '\u010a', '\u{1f600}'];
  it.each(bad)('refuses %j in any part', (character) => {
    const part = `a${character}b`;
    for (const write of [
      () => encodeRequestHead(part, '/', []),
      () => encodeRequestHead('GET', part, []),
      () => encodeRequestHead('GET', '/', [part, 'v']),
      () => encodeRequestHead('GET', '/', ['n', part]),
      () => encodeRequestHead('GET', '/', ['n', 'v', 'n', part]),
      () => encodeResponseHead(200, part, []),
      () => encodeResponseHead(200, '', ['n', part]),
      () => encodeLastChunk(['n', part]),
    ]) {
      expect(write).toThrow(RangeError);
    }
  });

  it.each([
    ['a method with a blank', () => encodeRequestHead('GET /x', '/', [])],
    ['no method', () => encodeRequestHead('', '/', [])],
    ['a target with a blank', () => encodeRequestHead('GET', '/ HTTP/1.1', [])],
    ['no target', () => encodeRequestHead('GET', '', [])],
    ['a name with a colon', () => encodeRequestHead('GET', '/', ['a:b', 'v'])],
    ['a name with a blank', () => encodeRequestHead('GET', '/', ['Content-Length ', '3'])],
    ['no name', () => encodeRequestHead('GET', '/', ['', 'v'])],
    ['a name alone', () => encodeRequestHead('GET', '/', ['n'])],
    ['status 99', () => encodeResponseHead(99, '', [])],
    ['status 1000', () => encodeResponseHead(1000, '', [])],
    ['status 200.5', () => encodeResponseHead(200.5, '', [])],
  ])('refuses %s', (_what, write) => {
    expect(write).toThrow(RangeError);
  });
});

describe('a chunk', () => {
  it('has its size before it and ends with an empty line', () => {
    expect(textOf(chunkHeader(1))).toBe('1\r\n');
    expect(textOf(chunkHeader(65_536))).toBe('10000\r\n');
    expect(textOf(crlf)).toBe('\r\n');
    expect(textOf(encodeLastChunk([]))).toBe('0\r\n\r\n');
    expect(textOf(encodeLastChunk(['A', '1']))).toBe('0\r\nA: 1\r\n\r\n');
  });

  it.each([0, -1, 1.5, Number.NaN, 2 ** 53])('is not of %d bytes', (bytes) => {
    expect(() => chunkHeader(bytes)).toThrow(RangeError);
  });
});
