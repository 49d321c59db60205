import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isClusterKey, makeClusterKey, makeLabel, parseLabel } from '#protocol/label.ts';
import { firstWords, secondWords } from '#protocol/words.ts';

const checkKey = new Uint8Array(16).fill(7);
const bytes = (length: number): fc.Arbitrary<Uint8Array> =>
  fc.uint8Array({ minLength: length, maxLength: length });
const clusterKey = makeClusterKey(Uint8Array.from([1, 2, 3, 4, 5]), checkKey);
const label = makeLabel(clusterKey, 'a', new Uint8Array(22).fill(9));

describe('labels', () => {
  it('come back as the cluster and shard they were made for, and fit into DNS', () => {
    fc.assert(
      fc.property(
        bytes(5),
        bytes(22),
        fc.constantFrom('a', 'z', '2', '7'),
        (five, random, shard) => {
          const key = makeClusterKey(five, checkKey);
          const text = makeLabel(key, shard, random);
          expect(text.length).toBeLessThanOrEqual(63);
          expect(text).toMatch(/^[a-z]{1,8}-[a-z]{1,8}-[a-z2-7]{9}-[a-z2-7]{20}$/);
          expect(parseLabel(text, checkKey)).toEqual({ clusterKey: key, shard });
        },
      ),
    );
  });

  it('carry 100 random bits, five of each byte', () => {
    const last = (random: Uint8Array): string => makeLabel(clusterKey, 'a', random).slice(-20);
    for (let at = 2; at < 22; at += 1) {
      const seen = new Set(
        Array.from({ length: 32 }, (_, value) => last(new Uint8Array(22).fill(value, at, at + 1))),
      );
      expect(seen.size).toBe(32);
    }
  });

  it('are refused with too little chance', () => {
    expect(() => makeLabel(clusterKey, 'a', new Uint8Array(21))).toThrow('20 random bytes');
    expect(() => makeClusterKey(new Uint8Array(4), checkKey)).toThrow('5 random bytes');
  });

  it.each([
    ['nothing', ''],
    ['upper case', label.toUpperCase()],
    ['a dot behind', `${label}.`],
    ['a line feed behind', `${label}\n`],
    ['a character more', `${label}a`],
    ['a character less', label.slice(0, -1)],
    ['a digit that base32 lacks', `${label.slice(0, -1)}1`],
    ['a letter beyond ASCII', `${label.slice(0, -1)}\u212a`],
    ['a word of nine letters', `aaaaaaaaa-${label.split('-').slice(1).join('-')}`],
    ['no first word', label.slice(label.indexOf('-'))],
    ['an underscore for a hyphen', label.replace('-', '_')],
    ['punycode', `xn--${label}`],
  ])('are not labels with %s', (_what, text) => {
    expect(parseLabel(text, checkKey)).toBeUndefined();
  });
});

describe('cluster keys', () => {
  it('are known by their check', () => {
    expect(isClusterKey(clusterKey, checkKey)).toBe(true);
    expect(isClusterKey(clusterKey, new Uint8Array(16).fill(8))).toBe(false);
    expect(parseLabel(label, new Uint8Array(16).fill(8))).toBeUndefined();
  });

  it('fail it with any one character changed', () => {
    for (let at = 0; at < 8; at += 1) {
      const other = clusterKey[at] === 'a' ? 'b' : 'a';
      const key = clusterKey.slice(0, at) + other + clusterKey.slice(at + 1);
      expect(isClusterKey(key, checkKey)).toBe(false);
    }
  });
});

it.each([
  ['first', firstWords],
  ['second', secondWords],
])('%s words are many, short and different', (_which, words) => {
  expect(words.length).toBeGreaterThanOrEqual(128);
  expect(new Set(words).size).toBe(words.length);
  expect(words.filter((word) => !/^[a-z]{1,8}$/.test(word))).toEqual([]);
});
