import { createHmac } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openSql, type SqlFile } from '#edge/node/sql.ts';
import type { ClusterCalls } from '#edge/objects/calls.ts';
import { Org } from '#edge/objects/org.ts';
import { isClusterKey } from '#protocol/label.ts';

const checkKey = new Uint8Array(16).fill(3);
const tokenHash = {
  of: (token: string) => Promise.resolve(createHmac('sha256', 'k').update(token).digest('hex')),
};
let claim: (key: string) => boolean;
const retired: string[] = [];
const objects = {
  cluster: (key: string) =>
    ({
      claim: () => Promise.resolve(claim(key)),
      retire: () => Promise.resolve(retired.push(key) > 0),
    }) as Partial<ClusterCalls> as ClusterCalls,
};

async function register(name: string) {
  const made = await org.register(name, 'acme', 1);
  if (!made.ok) throw new Error(made.refusal.kind);
  return made.value;
}
let sql: SqlFile;
let org: Org;
let chance: (count: number) => Uint8Array;
const random = { bytes: (count: number) => chance(count) };
beforeEach(() => {
  claim = () => true;
  retired.length = 0;
  chance = (count) => crypto.getRandomValues(new Uint8Array(count));
  sql = openSql(':memory:');
  org = new Org(77, { sql, clock: { nowMs: () => 0 }, random, tokenHash, checkKey, objects });
});
afterEach(() => sql.close());

describe('registering a cluster', () => {
  it('gives a key with its check and a token of 256 bits', async () => {
    const { cluster, token } = await register('main');
    expect(cluster).toEqual({
      key: cluster.key,
      name: 'main',
      organisation: { id: 77, login: 'acme' },
      created_at: '1970-01-01T00:00:00.000Z',
    });
    expect(isClusterKey(cluster.key, checkKey)).toBe(true);
    expect(token).toMatch(new RegExp(`^bwc_${cluster.key}_[0-9a-f]{64}$`));
    expect(await org.clusters()).toEqual([cluster]);
  });

  it('stores the token as a hash only', async () => {
    const { token } = await register('main');
    const stored = JSON.stringify(sql.all('SELECT * FROM connector_tokens'));
    expect(stored).toContain(await tokenHash.of(token));
    expect(stored).not.toContain(token);
    expect(stored).not.toContain(token.slice(-64));
  });

  it('refuses a name that is taken, also by somebody at the same moment', async () => {
    await register('main');
    await expect(register('main')).rejects.toThrow('taken');
    const both = await Promise.allSettled([register('twice'), register('twice')]);
    expect(both.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    const names = (await org.clusters()).map(({ name }) => name);
    expect(names.sort()).toEqual(['main', 'twice']);
    // The key that the loser had taken is given up.
    expect(retired).toHaveLength(1);
  });

  it('takes another key where one is taken', async () => {
    const asked: string[] = [];
    claim = (key) => asked.push(key) === 3;
    const { cluster } = await register('main');
    expect(asked).toHaveLength(3);
    expect(cluster.key).toBe(asked[2]);
  });

  it('gives up where chance repeats itself, and leaves nothing behind', async () => {
    chance = (count) => new Uint8Array(count);
    claim = () => false;
    await expect(register('main')).rejects.toThrow('no free cluster key');
    expect(await org.clusters()).toEqual([]);
  });
});

describe('connector tokens', () => {
  it('admit to their own cluster only', async () => {
    const one = await register('one');
    const two = await register('two');
    expect(await org.admits(one.cluster.key, one.token)).toBe(true);
    expect(await org.admits(two.cluster.key, one.token)).toBe(false);
    expect(await org.admits(one.cluster.key, `${one.token.slice(0, -1)}x`)).toBe(false);
    expect(await org.admits(one.cluster.key, '')).toBe(false);
  });

  it('are void once the cluster is removed; its name is free again', async () => {
    const { cluster, token } = await register('main');
    const other = await register('other');
    expect(await org.forget(cluster.key)).toBe(true);
    expect(await org.forget(cluster.key)).toBe(false);
    expect(await org.admits(cluster.key, token)).toBe(false);
    expect(await org.admits(other.cluster.key, other.token)).toBe(true);
    expect(sql.all('SELECT * FROM connector_tokens')).toHaveLength(1);
    const again = await register('main');
    expect(again.cluster.key).not.toBe(cluster.key);
  });
});
