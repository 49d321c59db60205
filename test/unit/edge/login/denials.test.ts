/** The table of denials, and what every page of the login has in common. */
import { describe, expect, it } from 'vitest';
import { denialBody, denialPage, denials, type DenialKind } from '#edge/login/denials.ts';
import { html, htmlPage, seeOther } from '#edge/login/page.ts';
import { responseOf } from '#edge/login/visit.ts';

const kinds = Object.keys(denials) as DenialKind[];
const navigation = 'text/html,*/*;q=0.8';

it('each reason has a code of its own', () => {
  expect(new Set(kinds.map((kind) => denials[kind].code)).size).toBe(kinds.length);
  for (const kind of kinds) expect(denials[kind].code).toMatch(/^BW-60\d\d$/);
});

describe.each(kinds)('%s', (kind) => {
  const parameters = { login: 'bob', reason: 'because' };

  it('says what happened and what to do, to people and programs alike', async () => {
    const { error } = denialBody({ kind, parameters });
    for (const text of [error.title, error.detail, error.action]) {
      expect(text).not.toBe('');
      expect(text).not.toMatch(/[{}]|unknown/);
    }
    const page = responseOf(denialPage({ kind, parameters }, navigation));
    const text = await page.text();
    expect(page.status).toBe(error.status);
    expect(text).toContain(`<h1>${error.title}</h1>`);
    expect(text).toContain(error.code);
    const json = responseOf(denialPage({ kind, parameters }, 'application/json'));
    expect(await json.json()).toEqual({ error });
    expect(json.status).toBe(error.status);
    for (const each of [page, json]) {
      expect(each.headers.get('x-byway-error')).toBe(error.code);
      expect(each.headers.get('cache-control')).toBe('no-store');
      expect(each.headers.has('retry-after')).toBe(error.status === 503);
      expect(each.headers.has('www-authenticate')).toBe(error.status === 401);
    }
  });

  it('threat 40: cannot be framed, and brings nothing along', () => {
    const { headers } = responseOf(denialPage({ kind }, navigation));
    const policy = headers.get('content-security-policy')!;
    for (const part of ["default-src 'none'", "frame-ancestors 'none'", "form-action 'self'"]) {
      expect(policy).toContain(part);
    }
    expect(policy).not.toContain('script-src');
    expect(headers.get('x-frame-options')).toBe('DENY');
    expect(headers.get('cross-origin-opener-policy')).toBe('same-origin');
    expect(headers.get('x-content-type-options')).toBe('nosniff');
    expect(headers.get('referrer-policy')).toBe('same-origin');
  });

  it('threat 10: shows parameters and links as text', async () => {
    const evil = '<svg onload="alert(1)">';
    const links = [{ text: evil, url: `https://x.example/"${evil}` }];
    const page = { kind, parameters: { login: evil, reason: evil }, links };
    const text = await responseOf(denialPage(page, navigation)).text();
    expect(text).not.toContain('<svg');
    expect(text).not.toContain('""');
    expect(text).not.toMatch(/<script/i);
  });
});

it('a pause that GitHub asks for is passed on in whole seconds', () => {
  const page = denialPage({ kind: 'unavailable', retryAfterMs: 1_500 }, undefined);
  expect(responseOf(page).headers.get('retry-after')).toBe('2');
});

it('a redirect leaks nothing', () => {
  const { headers } = responseOf(seeOther('https://x.example/?code=a', ['a=b', 'c=d']));
  expect(headers.get('referrer-policy')).toBe('no-referrer');
  expect(headers.getSetCookie()).toEqual(['a=b', 'c=d']);
});

it('pages are for everybody: a language, a width, colours for the dark, no script', async () => {
  const text = await responseOf(htmlPage('Title', html`<p>${'a < b'}</p>`)).text();
  expect(text).toContain('<html lang="en">');
  expect(text).toContain('width=device-width');
  expect(text).toContain('prefers-color-scheme: dark');
  expect(text).toContain(':focus-visible');
  expect(text).toContain('<p>a &lt; b</p>');
  expect(text).not.toContain('<script');
});
