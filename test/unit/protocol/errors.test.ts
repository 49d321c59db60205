import { describe, expect, it } from 'vitest';
import { denials } from '#edge/login/denials.ts';
import { errorBody, errorKinds, fill, type ErrorCode, type ErrorKind } from '#protocol/errors.ts';
import { renderPage, type Page } from '#protocol/pages.ts';

const kinds = Object.entries(errorKinds) as [ErrorCode, ErrorKind][];
const decode = (page: Page): string => new TextDecoder().decode(page.body);
function field(page: Page, name: string): string | undefined {
  const at = page.fields.findIndex((text, index) => index % 2 === 0 && text === name);
  return at < 0 ? undefined : page.fields[at + 1];
}
const navigation = 'text/html,application/xhtml+xml,*/*;q=0.8';

describe.each(kinds)('%s', (code, kind) => {
  it('has a status of errors, a title, what happened and what to do', () => {
    expect(code).toMatch(/^BW-\d{4}$/);
    expect(kind.status).toBeGreaterThanOrEqual(400);
    expect(kind.status).toBeLessThan(600);
    for (const text of [kind.title, kind.detail, kind.action]) expect(text).not.toBe('');
    // The reason phrase of HTTP/1.1 is made of it.
    expect(kind.title).toMatch(/^[ -~]+$/);
  });

  it('leaves no place for a parameter open', () => {
    const { error } = errorBody(code);
    expect(error.detail + error.action).not.toMatch(/\{\w+\}/);
  });

  it('is JSON for programs and HTML for people, with the same words', () => {
    const json = renderPage(code, {}, 'application/json');
    const html = renderPage(code, {}, navigation);
    expect(JSON.parse(decode(json))).toEqual(errorBody(code));
    expect(decode(html)).toContain(`<h1>${kind.title}</h1>`);
    expect(decode(html)).toContain(code);
    for (const page of [json, html]) {
      expect(page.status).toBe(kind.status);
      expect(field(page, 'Content-Length')).toBe(String(page.body.length));
      expect(field(page, 'Cache-Control')).toBe('no-store');
      expect(field(page, 'X-Content-Type-Options')).toBe('nosniff');
      expect(field(page, 'Retry-After')).toBe(kind.status === 503 ? '3' : undefined);
    }
  });
});

it('every code stands for one thing, in this table or in that of the login', () => {
  const login = Object.values(denials).map(({ code }) => code as string);
  const all = [...kinds.map(([code]) => code as string), ...login];
  expect(new Set(all).size).toBe(all.length);
  for (const code of all) expect(code.startsWith('BW-60')).toBe(login.includes(code));
});

describe('state pages', () => {
  it.each([
    [undefined, 'application/json'],
    ['', 'application/json'],
    ['*/*', 'application/json'],
    ['application/json, text/plain', 'application/json'],
    ['text/htmlx', 'application/json'],
    ['text/html', 'text/html; charset=utf-8'],
    ['TEXT/HTML;q=0.9', 'text/html; charset=utf-8'],
    [navigation, 'text/html; charset=utf-8'],
  ])('answer Accept: %s with %s', (accept, type) => {
    expect(field(renderPage('BW-1001', {}, accept), 'Content-Type')).toBe(type);
  });

  it('keep what a request brought from becoming markup', () => {
    const hostile = `"><svg onload=alert(1)>'&`;
    const html = decode(renderPage('BW-1002', { host: hostile, domain: hostile }, navigation));
    expect(html).not.toContain('<svg');
    expect(html).toContain('&quot;&gt;&lt;svg onload=alert(1)&gt;&#39;&amp;');
  });

  it('do not put one parameter’s braces to use', () => {
    const { detail } = errorBody('BW-1002', { host: '{domain}', domain: 'secret' }).error;
    expect(detail).toContain('{domain}');
    expect(detail).not.toContain('secret');
  });

  it('run no script, load nothing, post nowhere and cannot be framed', () => {
    const page = renderPage('BW-1001', {}, navigation);
    const policy = field(page, 'Content-Security-Policy')?.split('; ');
    expect(policy).toEqual([
      "default-src 'none'",
      "style-src 'unsafe-inline'",
      "base-uri 'none'",
      "form-action 'none'",
      "frame-ancestors 'none'",
    ]);
    expect(decode(page)).not.toMatch(/<script|<link|<img|src=|href=|@import|url\(/i);
  });

  it('say their language, scale on phones and follow the dark scheme', () => {
    const html = decode(renderPage('BW-1001', {}, navigation));
    expect(html).toContain('<html lang="en">');
    expect(html).toContain('width=device-width');
    expect(html).toContain('prefers-color-scheme: dark');
  });
});

describe('parameters', () => {
  it('are cut at 300 characters', () => {
    expect(fill('{a}', { a: 'x'.repeat(300) })).toHaveLength(300);
    expect(fill('{a}', { a: 'x'.repeat(301) })).toHaveLength(300);
  });

  it('that are missing say so', () => {
    expect(fill('at {address}', {})).toBe('at unknown');
  });
});
