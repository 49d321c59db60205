import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  accessLifeMs,
  endedMemoryMs,
  Grants,
  maxAccessPerGrant,
  maxGrantsPerUser,
  maxSpentPerGrant,
  refreshLifeMs,
  type Issued,
  type Refreshed,
} from '#edge/objects/stores/grants.ts';
import { makeToken } from '#edge/gate/token.ts';
import { hashUnder, scratch, startMs, type Scratch } from './scratch-store.ts';

const alice = { id: 1001, login: 'alice' };
const bob = { id: 1002, login: 'bob' };
const wish = { user: alice, scopes: ['view', 'intercept'], device: 'laptop' } as const;
const invalid = { kind: 'invalid' };

let store: Scratch;
let grants: Grants;
const restart = (): void => {
  grants = new Grants(store);
};
beforeEach(() => {
  store = scratch();
  restart();
});
afterEach(() => store.sql.close());

const begin = async (user = alice): Promise<Issued> =>
  grants.begin(await grants.prepare(), { ...wish, user });
function issued(refreshed: Refreshed): Issued {
  if (refreshed.kind !== 'issued') throw new Error(refreshed.kind);
  return refreshed.issued;
}
const refresh = async (token: string) => issued(await grants.refresh(token));

describe('a grant', () => {
  it('threat 50: is kept without its secrets', async () => {
    const { accessToken, refreshToken } = await begin();
    expect(refreshToken).toMatch(/^bwr_/);
    expect(accessToken).toMatch(/^bwu_/);
    expect(store.dump()).toContain(await store.tokenHash.of(refreshToken));
    expect(store.dump()).not.toContain(refreshToken.slice(27));
    expect(store.dump()).not.toContain(accessToken.split('_')[2]);
  });

  it('is behind its access token for an hour, also after a restart', async () => {
    const { accessToken, grant, accessExpiresMs } = await begin();
    expect(grant).toMatchObject({ ...wish, createdMs: startMs, untilMs: startMs + refreshLifeMs });
    expect(accessExpiresMs).toBe(startMs + accessLifeMs);
    store.pass(accessLifeMs - 1);
    restart();
    expect(await grants.verify(accessToken)).toEqual(grant);
    store.pass(1);
    expect(await grants.verify(accessToken)).toBeUndefined();
  });

  it('takes nothing else for its tokens', async () => {
    const { accessToken, refreshToken } = await begin();
    const forged = makeToken('bwu', store.random).token;
    const other = scratch();
    const foreign = await new Grants(other).prepare();
    for (const text of ['', accessToken.slice(1), forged, refreshToken, foreign.access.token]) {
      expect(await grants.verify(text)).toBeUndefined();
    }
    const guessed = refreshToken.slice(0, 27) + foreign.refresh.token.slice(27);
    for (const text of [
      '',
      'bwr_',
      `${refreshToken} `,
      accessToken,
      foreign.refresh.token,
      guessed,
    ]) {
      expect(await grants.refresh(text)).toEqual(invalid);
    }
    // None of that has ended it.
    await refresh(refreshToken);
    other.sql.close();
  });

  it('is not there until it has begun: prepared tokens are good for nothing', async () => {
    const fresh = await grants.prepare();
    expect(await grants.verify(fresh.access.token)).toBeUndefined();
    expect(await grants.refresh(fresh.refresh.token)).toEqual(invalid);
  });

  it('keeps long names of machines short', async () => {
    const fresh = await grants.prepare();
    const { grant } = grants.begin(fresh, { ...wish, device: 'x'.repeat(5000) });
    expect(grant.device).toHaveLength(100);
  });
});

