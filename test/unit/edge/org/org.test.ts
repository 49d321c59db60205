import { createHmac } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openSql, type SqlFile } from '#edge/node/sql.ts';
import { NameTaken, Org } from '#edge/org/org.ts';
import { isClusterKey } from '#protocol/label.ts';

const checkKey = new Uint8Array(16).fill(3);
const tokenHash = {
  of: (token: string) => Promise.resolve(createHmac('sha256', 'k').update(token).digest('hex')),
};
const claim = (): boolean => true;
let sql: SqlFile;
let org: Org;
let chance: (count: number) => Uint8Array;
const random = { bytes: (count: number) => chance(count) };
beforeEach(() => {
  chance = (count) => crypto.getRandomValues(new Uint8Array(count));
  sql = openSql(':memory:');
  org = new Org(77, { sql, clock: { nowMs: () => 0 }, random, tokenHash, checkKey });
});
afterEach(() => sql.close());

describe('registering a cluster', () => {
  it('gives a key with its check and a token of 256 bits', async () => {
    const { cluster, token } = await org.register('main', 'acme', claim);
    expect(cluster).toEqual({
      key: cluster.key,
      name: 'main',
      organisation: { id: 77, login: 'acme' },
      created_at: '1970-01-01T00:00:00.000Z',
    });
    expect(isClusterKey(cluster.key, checkKey)).toBe(true);
    expect(token).toMatch(new RegExp(`^bwc_${cluster.key}_[0-9a-f]{64}$`));
    expect(org.clusters()).toEqual([cluster]);
  });

  it('stores the token as a hash only', async () => {
    const { token } = await org.register('main', 'acme', claim);
    const stored = JSON.stringify(sql.all('SELECT * FROM connector_tokens'));
    expect(stored).toContain(await tokenHash.of(token));
    expect(stored).not.toContain(token);
    expect(stored).not.toContain(token.slice(-64));
  });

  it('refuses a name that is taken, also by somebody at the same moment', async () => {
    await org.register('main', 'acme', claim);
    await expect(org.register('main', 'acme', claim)).rejects.toThrow(NameTaken);
    const both = await Promise.allSettled([
      org.register('twice', 'acme', claim),
      org.register('twice', 'acme', claim),
    ]);
    expect(both.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    expect(
      org
        .clusters()
        .map(({ name }) => name)
        .sort(),
    ).toEqual(['main', 'twice']);
  });

  it('takes another key where one is taken', async () => {
    const asked: string[] = [];
    const { cluster } = await org.register('main', 'acme', (key) => asked.push(key) === 3);
    expect(asked).toHaveLength(3);
    expect(cluster.key).toBe(asked[2]);
  });

  it('gives up where chance repeats itself, and leaves nothing behind', async () => {
    chance = (count) => new Uint8Array(count);
    await expect(org.register('main', 'acme', () => false)).rejects.toThrow('no free cluster key');
    expect(org.clusters()).toEqual([]);
  });
});

describe('connector tokens', () => {
  it('admit to their own cluster only', async () => {
    const one = await org.register('one', 'acme', claim);
    const two = await org.register('two', 'acme', claim);
    expect(await org.admits(one.cluster.key, one.token)).toBe(true);
    expect(await org.admits(two.cluster.key, one.token)).toBe(false);
    expect(await org.admits(one.cluster.key, `${one.token.slice(0, -1)}x`)).toBe(false);
    expect(await org.admits(one.cluster.key, '')).toBe(false);
  });

  it('are void once the cluster is removed; its name is free again', async () => {
    const { cluster, token } = await org.register('main', 'acme', claim);
    const other = await org.register('other', 'acme', claim);
    expect(org.remove(cluster.key)).toBe(true);
    expect(org.remove(cluster.key)).toBe(false);
    expect(await org.admits(cluster.key, token)).toBe(false);
    expect(await org.admits(other.cluster.key, other.token)).toBe(true);
    expect(sql.all('SELECT * FROM connector_tokens')).toHaveLength(1);
    const again = await org.register('main', 'acme', claim);
    expect(again.cluster.key).not.toBe(cluster.key);
  });
});
