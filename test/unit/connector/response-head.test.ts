import { describe, expect, it } from 'vitest';
import type { Route } from '#protocol/control.ts';
import { viewerHead } from '#connector/response-head.ts';

const origin = 'https://label.preview.example.dev:8443';
const route = (l5 = 'shop.example.com', port = 8080): Route => ({
  label: 'label',
  origin,
  intercept: { id: '', name: '' },
  ingress: { host: '10.0.0.1', port, tls: true, l5 },
});

function one(name: string, value: string, at = route()): string | undefined {
  return viewerHead(200, '', [name, value], at)[5];
}

describe('a location', () => {
  it.each([
    ['https://shop.example.com/a?b#c', `${origin}/a?b#c`],
    ['http://SHOP.example.com', origin],
    ['http://shop.example.com:80/x', `${origin}/x`],
    ['https://shop.example.com:443/x', `${origin}/x`],
    ['http://shop.example.com:8080/x', `${origin}/x`],
    ['//shop.example.com/x', '//label.preview.example.dev:8443/x'],
    ['https://shop.example.com?x', `${origin}?x`],
    ['/x?u=https://shop.example.com/', '/x?u=https://shop.example.com/'],
    [
      'https://other.example.com/?u=//shop.example.com/',
      'https://other.example.com/?u=//shop.example.com/',
    ],
    ['https://shop.example.com:9999/x', 'https://shop.example.com:9999/x'],
    ['https://shop.example.com.evil/x', 'https://shop.example.com.evil/x'],
    ['https://x.shop.example.com/', 'https://x.shop.example.com/'],
    ['https://user@shop.example.com/', 'https://user@shop.example.com/'],
    ['ftp://shop.example.com/', 'ftp://shop.example.com/'],
    ['', ''],
  ])('%s becomes %s', (value, expected) => {
    for (const name of ['Location', 'content-location', 'ACCESS-CONTROL-ALLOW-ORIGIN'])
      expect(one(name, value)).toBe(expected);
  });

  it('of a layer-5 host with its own port', () => {
    expect(one('Location', 'http://shop.local:7777/', route('shop.local:7777'))).toBe(`${origin}/`);
  });

  it.each([
    ['5; url=https://shop.example.com/x', `5; url=${origin}/x`],
    ['0;URL="https://shop.example.com/x"', `0;URL="${origin}/x"`],
    ['5', '5'],
    ['5; url=/x', '5; url=/x'],
  ])('of Refresh: %s', (value, expected) => expect(one('Refresh', value)).toBe(expected));

  it.each(['*', 'null'])('Access-Control-Allow-Origin: %s stays', (value) => {
    expect(one('Access-Control-Allow-Origin', value)).toBe(value);
  });
});

describe('a cookie', () => {
  it.each([
    ['a=1; Domain=shop.example.com; Path=/; Secure', 'a=1; Path=/; Secure'],
    ['a=1;domain=.Example.com;HttpOnly', 'a=1;HttpOnly'],
    ['a=1; Domain=preview.example.dev', 'a=1'],
    ['a=1; Domain=other.example.org', 'a=1; Domain=other.example.org'],
    ['a=1; Domain=hop.example.com', 'a=1; Domain=hop.example.com'],
    ['Domain=shop.example.com; Path=/', 'Domain=shop.example.com; Path=/'],
    [
      'a=1;  Path=/ ;Expires=Wed, 21 Oct 2026 07:28:00 GMT',
      'a=1;  Path=/ ;Expires=Wed, 21 Oct 2026 07:28:00 GMT',
    ],
  ])('%s becomes %s', (value, expected) => expect(one('Set-Cookie', value)).toBe(expected));
});

it('keeps order, case and duplicates; the fields of the connection go, and those it names', () => {
  const fields = [
    ...['set-cookie', 'a=1', 'Connection', 'close, X-Hop, content-type', 'Keep-Alive', 'timeout=5'],
    ...['X-Hop', '1', 'Set-Cookie', 'b=2', 'Transfer-Encoding', 'chunked', 'Content-Type', 'x'],
    ...['Upgrade', 'h2c', 'vary', 'a', 'Vary', 'b', 'X-Empty', ''],
  ];
  expect(viewerHead(404, 'Nope', fields, route())).toEqual([
    ...[':status', '404', ':reason', 'Nope', 'set-cookie', 'a=1', 'Set-Cookie', 'b=2'],
    ...['Content-Type', 'x', 'vary', 'a', 'Vary', 'b', 'X-Empty', ''],
  ]);
});
