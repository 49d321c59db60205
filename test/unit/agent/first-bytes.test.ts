import { expect, it } from 'vitest';
import { kindOf } from '#agent/first-bytes.ts';

const preface = 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n';

it.each([
  ['GET / HTTP/1.1\r\n', 'http1'],
  ['\r\n\r\nGET /', 'http1'],
  ['M-SEARCH * ', 'http1'],
  ['PRI / HTTP/1.1', 'http1'],
  [preface, 'http2'],
  [`${preface}\0\0\0`, 'http2'],
  [' GET /', 'other'],
  ['get / ', 'other'],
  ['\x16\x03\x01', 'other'],
  ['*3\r\n$3\r\nSET', 'other'],
  ['ABCDEFGHIJKLMNOPQRSTUVWXYZ /', 'other'],
])('knows %j as %s', (text, kind) => {
  expect(kindOf(Buffer.from(text, 'latin1'))).toBe(kind);
});

it('waits where the first bytes fit several', () => {
  for (let length = 0; length < preface.length; length += 1) {
    expect(kindOf(Buffer.from(preface.slice(0, length)))).toBe('unknown');
  }
  for (const text of ['', 'G', 'GET', '\r', '\r\n'])
    expect(kindOf(Buffer.from(text))).toBe('unknown');
});
