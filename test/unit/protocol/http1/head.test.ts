import { describe, expect, it } from 'vitest';
import {
  findHeadEnd,
  Http1Error,
  maxHttp1HeadBytes,
  parseRequestHead,
  parseResponseHead,
  parseTrailers,
  scanRequestHead,
  scanResponseHead,
} from '#protocol/http1/head.ts';
import { bytesOf } from './reading.ts';

const request = (text: string) => parseRequestHead(bytesOf(text), 0, text.length);
const response = (text: string, method = 'GET') =>
  parseResponseHead(bytesOf(text), 0, text.length, method);
const get = (fields: string, version = '1.1') => `GET / HTTP/${version}\r\n${fields}\r\n`;
const withHost = (fields: string) => get(`Host: a\r\n${fields}`);

function codeOf(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    if (error instanceof Http1Error) return error.code;
    throw error;
  }
  return 'accepted';
}

describe('a request head', () => {
  it('keeps fields as they came: order, case, duplicates, empty and latin-1 values', () => {
    const head = request(
      'PATCH /a/../b//c;%zz?x=1&&y? HTTP/1.1\r\nX-b: 1\r\nhOST: a:80\r\nx-B:\t 2 \t\r\nEmpty:\r\nN: \xe9\xff a\tb\r\n\r\n',
    );
    expect(head).toEqual({
      method: 'PATCH',
      target: '/a/../b//c;%zz?x=1&&y?',
      minor: 1,
      fields: ['X-b', '1', 'hOST', 'a:80', 'x-B', '2', 'Empty', '', 'N', '\xe9\xff a\tb'],
      framing: 0,
      keepAlive: true,
      upgrade: false,
    });
  });

  it('is read where it lies in larger bytes', () => {
    const text = withHost('X: y\r\n');
    const bytes = bytesOf(`before\r\n\r\n${text}behind`);
    const head = parseRequestHead(bytes, 10, 10 + text.length);
    expect([head.target, ...head.fields]).toEqual(['/', 'Host', 'a', 'X', 'y']);
    const again = parseRequestHead(new Uint8Array(bytes), 10, 10 + text.length);
    expect(again).toEqual(head);
  });

  it.each([
    ['/', 'GET'],
    ['*', 'OPTIONS'],
    ['http://a/b', 'GET'],
    ['a:443', 'CONNECT'],
    ['/\xc3\xa9', 'QUERY'],
    ['/#f', "m!#$%&'*+-.^_`|~9"],
  ])('with target %s of %s', (target, method) => {
    const head = request(`${method} ${target} HTTP/1.1\r\nHost: a\r\n\r\n`);
    expect([head.method, head.target]).toEqual([method, target]);
  });

  it.each([
    ['', 0],
    ['Content-Length: 0\r\n', 0],
    ['content-LENGTH: 17\r\n', 17],
    ['Content-Length: 9007199254740991\r\n', 9_007_199_254_740_991],
    ['Transfer-Encoding: chunked\r\n', 'chunked'],
    ['transfer-encoding:\t Chunked\r\n', 'chunked'],
  ])('frames its body by %j', (fields, framing) => {
    expect(request(withHost(fields)).framing).toBe(framing);
  });

  it.each([
    ['1.1', '', true, false],
    ['1.1', 'Connection: close\r\n', false, false],
    ['1.1', 'Connection: x, ,\tCLOSE ,y\r\n', false, false],
    ['1.1', 'Connection: x\r\nconnection: close\r\n', false, false],
    ['1.1', 'Connection: closed\r\n', true, false],
    ['1.0', '', false, false],
    ['1.0', 'Connection: Keep-Alive\r\n', true, false],
    ['1.0', 'Connection: keep-alive, close\r\n', false, false],
    ['1.1', 'Connection: keep-alive, Upgrade\r\nUpgrade: websocket\r\n', true, true],
    ['1.1', 'Upgrade: websocket\r\n', true, false],
    ['1.1', 'Connection: upgrade\r\n', true, false],
    ['1.0', 'Connection: upgrade\r\nUpgrade: h2c\r\n', false, false],
  ])('HTTP/%s with %j: keep-alive %s, upgrade %s', (version, fields, keepAlive, upgrade) => {
    const head = request(get(`Host: a\r\n${fields}`, version));
    expect([head.keepAlive, head.upgrade]).toEqual([keepAlive, upgrade]);
  });

  it.each([
    ['Host: \r\n', '1.1'],
    ['Host: [::1]:80\r\n', '1.1'],
    ['Host: under_score.example.\r\n', '1.1'],
    ['', '1.0'],
  ])('may have %j', (fields, version) => {
    expect(codeOf(() => request(get(fields, version)))).toBe('accepted');
  });

  it.each<readonly [code: string, text: string]>([
    ['line-ending', 'GET / HTTP/1.1\r\nHost: a\nX: y\r\n\r\n'],
    ['line-ending', 'GET / HTTP/1.1\r\nHost: a\rX: y\r\n\r\n'],
    ['line-ending', 'GET / HTTP/1.1\r\nHost: a\r\n\nX: y\r\n\r\n'],
    ['line-ending', 'GET / HTTP/1.1\r\nHost: a\r\n'],
    ['request-line', 'GET / HTTP/1.1\nHost: a\r\n\r\n'],
    ['request-line', 'GET / HTTP/1.1 \r\nHost: a\r\n\r\n'],
    ['request-line', 'GET / HTTP/1.10\r\nHost: a\r\n\r\n'],
    ['request-line', 'GET  / HTTP/1.1\r\nHost: a\r\n\r\n'],
    ['request-line', ' GET / HTTP/1.1\r\nHost: a\r\n\r\n'],
    ['request-line', '\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n'],
    ['request-line', 'G(T / HTTP/1.1\r\nHost: a\r\n\r\n'],
    ['request-line', 'GET /\r\nHost: a\r\n\r\n'],
    ['request-line', 'GET /\x7f HTTP/1.1\r\nHost: a\r\n\r\n'],
    ['request-line', 'GET\t/ HTTP/1.1\r\nHost: a\r\n\r\n'],
    ['version', 'GET /a b HTTP/1.1\r\nHost: a\r\n\r\n'],
    ['version', 'GET / http/1.1\r\nHost: a\r\n\r\n'],
    ['version', 'GET / HTTP/1.2\r\nHost: a\r\n\r\n'],
    ['version', 'GET / HTTP/2.0\r\nHost: a\r\n\r\n'],
    ['obs-fold', withHost('X: a\r\n b\r\n')],
    ['obs-fold', withHost('X: a\r\n\tb\r\n')],
    ['obs-fold', get(' Host: a\r\n')],
    ['field-name', withHost('X : a\r\n')],
    ['field-name', withHost('X\t: a\r\n')],
    ['field-name', withHost('no colon\r\n')],
    ['field-name', withHost('nocolon\r\n')],
    ['field-name', withHost(': a\r\n')],
    ['field-name', withHost('X\xe9: a\r\n')],
    ['field-name', withHost('X(): a\r\n')],
    ['field-name', withHost('Content_Length: 3\r\n')],
    ['field-name', withHost('transfer_encoding: chunked\r\n')],
    ['field-value', withHost('X: a\0b\r\n')],
    ['field-value', withHost('X: \x01\r\n')],
    ['field-value', withHost('X: a\x7f\r\n')],
    ['host', get('X: a\r\n')],
    ['host', get('')],
    ['host', withHost('Host: a\r\n')],
    ['host', withHost('host: b\r\n')],
    ['host', get('Host: a\r\nHost: b\r\n', '1.0')],
    ['host', get('Host: a/b\r\n')],
    ['host', get('Host: a, b@c\r\n')],
    ['host', get('Host: a\\b\r\n')],
    ['host', get('Host: \xe9\r\n')],
    ['connection', withHost('Connection: close, Content-Length\r\n')],
    ['connection', withHost('Connection: host\r\n')],
    ['connection', withHost('Connection: transfer-encoding\r\nTransfer-Encoding: chunked\r\n')],
    ['length-and-chunked', withHost('Content-Length: 3\r\nTransfer-Encoding: chunked\r\n')],
    ['length-and-chunked', withHost('Transfer-Encoding: chunked\r\nContent-Length: 3\r\n')],
    ['length-and-chunked', get('Host: a\r\nTransfer-Encoding: chunked\r\n', '1.0')],
    ['content-length', 'CONNECT a:1 HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\n'],
    ['content-length', withHost('Content-Length: 3\r\nContent-Length: 3\r\n')],
    ['content-length', withHost('Content-Length: 3\r\nContent-Length: 4\r\n')],
    ...[
      '3, 3',
      '+3',
      '-3',
      '0x3',
      '',
      '03',
      '00',
      '3.0',
      '3 4',
      '9007199254740992',
      '9'.repeat(40),
    ].map((value) => ['content-length', withHost(`Content-Length: ${value}\r\n`)] as const),
    ['transfer-encoding', withHost('Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n')],
    ...[
      'gzip',
      'gzip, chunked',
      'chunked, identity',
      'chunked, chunked',
      'chunked,',
      ', chunked',
      '',
      'identity',
      'xchunked',
      '"chunked"',
      'chunked;q=1',
      'chunked ',
      'chunked\t',
      'chunked\0',
    ].map((value) => {
      const code = value.endsWith('\0') ? 'field-value' : 'transfer-encoding';
      return [code, withHost(`Transfer-Encoding: ${value}\r\n`)] as const;
    }),
  ])('is refused (%s): %j', (code, text) => {
    expect(codeOf(() => request(text))).toBe(code);
    expect(codeOf(() => scanRequestHead(bytesOf(text), 0, text.length))).toBe(code);
  });

  it('has statuses for a server, and errors that say where and quote nothing', () => {
    const refused = (text: string): Http1Error => {
      try {
        request(text);
      } catch (error) {
        return error as Http1Error;
      }
      throw new Error('accepted');
    };
    expect(refused(withHost('Secret : hunter2\r\n')).message).toBe(
      'a blank between a field’s name and its colon at byte 31',
    );
    expect(refused('GET / HTTP/3.0\r\n\r\n').status).toBe(505);
    expect(refused(withHost('Transfer-Encoding: gzip\r\n')).status).toBe(501);
    expect(refused(withHost('X : a\r\n')).status).toBe(400);
  });

  it('may have 256 fields and not one more', () => {
    const fields = (count: number) => withHost('X: y\r\n'.repeat(count - 1));
    expect(request(fields(256)).fields).toHaveLength(512);
    expect(codeOf(() => request(fields(257)))).toBe('too-many-fields');
  });

  it('may have as many bytes as allowed and not one more', () => {
    const head = (bytes: number) => {
      const rest = withHost('X: \r\n').length;
      return withHost(`X: ${'y'.repeat(bytes - rest)}\r\n`);
    };
    expect(codeOf(() => request(head(maxHttp1HeadBytes)))).toBe('accepted');
    expect(codeOf(() => request(head(maxHttp1HeadBytes + 1)))).toBe('head-too-large');
    const text = head(100);
    expect(codeOf(() => parseRequestHead(bytesOf(text), 0, 100, 100))).toBe('accepted');
    expect(codeOf(() => parseRequestHead(bytesOf(text), 0, 100, 99))).toBe('head-too-large');
    expect(codeOf(() => scanRequestHead(bytesOf(text), 0, 100, 99))).toBe('head-too-large');
  });

  it('is not read beyond its end', () => {
    const text = withHost('X: y\r\n');
    for (let end = 0; end < text.length; end += 1) {
      expect(
        codeOf(() => parseRequestHead(bytesOf(text), 0, end)),
        `${end} bytes`,
      ).not.toBe('accepted');
    }
  });
});

