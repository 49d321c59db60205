import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { homeShard, isShard, maxShards, shardFor, shardsOf } from '#edge/objects/shards.ts';
import { makeToken } from '#edge/gate/token.ts';
import { bearerOf, clusterKeyOfToken, tunnelShard } from '#edge/objects/tunnel-request.ts';
import { fuzzRuns } from '../../fuzz-runs.ts';

describe('names of shards', () => {
  it('are one character of a label each, the home first', () => {
    const all = shardsOf(maxShards);
    expect(new Set(all).size).toBe(maxShards);
    expect(all.every(isShard)).toBe(true);
    expect(all[0]).toBe(homeShard);
    expect(shardsOf(1)).toEqual([homeShard]);
    expect(shardsOf(3)).toEqual(['a', 'b', 'c']);
    expect(shardsOf(maxShards + 1)).toEqual(all);
  });

  it.each(['', 'ab', 'A', '1', '8', '-', 'ä', ' '])('%j is none', (text) => {
    expect(isShard(text)).toBe(false);
  });
});

describe('the shard of an intercept', () => {
  const names = Array.from({ length: 4000 }, (_, index) => `intercept-${index}`);

  it.each([2, 3, 5, 8, 32])('is one of %i, each of which gets its share', (count) => {
    const shares = new Map(shardsOf(count).map((shard) => [shard, 0]));
    for (const name of names) {
      const shard = shardFor(name, count);
      shares.set(shard, shares.get(shard)! + 1);
    }
    expect(shares.size).toBe(count);
    const even = names.length / count;
    for (const share of shares.values()) {
      // Six standard deviations of a binomial share.
      expect(Math.abs(share - even)).toBeLessThan(6 * Math.sqrt(even));
    }
  });

  it('stays when shards are added, unless it goes to a new one', () => {
    const counts = fc.integer({ min: 1, max: maxShards });
    fc.assert(
      fc.property(fc.string({ maxLength: 40 }), counts, counts, (name, one, other) => {
        const [few, many] = [Math.min(one, other), Math.max(one, other)];
        const before = shardFor(name, few);
        const after = shardFor(name, many);
        expect(shardsOf(many)).toContain(after);
        if (after !== before) expect(shardsOf(few)).not.toContain(after);
      }),
      { seed: 1, numRuns: fuzzRuns(500) },
    );
  });

  it('is the home where there is one only, and the same for the same name', () => {
    expect(new Set(names.map((name) => shardFor(name, 1)))).toEqual(new Set([homeShard]));
    expect(names.map((name) => shardFor(name, 4))).toEqual(names.map((name) => shardFor(name, 4)));
  });
});

describe('the target of a tunnel', () => {
  it.each([
    ['/api/v1/tunnel', 'a'],
    ['/api/v1/tunnel?shard=a', 'a'],
    ['/api/v1/tunnel?shard=b', 'b'],
    ['/api/v1/tunnel?shard=7', '7'],
  ])('%s is of shard %s', (target, shard) => {
    expect(tunnelShard(target)).toBe(shard);
  });

  it.each([
    '/api/v1/tunnel?shard=',
    '/api/v1/tunnel?shard=A',
    '/api/v1/tunnel?shard=1',
    '/api/v1/tunnel?shard=ab',
    '/api/v1/tunnel?shard=ba&x=b',
    '/api/v1/tunnel?x=1&shard=b',
    '/api/v1/tunnel?chard=b',
    '/api/v1/tunnel?',
    '/api/v1/tunnel/',
    '/api/v1/tunnels',
    '/api/v1/tunnel/?shard=b',
    '//api/v1/tunnel',
    '',
  ])('%j is none', (target) => {
    expect(tunnelShard(target)).toBeUndefined();
  });
});

describe('the bearer of a tunnel', () => {
  const random = { bytes: (count: number) => new Uint8Array(count).fill(7) };
  const { token } = makeToken('bwc', random, 'a2a2a2a2Zz09');

  it('is one word of at most 512 visible characters', () => {
    expect(bearerOf(`Bearer ${token}`)).toBe(token);
    expect(bearerOf(`Bearer ${'x'.repeat(512)}`)).toHaveLength(512);
  });

  it.each([
    null,
    undefined,
    '',
    'Bearer',
    'Bearer ',
    `Basic ${token}`,
    `Bearer ${'x'.repeat(513)}`,
    `Bearer ${token} `,
    `Bearer  ${token}`,
    `Bearer ${token},x y`,
    'Bearer ä',
  ])('%j is none', (field) => {
    expect(bearerOf(field)).toBeUndefined();
  });

  it('names the cluster it says it is for', () => {
    expect(clusterKeyOfToken(token)).toBe('a2a2a2a2');
  });

  it.each([
    '',
    token.slice(0, -1),
    `${token}0`,
    token.toUpperCase(),
    token.replace('bwc', 'bws'),
    token.replace('a2a2a2a2', 'a2a2a2a3'),
    token.replace('a2a2a2a2', '../a2a2a'),
    `${token}\n`,
    makeToken('bws', random, 'a2a2a2a2Zz09').token,
    makeToken('bwc', random, 'a2a2a2a1Zz09').token,
    makeToken('bwc', random, 'A2a2a2a2Zz09').token,
    `bwc_a2a2a2a2_${'0f'.repeat(32)}`,
  ])('%j names none', (other) => {
    expect(clusterKeyOfToken(other)).toBeUndefined();
  });
});
