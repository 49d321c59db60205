import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { maxReturnPathCharacters, returnPath } from '#edge/gate/return-path.ts';
import { fuzzRuns } from '../../fuzz-runs.ts';

const origin = 'https://amber-otter.preview.example.dev';

/** Forms of a URL that lead elsewhere, or might to some reader. */
const evil = 'evil.example';
const heads = [
  '//',
  '///',
  '////',
  '/\\',
  '\\\\',
  '\\/',
  '\\',
  '/\\/',
  '//\\',
  '/ /',
  '/\t/',
  '/\n/',
  '/\r/',
  '\t//',
  '\n//',
  ' //',
  '\u00a0//',
  '\u2000//',
  '\ufeff//',
  '\0//',
  '\v//',
  '\f//',
  '/\0/',
  '/\u00ad/',
  '/\u200b/',
  '/\u2028/',
  '//\t',
  '//%00',
  '/./',
  '/.//',
  '/..//',
  '/../..//',
  '/a/..//',
  '/a/../..//',
  '/%2e//',
  '/%2E%2e//',
  '/a/%2e%2e//',
  '/.\\',
  '/..\\',
  '/a/..\\',
  '/.\t./',
  '/;//',
  '/?//',
  '/#//',
  '//;@',
  '//user@',
  '//user:pass@',
  '//.',
  '//%2f',
  '//%5c',
  'http://',
  'https://',
  'HTTPS://',
  'https:',
  'https:/',
  'https:///',
  'https:\\\\',
  'http:',
  'ftp://',
  'javascript:',
  'javascript://',
  'JaVaScRiPt:',
  'java\tscript:',
  'java\nscript:',
  '\u0001javascript:',
  'data:text/html,',
  'vbscript:',
  'blob:https://',
  'file:///',
  'about:',
  'view-source:',
  'x:',
  ':',
  '::',
  '@',
  '?',
  '#',
  '.',
  '..',
  '../',
  './',
  '~',
  '%2f%2f',
  '%5c%5c',
  '%09//',
  '%0d%0a//',
  '\uff0f\uff0f',
  '\u2215\u2215',
  '\u2044\u2044',
  '\u29f8\u29f8',
  '/\uff0f',
  '/\u3002',
  '〱',
  '//[::1]/',
  '//0x7f000001/',
  '//2130706433/',
  '//127.0.0.1/',
  `${origin}.`,
  `${origin}@`,
  `${origin}:`,
  `${origin}/..//`,
  `${origin}/`,
  `//${origin}`,
];
const tails = ['', '/', '/path', '?next=/', '#x', '%2f..', ':443', '\\', '/..', '@', '%00', '\n'];
const corpus = heads.flatMap((head) => tails.map((tail) => head + evil + tail));

/** Where a browser goes that follows the path from a page of the preview. */
const destinationOf = (path: string) => new URL(path, `${origin}/.byway/callback?code=x`);

describe('paths to return to', () => {
  it.each([
    '/',
    '/a/b/',
    '/a?b=c&d=/e',
    '/?next=https://evil.example/',
    '/a//b',
    '/@evil.example',
    '/:80/',
    '/%2f%2fevil.example',
    '/%5cevil.example',
    '/.byways/x',
    '/a/.byway/x',
    '/%2ebyway/x',
    '/;x=1/~y/!$&()*+,=',
  ])('%s is kept', (path) => expect(returnPath(path, origin)).toBe(path));

  it.each([
    ['/a/../b', '/b'],
    ['/./a', '/a'],
    ['/a/%2e%2e/b', '/b'],
    ['/a?q="x"', '/a?q=%22x%22'],
  ])('%s is written as %s', (path, written) => expect(returnPath(path, origin)).toBe(written));

  it.each([undefined, '', 'a', '?a', '#a', '/a#b', '/ä', '/a b', '/a\r\nSet-Cookie: x=y', '/\x7f'])(
    '%j is no path: the root instead',
    (path) => expect(returnPath(path, origin)).toBe('/'),
  );

  it.each(['/.byway', '/.byway/', '/.byway?x', '/.byway/callback?code=x', '/a/../.byway/logout'])(
    '%s is the gateway’s own: the root instead',
    (path) => expect(returnPath(path, origin)).toBe('/'),
  );

  it('may have 2048 characters, also when they are escaped', () => {
    const longest = `/${'a'.repeat(maxReturnPathCharacters - 1)}`;
    expect(returnPath(longest, origin)).toBe(longest);
    expect(returnPath(`${longest}a`, origin)).toBe('/');
    expect(returnPath(`/?${'"'.repeat(1000)}`, origin)).toBe('/');
  });

  it('hold for an origin with a port, and for none at all', () => {
    expect(returnPath('/a', 'http://x.preview.localhost:8080')).toBe('/a');
    expect(returnPath('/a', 'https://x.example:443')).toBe('/');
    expect(returnPath('/a', 'null')).toBe('/');
    expect(returnPath('/a', '')).toBe('/');
  });
});

describe('hostile paths', () => {
  it.each(['/a\\b', '/a?b\\c', `//${new URL(origin).host}/a`, `${origin}/a`])(
    'threat 1: %j is refused although it stays here',
    (path) => expect(returnPath(path, origin)).toBe('/'),
  );

  it(`threat 1: none of ${corpus.length} forms leads to another origin`, () => {
    for (const form of corpus) {
      const path = returnPath(form, origin);
      expect(path, JSON.stringify(form)).toMatch(/^\/(?![/\\])[\x21-\x7e]*$/);
      expect(destinationOf(path).origin, JSON.stringify(form)).toBe(origin);
    }
  });

  it.each(heads.filter((head) => !/^\/[.?;]/.test(head) && !/^\/a\/|^\/%2/.test(head)))(
    'threat 1: %j is not even tried',
    (head) => expect(returnPath(head + evil, origin)).toBe('/'),
  );

  const piece = fc.oneof(
    fc.constantFrom(...heads, evil, '/', '\\', '..', '.', '%2e', '%2f', '?', '@', ':', '\t', '\n'),
    fc.string({ unit: 'binary', maxLength: 3 }),
  );
  const path = fc.array(piece, { maxLength: 8 }).map((pieces) => pieces.join(''));

  it('threat 1: whatever comes, the path stays here and means the same when read again', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          path,
          path.map((text) => `/${text}`),
        ),
        (text) => {
          const result = returnPath(text, origin);
          expect(result).toMatch(/^\/(?![/\\])[\x21-\x7e]*$/);
          const destination = destinationOf(result);
          expect(destination.origin).toBe(origin);
          expect(destination.pathname + destination.search).toBe(result);
          expect(destination.pathname).not.toMatch(/^\/\.byway(\/|$)/);
          expect(returnPath(result, origin)).toBe(result);
        },
      ),
      { seed: 1, numRuns: fuzzRuns(2000) },
    );
  });
});
