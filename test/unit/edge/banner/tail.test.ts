import { describe, expect, it } from 'vitest';
import { bannerBytes, timeLeft, type BannerFacts } from '#edge/banner/banner.ts';
import { bannerTail } from '#edge/banner/tail.ts';

const facts: BannerFacts = {
  owner: 'alice',
  organisation: 'acme',
  publicUntilMs: undefined,
  forReaders: false,
  endsMs: 3 * 86_400_000,
  hits: 7,
  isConnected: true,
  dashboardUrl: 'https://byway.example.com/dashboard',
  hideUrl: 'https://label.preview.example.dev/.byway/banner',
  nowMs: 0,
};

function tailOf(fields: string[], status = 200) {
  const counted: string[] = [];
  const banner = { facts: () => facts, count: (outcome: string) => void counted.push(outcome) };
  const answer = { status, reason: 'OK', fields };
  const bytes = bannerTail(banner, answer);
  return { text: bytes && new TextDecoder().decode(bytes), length: bytes?.length, counted, fields };
}

const page = ['Content-Type', 'text/html; charset=utf-8', 'Content-Length', '1000'];

describe('a page', () => {
  it('gets the banner in a shadow tree, and a length that counts it', () => {
    const { text, length = 0, fields, counted } = tailOf([...page]);
    expect(text).toMatch(/<template\s+shadowrootmode="open"\s*>/);
    expect(text).toContain('by alice (acme)');
    expect(text).toContain('members only');
    expect(text).toContain('ends in 3 days');
    expect(text).toContain('7 requests');
    expect(text).not.toMatch(/<script/i);
    expect(fields[3]).toBe(String(1000 + length));
    expect(counted).toEqual(['styled']);
  });

  it.each([
    ["default-src 'self'", 'plain'],
    ["style-src 'self' 'nonce-abc' 'unsafe-inline'", 'plain'],
    ["style-src 'self' 'unsafe-inline'", 'styled'],
    ["script-src 'none'", 'styled'],
    ["style-src-elem 'none'; style-src 'unsafe-inline'", 'plain'],
    ["style-src 'unsafe-inline', style-src 'self'", 'plain'],
    ["style-src 'unsafe-inline'; style-src 'none'", 'styled'],
  ])('with the policy %s gets it %s', (policy, outcome) => {
    const { counted, text } = tailOf([...page, 'Content-Security-Policy', policy]);
    expect(counted).toEqual([outcome]);
    expect(text?.includes('<style>')).toBe(outcome === 'styled');
  });

  it.each([
    ["default-src 'none'", true],
    ["form-action 'self' https://pay.example.com", true],
    ['form-action *', true],
    ["form-action 'none'", false],
    ['form-action https://pay.example.com', false],
    ["form-action 'self', form-action 'none'", false],
    ['sandbox allow-forms', false],
  ])('with the policy %s may be hidden by a form: %s', (policy, hasForm) => {
    const { text, counted } = tailOf([...page, 'Content-Security-Policy', policy]);
    const [style] = counted;
    const form = `<form method="post" action="${facts.hideUrl}"`;
    expect(text?.includes(form)).toBe(hasForm && style === 'styled');
    expect(text?.includes(`<a href="${facts.hideUrl}"`)).toBe(!hasForm || style === 'plain');
  });

  it.each([
    ['a coding', ['Content-Encoding', 'br']],
    ['a digest of its body', ['Repr-Digest', 'sha-256=:AAAA:']],
  ])('with %s stays as it is, and is counted', (_what, more) => {
    const { text, fields, counted } = tailOf([...page, ...more]);
    expect(text).toBeUndefined();
    expect(fields[3]).toBe('1000');
    expect(counted).toEqual(['none']);
  });

  it('in parts stays as it is', () => {
    expect(tailOf([...page], 206)).toMatchObject({ text: undefined, counted: ['none'] });
  });

  it('says whom it is for, and that the cluster is about to leave', () => {
    const said = (more: Partial<BannerFacts>): string =>
      new TextDecoder().decode(bannerBytes({ ...facts, ...more }, 'plain', true));
    expect(said({ forReaders: true })).toContain('readers of the repository only');
    const open = said({ forReaders: true, publicUntilMs: 3 * 3_600_000 });
    expect(open).toContain('public for 3 hours');
    expect(open).not.toContain('only');
    expect(said({ isConnected: false, hits: 1 })).toMatch(/1 request · cluster offline/);
    expect(said({ endsMs: undefined })).not.toContain('ends in');
  });

  it('escapes what people choose', () => {
    const text = new TextDecoder().decode(
      bannerBytes({ ...facts, organisation: '<img src=x onerror=alert(1)>' }, 'plain', true),
    );
    expect(text).not.toContain('<img');
    expect(text).toContain('&lt;img');
  });
});

it('is for pages of HTML only', () => {
  expect(tailOf(['Content-Type', 'application/json'])).toMatchObject({
    text: undefined,
    counted: [],
  });
});

it.each([
  [59_999, 'less than a minute'],
  [60_000, '1 minute'],
  [119_999, '1 minute'],
  [120_000, '2 minutes'],
  [2 * 3_600_000, '2 hours'],
  [47 * 3_600_000, '47 hours'],
  [48 * 3_600_000, '2 days'],
])('says %i ms as %s', (ms, text) => expect(timeLeft(ms)).toBe(text));
