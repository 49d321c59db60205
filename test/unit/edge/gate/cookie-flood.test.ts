import { describe, expect, it } from 'vitest';
import { cookieFlood, maxCookieBytes } from '#edge/gate/cookie-flood.ts';

const html = ['Accept', 'text/html'];

describe('threat 12: cookies that another preview set for all', () => {
  it('go on up to the limit', () => {
    expect(cookieFlood(['Cookie', 'x'.repeat(maxCookieBytes)])).toBeUndefined();
  });

  it.each([
    ['in one field', ['cookie', 'x'.repeat(maxCookieBytes + 1)]],
    ['in several', ['Cookie', 'x'.repeat(maxCookieBytes), 'COOKIE', 'y']],
  ])('beyond it %s are refused, and forgotten', (_, fields) => {
    const page = cookieFlood([...html, ...fields]);
    expect(page?.status).toBe(431);
    expect(page?.fields).toContain('"cookies"');
    expect(new TextDecoder().decode(page?.body)).toContain('<h1>');
  });

  it('are not what is too large about another field', () => {
    expect(cookieFlood(['X-Cookie', 'x'.repeat(maxCookieBytes + 1)])).toBeUndefined();
  });
});
