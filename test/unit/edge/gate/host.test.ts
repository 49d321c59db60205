import { describe, expect, it } from 'vitest';
import { canonicalHost, hostsFault, matchHost } from '#edge/gate/host.ts';

const hosts = { appHost: 'byway.example.com', previewDomain: 'preview.example.dev' };

describe('matching a host', () => {
  it.each([
    ['byway.example.com', { kind: 'app' }],
    ['BYWAY.Example.com.', { kind: 'app' }],
    ['byway.example.com:8443', { kind: 'app' }],
    ['some-label.preview.example.dev', { kind: 'label', label: 'some-label' }],
    ['SOME-Label.Preview.example.dev', { kind: 'label', label: 'some-label' }],
    ['some-label.preview.example.dev.', { kind: 'label', label: 'some-label' }],
    ['some-label.preview.example.dev.:443', { kind: 'label', label: 'some-label' }],
    ['some-label.preview.example.dev:65535', { kind: 'label', label: 'some-label' }],
  ])('takes %s', (host, match) => {
    expect(matchHost(hosts, host)).toEqual(match);
  });

  it.each([
    '',
    '.',
    'preview.example.dev',
    '.preview.example.dev',
    'a.b.preview.example.dev',
    'a.preview.example.dev.evil.com',
    'a.preview.example.devil',
    'apreview.example.dev',
    'a.preview.example.dev..',
    'a..preview.example.dev',
    'a.preview.example.dev:65536',
    'a.preview.example.dev:99999',
    'a.preview.example.dev:',
    'a.preview.example.dev:80:80',
    'a.preview.example.dev:0x50',
    'user@a.preview.example.dev',
    'a.preview.example.dev/x',
    'a.preview.example.dev#',
    'a.preview.example.dev?',
    'a.preview.example.dev\\',
    'a.preview.example.dev\n',
    ' a.preview.example.dev',
    'a_b.preview.example.dev',
    'a%2eb.preview.example.dev',
    'a。preview.example.dev',
    'byway.example.com.evil.com',
    'xbyway.example.com',
    'x.byway.example.com',
    '[::1]',
    '127.0.0.1',
    'localhost',
  ])('refuses %j', (host) => {
    expect(matchHost(hosts, host)).toBeUndefined();
  });

  it('folds ASCII only', () => {
    expect(canonicalHost('KITE.example')).toBe('kite.example');
    expect(canonicalHost('\u212aite.example')).toBeUndefined();
  });

  it('takes names as long as DNS has them, and no longer text', () => {
    const name = `${'a.'.repeat(126)}a`;
    expect(name).toHaveLength(253);
    expect(canonicalHost(`${name}.:65535`)).toBe(name);
    expect(canonicalHost(`${'a.'.repeat(130)}a`)).toBeUndefined();
  });
});

describe('app host and preview domain', () => {
  it.each([
    ['byway.example.com', 'preview.example.dev'],
    ['byway.localhost', 'preview.localhost'],
    ['example.com', 'example.dev'],
  ])('may be %s and %s', (appHost, previewDomain) => {
    expect(hostsFault({ appHost, previewDomain })).toBeUndefined();
  });

  it.each([
    ['byway.example.com', 'preview.example.com', 'share the site example.com'],
    ['byway.example.com', 'byway.example.com', 'the same'],
    ['byway.example.com', 'example.com', 'one below the other'],
    ['example.com', 'preview.example.com', 'one below the other'],
    ['localhost', 'preview.localhost', 'one below the other'],
    ['byway.localhost', 'localhost', 'one below the other'],
    ['byway.example.com', 'Preview.example.dev', 'no host name'],
    ['byway.example.com', '*.example.dev', 'no host name'],
    ['byway.example.com', 'preview.example.dev:8080', 'no host name'],
  ])('may not be %s and %s', (appHost, previewDomain, words) => {
    expect(hostsFault({ appHost, previewDomain })).toContain(words);
  });
});
