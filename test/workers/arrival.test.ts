import { describe, expect, it } from 'vitest';
import { arrivalOf, fieldsOf, targetOf } from './engine.ts';

describe('the target', () => {
  it.each([
    ['http://a.preview.localhost:8080/x/y?z=1', '/x/y?z=1'],
    ['https://a.preview.localhost/', '/'],
    ['https://a.preview.localhost', '/'],
    ['https://h//double//slash', '//double//slash'],
    ['https://h/%2e%2e/%5c?q=/a//b', '/%2e%2e/%5c?q=/a//b'],
    [String.raw`https://h/a\b`, String.raw`/a\b`],
    ['https://h/?', '/?'],
    ['https://h/http://other/x', '/http://other/x'],
  ])('of %s is cut after the authority, byte for byte', (url, target) => {
    expect(targetOf(url)).toBe(target);
  });
});

describe('fields', () => {
  const fields = (pairs: [string, string][]): string[] => fieldsOf(new Headers(pairs));

  it('are names in lower case and values', () => {
    expect(
      fields([
        ['X-B', '2'],
        ['x-a', '1'],
      ]),
    ).toEqual(['x-a', '1', 'x-b', '2']);
  });

  it.each([
    ['UTF-8', 'ä€😀', [0xc3, 0xa4, 0xe2, 0x82, 0xac, 0xf0, 0x9f, 0x98, 0x80]],
    ['ASCII', 'plain', [...'plain'].map((letter) => letter.charCodeAt(0))],
    ['nothing', '', []],
  ])('carry %s as its bytes', (_name, value, bytes) => {
    const [, text = ''] = fields([['x', value]]);
    expect([...text].map((letter) => letter.charCodeAt(0))).toEqual(bytes);
  });

  it.each([
    ['a=1', 'a=1'],
    ['a=1; b=2', 'a=1; b=2'],
    ['a=1, b=2', 'a=1; b=2'],
    ['a=1; b=2, c=3; d=4, e=5', 'a=1; b=2; c=3; d=4; e=5'],
    ['a=x,y', 'a=x,y'],
    ['a=x, y', 'a=x, y'],
    ['a=x, y z=1', 'a=x, y z=1'],
    ['a="x, y"', 'a="x, y"'],
  ])('Cookie %s, which may have been several fields, is %s', (joined, mended) => {
    expect(fields([['cookie', joined]])).toEqual(['cookie', mended]);
  });

  it('of Cookie that were several are one, by semicolons; others keep their commas', () => {
    expect(
      fields([
        ['cookie', 'a=1'],
        ['cookie', 'b=2; c=3'],
        ['accept', 'x'],
        ['accept', 'y=1'],
      ]),
    ).toEqual(['accept', 'x, y=1', 'cookie', 'a=1; b=2; c=3']);
  });
});

describe('an arrival', () => {
  const of = (url: string, init: object = {}, headers: Record<string, string> = {}) => {
    const { host } = new URL(url);
    const request = new Request(url, { headers: { host, ...headers }, ...init } as RequestInit);
    return arrivalOf(request, fieldsOf(request.headers));
  };

  it.each([
    ['https://a.b/x', 'https', 'a.b', 443],
    ['http://a.b/x', 'http', 'a.b', 80],
    ['https://a.b:8443/x', 'https', 'a.b:8443', 8443],
  ])('of %s tells %s, %s and %i', (url, scheme, host, port) => {
    expect(of(url)).toMatchObject({ method: 'GET', target: '/x', scheme, host, port });
  });

  it.each([
    [{ clientIp: '192.0.2.1:5000' }, {}, '192.0.2.1'],
    [{ clientIp: '[2001:db8::1]:5000' }, {}, '2001:db8::1'],
    [{}, { 'cf-connecting-ip': '192.0.2.7' }, '192.0.2.7'],
    [{}, {}, 'unknown'],
  ])('comes from the address in %j and %j', (cf, headers, address) => {
    expect(of('https://a.b/', { cf }, headers).address).toBe(address);
  });

  it('leaves out what workerd has answered, and a length without a body', () => {
    const { fields } = of('https://a.b/', {}, { expect: 'x', upgrade: 'h2c', 'x-kept': '1' });
    expect(fields).toEqual(['host', 'a.b', 'x-kept', '1']);
  });

  it('keeps the length of a body', () => {
    const body = { method: 'POST', body: 'abc' };
    const { fields } = of('https://a.b/', body, { 'content-length': '3' });
    expect(fields).toContain('content-length');
  });
});