describe('refreshing', () => {
  it('replaces both tokens and lasts 30 days from then on', async () => {
    const first = await begin();
    store.pass(refreshLifeMs - 1);
    restart();
    const second = await refresh(first.refreshToken);
    expect(second.grant).toMatchObject({ id: first.grant.id, usedMs: store.clock.nowMs() });
    expect(await grants.verify(second.accessToken)).toEqual(second.grant);
    store.pass(refreshLifeMs);
    expect(await grants.refresh(second.refreshToken)).toEqual(invalid);
    expect(grants.find(first.grant.id)).toBeUndefined();
    expect(grants.list(alice.id)).toEqual([]);
    grants.clean();
    expect(store.dump()).not.toContain(first.grant.id);
  });

  it('threat 5: ends the grant when a used token comes back', async () => {
    const first = await begin();
    const second = await refresh(first.refreshToken);
    const third = await refresh(second.refreshToken);
    restart();
    expect(await grants.refresh(first.refreshToken)).toEqual({
      kind: 'reused',
      grantId: first.grant.id,
      user: alice,
    });
    expect(await grants.refresh(third.refreshToken)).toEqual(invalid);
    expect(await grants.verify(third.accessToken)).toBeUndefined();
    expect(grants.list(alice.id)).toEqual([]);
  });

  it('allows one retry of the token before, while the new one was not used', async () => {
    const first = await begin();
    const lost = await refresh(first.refreshToken);
    restart();
    const retried = await refresh(first.refreshToken);
    const next = await refresh(retried.refreshToken);
    expect(await grants.verify(next.accessToken)).toBeDefined();
    expect((await grants.refresh(lost.refreshToken)).kind).toBe('reused');
  });

  it('allows no second retry', async () => {
    const { refreshToken } = await begin();
    await refresh(refreshToken);
    await refresh(refreshToken);
    restart();
    expect((await grants.refresh(refreshToken)).kind).toBe('reused');
    expect(await grants.refresh(refreshToken)).toEqual(invalid);
  });

  it('allows no retry once the new token was used', async () => {
    const first = await begin();
    const second = await refresh(first.refreshToken);
    await refresh(second.refreshToken);
    expect((await grants.refresh(first.refreshToken)).kind).toBe('reused');
  });

  it('gives each step its own retry', async () => {
    let { refreshToken } = await begin();
    for (let step = 0; step < 5; step += 1) {
      await refresh(refreshToken);
      restart();
      refreshToken = (await refresh(refreshToken)).refreshToken;
    }
  });

  it('of three at once lets two through, as one may be a retry, and ends the grant', async () => {
    const { refreshToken, grant } = await begin();
    const all = await Promise.all([1, 2, 3].map(() => grants.refresh(refreshToken)));
    expect(all.map(({ kind }) => kind).sort()).toEqual(['issued', 'issued', 'reused']);
    expect(grants.find(grant.id)).toBeUndefined();
  });

  it('does not bring back a grant that is revoked meanwhile', async () => {
    const { refreshToken, accessToken, grant } = await begin();
    const refreshing = grants.refresh(refreshToken);
    const verifying = grants.verify(accessToken);
    grants.revoke(grant.id);
    expect(await refreshing).toEqual(invalid);
    expect(await verifying).toBeUndefined();
    expect(store.dump()).not.toContain(grant.id);
  });

  it('keeps few access tokens alive and knows a bounded number of used tokens', async () => {
    const { grant, accessToken: oldest, ...first } = await begin();
    let { refreshToken } = first;
    store.sql.transaction(() => {
      for (let count = 0; count < maxSpentPerGrant; count += 1) {
        store.sql.run('INSERT INTO grant_spent VALUES (?, ?, 0)', `spent ${count}`, grant.id);
      }
    });
    for (let count = 1; count < maxAccessPerGrant; count += 1) {
      store.pass(1);
      refreshToken = (await refresh(refreshToken)).refreshToken;
    }
    expect(await grants.verify(oldest)).toBeDefined();
    store.pass(1);
    await refresh(refreshToken);
    expect(await grants.verify(oldest)).toBeUndefined();
    expect(store.sql.all('SELECT * FROM grant_spent')).toHaveLength(maxSpentPerGrant);
  });

  it('threat 52: goes on when the key of the hashes is replaced with an overlap', async () => {
    const { refreshToken, accessToken, grant } = await begin();
    const second = await refresh(refreshToken);
    const tomorrow = { ...store, tokenHash: hashUnder('tomorrow') };
    grants = new Grants({ ...tomorrow, formerTokenHash: store.tokenHash });
    expect(await grants.verify(accessToken)).toBeDefined();
    const third = await refresh(second.refreshToken);
    expect((await grants.refresh(refreshToken)).kind).toBe('reused');
    grants = new Grants(tomorrow);
    expect(await grants.refresh(third.refreshToken)).toEqual(invalid);
    expect(grants.find(grant.id)).toBeUndefined();
  });
});

