import { describe, expect, it } from 'vitest';
import { renderPage } from '#protocol/pages.ts';
import { headersOf, initOf, isBodiless, pageResponse } from './engine.ts';

const latin1 = (...bytes: number[]): string => String.fromCharCode(...bytes);
const headers = (...fields: string[]): Headers => new Headers(headersOf(fields));

describe('fields of an answer', () => {
  it('keep duplicates apart', () => {
    const both = headers('Set-Cookie', 'a=1', 'x', 'y', 'Set-Cookie', 'b=2');
    expect(both.getSetCookie()).toEqual(['a=1', 'b=2']);
    expect(both.get('x')).toBe('y');
  });

  it.each([
    ['ASCII', 'plain', 'plain'],
    ['UTF-8', latin1(0xc3, 0xa4, 0xe2, 0x82, 0xac), 'ä€'],
    ['UTF-8 with a mark in front', latin1(0xef, 0xbb, 0xbf, 0x61), '\uFEFFa'],
    ['Latin-1', latin1(0xe4), 'ä'],
    ['bytes that begin as UTF-8 and are not', latin1(0xc3, 0xa4, 0xff), 'Ã¤ÿ'],
  ])('of %s are written as what they say', (_name, bytes, text) => {
    expect(headersOf(['x', bytes])).toEqual([['x', text]]);
    expect(headers('x', bytes).get('x')).toBe(text);
  });
});

describe('answers', () => {
  it.each([
    [200, false],
    [204, true],
    [205, true],
    [304, true],
    [404, false],
  ])('with status %i: no body is %s', (status, none) => {
    expect(isBodiless(status)).toBe(none);
  });

  it('keep status, reason and a body’s coding', async () => {
    const init = initOf({
      status: 418,
      reason: 'I’m',
      fields: ['content-encoding', 'gzip'],
    } as Parameters<typeof initOf>[0]);
    expect(init).toMatchObject({ status: 418, statusText: 'I’m', encodeBody: 'manual' });
    const response = new Response('not gzip', { ...init, statusText: '' });
    expect(await response.text()).toBe('not gzip');
    expect(response.headers.get('content-encoding')).toBe('gzip');
  });

  it('may be a page', async () => {
    const page = renderPage('BW-1001', {}, 'text/html');
    const response = pageResponse(page);
    expect(response.status).toBe(page.status);
    expect(response.headers.get('content-type')).toContain('text/html');
    expect(await response.text()).toContain('BW-1001');
  });
});