describe('a response head', () => {
  it('keeps reason and fields', () => {
    expect(
      response('HTTP/1.0 404 N\xf6t  here \r\nSet-Cookie: a\r\nset-cookie: b\r\n\r\n'),
    ).toEqual({
      status: 404,
      reason: 'N\xf6t  here ',
      minor: 0,
      fields: ['Set-Cookie', 'a', 'set-cookie', 'b'],
      framing: 'until-close',
      keepAlive: false,
      upgrade: false,
    });
    expect(response('HTTP/1.1 200 \r\n\r\n').reason).toBe('');
    expect(response('HTTP/1.1 200\r\n\r\n').reason).toBe('');
    expect(response('HTTP/1.1 999 x\r\n\r\n').status).toBe(999);
  });

  it.each([
    ['GET', '200 OK', 'Content-Length: 5\r\n', 5, true],
    ['GET', '200 OK', 'Content-Length: 5\r\nConnection: close\r\n', 5, false],
    ['GET', '200 OK', 'Transfer-Encoding: chunked\r\n', 'chunked', true],
    ['GET', '200 OK', '', 'until-close', false],
    ['HEAD', '200 OK', 'Content-Length: 5\r\n', 0, true],
    ['HEAD', '200 OK', 'Transfer-Encoding: chunked\r\n', 0, true],
    ['HEAD', '200 OK', '', 0, true],
    ['GET', '204 No Content', 'Content-Length: 5\r\n', 0, true],
    ['GET', '304 Not Modified', 'Content-Length: 5\r\n', 0, true],
    ['GET', '103 Early Hints', '', 0, true],
    ['GET', '100 Continue', '', 0, true],
    ['CONNECT', '407 No', 'Content-Length: 5\r\n', 5, true],
    ['GET', '200 OK', 'Content_Length: 7\r\n', 'until-close', false],
  ])(
    'to %s, %s with %j: framing %s, keep-alive %s',
    (method, status, fields, framing, keepAlive) => {
      const text = `HTTP/1.1 ${status}\r\n${fields}\r\n`;
      const head = response(text, method);
      expect([head.framing, head.keepAlive, head.upgrade]).toEqual([framing, keepAlive, false]);
      const { framing: scanned } = scanResponseHead(bytesOf(text), 0, text.length, method);
      expect(scanned).toBe(framing);
    },
  );

  it.each([
    ['GET', '101 Switching Protocols'],
    ['CONNECT', '200 OK'],
    ['CONNECT', '299 OK'],
  ])('to %s, %s: another protocol follows', (method, status) => {
    const head = response(`HTTP/1.1 ${status}\r\nContent-Length: 5\r\n\r\n`, method);
    expect([head.upgrade, head.framing]).toEqual([true, 0]);
  });

  it.each([
    ['version', 'HTTP/2.0 200 OK\r\n\r\n'],
    ['version', 'ICY 200 OK\r\n\r\n'],
    ['version', '\r\n\r\n'],
    ['status-line', 'HTTP/1.1  200 OK\r\n\r\n'],
    ['status-line', 'HTTP/1.1 20 OK\r\n\r\n'],
    ['status-line', 'HTTP/1.1 2000 OK\r\n\r\n'],
    ['status-line', 'HTTP/1.1 099 OK\r\n\r\n'],
    ['status-line', 'HTTP/1.1\t200 OK\r\n\r\n'],
    ['status-line', 'HTTP/1.1 200 O\0K\r\n\r\n'],
    ['line-ending', 'HTTP/1.1 200 OK\rX: y\r\n\r\n'],
    ['line-ending', 'HTTP/1.1 200 OK\nX: y\r\n\r\n'],
    ['obs-fold', 'HTTP/1.1 200 OK\r\nX: y\r\n z\r\n\r\n'],
    ['content-length', 'HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n'],
    [
      'length-and-chunked',
      'HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n',
    ],
    ['length-and-chunked', 'HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n'],
    ['transfer-encoding', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n'],
  ])('is refused (%s): %j', (code, text) => {
    expect(codeOf(() => response(text))).toBe(code);
    expect(codeOf(() => scanResponseHead(bytesOf(text), 0, text.length, 'GET'))).toBe(code);
  });
});

describe('trailers', () => {
  const trailers = (text: string) => parseTrailers(bytesOf(text), 0, text.length);

  it('are fields', () => {
    expect(trailers('Grpc-Status: 0\r\ngrpc-message: \xe9\r\n\r\n')).toEqual([
      'Grpc-Status',
      '0',
      'grpc-message',
      '\xe9',
    ]);
  });

  it.each(['Content-Length: 3', 'transfer-encoding: chunked', 'Host: b', 'content_length: 3'])(
    'cannot be %s',
    (field) => {
      expect(codeOf(() => trailers(`${field}\r\n\r\n`))).toBe('trailer');
    },
  );
});

describe('the end of a head', () => {
  it('is found wherever it is, from wherever the search goes on', () => {
    for (let before = 0; before < 20; before += 1) {
      const bytes = bytesOf(`${'x'.repeat(before)}\r\n\r\n\r\n\r\n`);
      for (let from = 0; from <= before; from += 1) {
        expect(findHeadEnd(bytes, from)).toBe(before + 4);
      }
      for (let length = 0; length < before + 4; length += 1) {
        expect(findHeadEnd(bytes.subarray(0, length), 0)).toBe(-1);
      }
    }
  });

  it('does not take bytes before the start for a part of it', () => {
    expect(findHeadEnd(bytesOf('\r\n\r\nx'), 2)).toBe(-1);
  });

  it('is not waited for behind a line that ends in LF alone', () => {
    expect(codeOf(() => findHeadEnd(bytesOf('GET / HTTP/1.0\n\n'), 0))).toBe('line-ending');
    expect(codeOf(() => findHeadEnd(bytesOf('GET / HTTP/1.0\r\nX: y\n'), 10))).toBe('line-ending');
  });
});
