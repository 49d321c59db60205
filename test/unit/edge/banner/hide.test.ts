import { describe, expect, it } from 'vitest';
import { chooseBanner, hiddenLifeS, hidesBanner } from '#edge/banner/hide.ts';
import { readCookies } from '#edge/gate/cookies.ts';
import { fieldOf } from '#protocol/head.ts';

const origin = 'https://label.preview.example.dev';
const hidden = ['Cookie', '__Host-byway_banner=hidden'];

function choose(method: string, form: string, head: string[]) {
  const cookies = readCookies(head);
  const { status, fields, body } = chooseBanner({ method, head, cookies, origin, form });
  return {
    status,
    cookie: fieldOf(fields, 'set-cookie'),
    to: fieldOf(fields, 'location'),
    text: new TextDecoder().decode(body),
  };
}

describe('the line at the bottom of pages', () => {
  it('is hidden by its own form, and the browser remembers', () => {
    const head = ['Origin', origin, 'Referer', `${origin}/basket?item=1`];
    const { status, cookie = '', to } = choose('POST', 'banner=hide', head);
    expect([status, to]).toEqual([303, '/basket?item=1']);
    expect(cookie).toContain(`__Host-byway_banner=hidden; Max-Age=${hiddenLifeS};`);
    const [pair = ''] = cookie.split(';', 1);
    expect(hidesBanner(readCookies(['Cookie', pair]))).toBe(true);
    expect(hidesBanner(readCookies(['Cookie', '__Host-byway_banner=x']))).toBe(false);
  });

  it('comes back by the page of its own', () => {
    const page = choose('GET', '', hidden);
    expect(page.text).toContain('does not show');
    expect(page.cookie).toBeUndefined();
    const head = ['Origin', origin, 'Referer', `${origin}/.byway/banner`, ...hidden];
    expect(choose('POST', 'banner=show', head)).toMatchObject({
      status: 303,
      to: '/',
      cookie: expect.stringContaining('Max-Age=0'),
    });
    expect(choose('GET', '', []).text).toContain('Hide it for 30 days');
  });

  it.each([
    ['no origin', []],
    ['another origin', ['Origin', 'https://other.preview.example.dev']],
    ['a sandboxed frame', ['Origin', 'null', 'Sec-Fetch-Site', 'cross-site']],
  ])('threat 39: is not changed by a form with %s', (_what, head) => {
    expect(choose('POST', 'banner=hide', head)).toMatchObject({ status: 403, cookie: undefined });
  });

  it('is hidden from a page that tells no referrer, which goes to the front page then', () => {
    const head = ['Origin', 'null', 'Sec-Fetch-Site', 'same-origin'];
    expect(choose('POST', 'banner=hide', head)).toMatchObject({ status: 303, to: '/' });
  });

  it('has a page of its own, which leads back to where the link was', () => {
    const { text } = choose('GET', '', ['Referer', `${origin}/basket?a=1&b=2`]);
    expect(text).toContain('name="to" value="/basket?a=1&amp;b=2"');
    expect(text).toContain('<a href="/basket?a=1&amp;b=2">Back');
    const form = 'banner=hide&to=%2Fbasket%3Fa%3D1';
    expect(choose('POST', form, ['Origin', origin]).to).toBe('/basket?a=1');
    const elsewhere = 'banner=hide&to=%2F%2Fevil.example';
    expect(choose('POST', elsewhere, ['Origin', origin]).to).toBe('/');
  });

  it.each(['https://evil.example/x', `${origin}//evil.example`, 'nonsense', ''])(
    'threat 1: leads to no other place: %s',
    (referer) => {
      const head = ['Origin', origin, 'Referer', referer];
      expect(choose('POST', 'banner=hide', head).to).toBe('/');
    },
  );

  it('takes GET and POST only', () => expect(choose('PUT', '', []).status).toBe(405));
});