describe('revoking', () => {
  it.each(['accessToken', 'refreshToken'] as const)(
    'takes the %s for the whole grant',
    async (which) => {
      const made = await begin();
      const other = await begin();
      expect((await grants.revokeToken(made[which]))?.id).toBe(made.grant.id);
      restart();
      expect(await grants.verify(made.accessToken)).toBeUndefined();
      expect(await grants.refresh(made.refreshToken)).toEqual(invalid);
      expect(await grants.revokeToken(made[which])).toBeUndefined();
      expect(await grants.verify(other.accessToken)).toBeDefined();
    },
  );

  it('takes a refresh token that was used, and none that is forged', async () => {
    const first = await begin();
    await refresh(first.refreshToken);
    const foreign = await grants.prepare();
    expect(
      await grants.revokeToken(first.refreshToken.slice(0, 27) + foreign.refresh.token.slice(27)),
    ).toBeUndefined();
    expect(await grants.revokeToken('garbage')).toBeUndefined();
    expect((await grants.revokeToken(first.refreshToken))?.id).toBe(first.grant.id);
  });

  it('is not done by asking whose a refresh token is, used or not', async () => {
    const first = await begin();
    const second = await refresh(first.refreshToken);
    for (const { refreshToken } of [first, second]) {
      expect((await grants.ofRefreshToken(refreshToken))?.id).toBe(first.grant.id);
    }
    expect(await grants.ofRefreshToken(first.accessToken)).toBeUndefined();
    await refresh(second.refreshToken);
  });

  it('threat 5: for good keeps a grant from beginning again, for longer than codes live', async () => {
    const { grant } = await begin();
    grants.end(grant.id);
    expect(await grants.start(grant.id, wish)).toBeUndefined();
    store.pass(endedMemoryMs - 1);
    grants.clean();
    expect(await grants.start(grant.id, wish)).toBeUndefined();
    store.pass(1);
    grants.clean();
    expect(store.sql.all('SELECT * FROM grant_ended')).toEqual([]);
  });

  it('is per grant and per person', async () => {
    const mine = [await begin(), await begin()];
    const his = await begin(bob);
    expect(grants.revoke(mine[0]!.grant.id)).toBe(true);
    expect(grants.revoke(mine[0]!.grant.id)).toBe(false);
    expect(grants.list(alice.id)).toEqual([mine[1]!.grant]);
    expect(grants.revokeAllOf(alice.id)).toEqual([mine[1]!.grant.id]);
    expect(grants.revokeAllOf(alice.id)).toEqual([]);
    expect(await grants.verify(his.accessToken)).toEqual(his.grant);
  });

  it('makes room at the cap: the one used longest ago ends', async () => {
    const all = [];
    for (let count = 0; count < maxGrantsPerUser; count += 1) {
      all.push(await begin());
      store.pass(1);
    }
    await refresh(all[0]!.refreshToken);
    store.pass(1);
    await begin();
    expect(grants.find(all[0]!.grant.id)).toBeDefined();
    expect(grants.find(all[1]!.grant.id)).toBeUndefined();
    expect(grants.list(alice.id)).toHaveLength(maxGrantsPerUser);
  });
});
