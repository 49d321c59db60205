import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { clusterKeyOfToken } from '#edge/objects/tunnel-request.ts';
import { parseToken } from '#edge/gate/token.ts';
import { isClusterKey } from '#protocol/label.ts';
import { maxTokens } from '#edge/objects/stores/tokens.ts';
import { checkKey, ScratchOrg, tokenHash } from './scratch-org.ts';

let scratch: ScratchOrg;
beforeEach(() => {
  scratch = new ScratchOrg();
});
afterEach(() => scratch.sql.close());

describe('registering a cluster', () => {
  it('gives a key with its check and a token of 256 bits', async () => {
    const { key, token } = await scratch.register('main');
    expect(isClusterKey(key, checkKey)).toBe(true);
    expect(parseToken(token)).toMatchObject({ prefix: 'bwc' });
    expect(clusterKeyOfToken(token)).toBe(key);
    expect(await scratch.org.clusters()).toEqual([
      {
        key,
        name: 'main',
        organisation: { id: 77, login: 'acme' },
        created_at: '2026-01-01T00:00:00.000Z',
      },
    ]);
    const [record] = await scratch.org.tokens({});
    expect(record).toMatchObject({
      kind: 'connector',
      name: 'main',
      binding: { kind: 'cluster', key },
      expiresMs: undefined,
    });
  });

  it('threat 50: stores the token as a hash only', async () => {
    const { token } = await scratch.register('main');
    const stored = scratch.dump();
    expect(stored).toContain(await tokenHash.of(token));
    expect(stored).not.toContain(token.split('_')[2]);
  });

  it('refuses a name that is taken, also by somebody at the same moment', async () => {
    await scratch.register('main');
    await expect(scratch.register('main')).rejects.toThrow('taken');
    const both = await Promise.allSettled([scratch.register('twice'), scratch.register('twice')]);
    expect(both.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    const names = (await scratch.org.clusters()).map(({ name }) => name);
    expect(names.sort()).toEqual(['main', 'twice']);
    // The key that the loser had taken is given up.
    expect(scratch.retired).toHaveLength(1);
  });

  it('takes another key where one is taken', async () => {
    const asked: string[] = [];
    scratch.claim = (key) => asked.push(key) === 3;
    const { key } = await scratch.register('main');
    expect(asked).toHaveLength(3);
    expect(key).toBe(asked[2]);
  });

  it('gives up where chance repeats itself, and leaves nothing behind', async () => {
    scratch.chance = (count) => new Uint8Array(count);
    scratch.claim = () => false;
    await expect(scratch.register('main')).rejects.toThrow('no free cluster key');
    expect(await scratch.org.clusters()).toEqual([]);
  });

  it('gives the cluster up where there is no room for its token', async () => {
    scratch.sql.transaction(() => {
      for (let index = 0; index < maxTokens; index += 1) {
        scratch.sql.run(
          `INSERT INTO tokens (id, kind, name, scopes, binding, hash, created_ms)
            VALUES (?, 'service', 'x', 'view', 'organisation', ?, 0)`,
          `t${index}`,
          `h${index}`,
        );
      }
    });
    await expect(scratch.register('main')).rejects.toThrow('refused');
    expect(await scratch.org.clusters()).toEqual([]);
    expect(scratch.retired).toHaveLength(1);
  });

  it('shows the name that the organisation has today', async () => {
    await scratch.register('main');
    await scratch.org.installed(5, 'acme-renamed');
    expect(await scratch.org.clusters()).toMatchObject([
      { organisation: { id: 77, login: 'acme-renamed' } },
    ]);
  });
});

describe('connector tokens', () => {
  it('threat 57: admit to their own cluster only', async () => {
    const one = await scratch.register('one');
    const two = await scratch.register('two');
    const { org } = scratch;
    expect(await org.admits(one.key, one.token)).toBe(true);
    expect(await org.admits(two.key, one.token)).toBe(false);
    const damaged = one.token.replace(/.$/, (last) => (last === 'x' ? 'y' : 'x'));
    expect(await org.admits(one.key, damaged)).toBe(false);
    expect(await org.admits(one.key, '')).toBe(false);
    expect(await org.verifyToken(one.token, 'service')).toEqual({ kind: 'unknown' });
    expect(await org.verifyToken(one.token, 'personal')).toEqual({ kind: 'unknown' });
  });

  it('are void once the cluster is removed; its name is free again', async () => {
    const { key, token } = await scratch.register('main');
    const other = await scratch.register('other');
    const { org } = scratch;
    expect(await org.forget(key)).toBe(true);
    expect(await org.forget(key)).toBe(false);
    expect(await org.admits(key, token)).toBe(false);
    expect(await org.admits(other.key, other.token)).toBe(true);
    expect(await org.tokens({})).toHaveLength(1);
    const again = await scratch.register('main');
    expect(again.key).not.toBe(key);
  });

  it('outlive a restart', async () => {
    const { key, token } = await scratch.register('main');
    expect(await scratch.restart().admits(key, token)).toBe(true);
  });

  it('threat 52: are recognised under the key before, while it is being replaced', async () => {
    const { key, token } = await scratch.register('main');
    scratch.restart({ today: 'other', former: 'k' });
    expect(await scratch.org.admits(key, token)).toBe(true);
    scratch.restart({ today: 'other' });
    expect(await scratch.org.admits(key, token)).toBe(true);
    scratch.restart({ today: 'third' });
    expect(await scratch.org.admits(key, token)).toBe(false);
  });
});
