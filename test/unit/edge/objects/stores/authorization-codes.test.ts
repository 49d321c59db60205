import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { challengeOf, makeVerifier } from '#edge/gate/pkce.ts';
import {
  authorizationCodeLifeMs,
  AuthorizationCodes,
  maxCodesPerUser,
  replayMemoryMs,
} from '#edge/objects/stores/authorization-codes.ts';
import { Grants } from '#edge/objects/stores/grants.ts';
import { scratch, type Scratch } from './scratch-store.ts';

const alice = { id: 1001, login: 'alice' };
const redirectUri = 'http://127.0.0.1:4711/cb/abc';
const invalid = { kind: 'invalid' };

let store: Scratch;
let grants: Grants;
let codes: AuthorizationCodes;
let verifier: string;
let challenge: string;
const restart = (): void => {
  grants = new Grants(store);
  codes = new AuthorizationCodes(store, grants);
};
beforeEach(async () => {
  store = scratch();
  verifier = makeVerifier(store.random);
  challenge = await challengeOf(verifier);
  restart();
});
afterEach(() => store.sql.close());

const issue = () =>
  codes.issue({ challenge, redirectUri, user: alice, scopes: ['view'], device: 'laptop' });
const redeem = (code: string, more: object = {}) =>
  codes.redeem({ code, verifier, redirectUri, ...more });

describe('an authorization code', () => {
  it('becomes a grant, with a restart at each step', async () => {
    const code = await issue();
    expect(store.dump()).not.toContain(code);
    restart();
    const redeemed = await redeem(code);
    if (redeemed.kind !== 'issued') throw new Error(redeemed.kind);
    expect(redeemed.issued.grant).toMatchObject({
      user: alice,
      scopes: ['view'],
      device: 'laptop',
    });
    restart();
    expect(await grants.verify(redeemed.issued.accessToken)).toEqual(redeemed.issued.grant);
    expect((await grants.refresh(redeemed.issued.refreshToken)).kind).toBe('issued');
  });

  it('threat 5: of two redemptions one wins, and the other ends what was won', async () => {
    const code = await issue();
    const both = await Promise.all([redeem(code), redeem(code)]);
    expect(both.map(({ kind }) => kind).sort()).toEqual(['issued', 'reused']);
    expect(grants.list(alice.id)).toEqual([]);
    restart();
    expect(await redeem(code)).toMatchObject({ kind: 'reused', user: alice });
  });

  it('threat 5: a replay after the first hour of tokens still ends the grant', async () => {
    const code = await issue();
    await redeem(code);
    store.pass(authorizationCodeLifeMs + replayMemoryMs - 1);
    codes.clean();
    expect((await redeem(code)).kind).toBe('reused');
    expect(grants.list(alice.id)).toEqual([]);
  });

  it.each<[string, object]>([
    ['without a verifier', { verifier: undefined }],
    ['with a foreign verifier', { verifier: 'x'.repeat(43) }],
    ['with a short verifier', { verifier: 'x' }],
    ['without a redirect URI', { redirectUri: undefined }],
    ['with another redirect URI', { redirectUri: `${redirectUri}/` }],
  ])('threat 4: is used up %s', async (_, more) => {
    const code = await issue();
    expect(await redeem(code, more)).toEqual(invalid);
    restart();
    expect((await redeem(code)).kind).toBe('reused');
    expect(grants.list(alice.id)).toEqual([]);
  });

  it('threat 4: its challenge is no verifier', async () => {
    expect(await redeem(await issue(), { verifier: challenge })).toEqual(invalid);
  });

  it('lives for 60 s, to the millisecond', async () => {
    const [inTime, late] = [await issue(), await issue()];
    store.pass(authorizationCodeLifeMs - 1);
    expect((await redeem(inTime)).kind).toBe('issued');
    store.pass(1);
    expect(await redeem(late)).toEqual(invalid);
    codes.clean();
    expect(store.sql.all('SELECT * FROM grant_codes')).toHaveLength(2);
    store.pass(replayMemoryMs);
    codes.clean();
    expect(store.sql.all('SELECT * FROM grant_codes')).toEqual([]);
  });

  it('is unknown when nobody made it', async () => {
    for (const code of ['', 'x', 'A'.repeat(43), "' OR 1=1 --"]) {
      expect(await redeem(code)).toEqual(invalid);
    }
  });

  it('is not made for a challenge that is none', async () => {
    challenge = 'plain';
    await expect(issue()).rejects.toThrow('code_challenge');
  });

  it('is gone when its person is out before it is redeemed, even during it', async () => {
    const code = await issue();
    const redeeming = redeem(code);
    codes.revokeAllOf(alice.id);
    expect(await redeeming).toEqual(invalid);
    expect(grants.list(alice.id)).toEqual([]);
  });

  it('is one of 20 of a person; the oldest goes', async () => {
    const all = [];
    for (let count = 0; count <= maxCodesPerUser; count += 1) {
      all.push(await issue());
      store.pass(1);
    }
    expect(await redeem(all[0]!)).toEqual(invalid);
    expect((await redeem(all[1]!)).kind).toBe('issued');
  });
});

describe('by the hash of the code', () => {
  it('threat 5: is consumed once; again ends the grant, also one that has yet to start', async () => {
    const grantId = 'A'.repeat(22);
    const wish = { user: alice, scopes: ['view'], device: 'laptop' } as const;
    const code = { ...wish, challenge, redirectUri, grantId, expiresMs: store.clock.nowMs() + 1 };
    codes.store('hash', code);
    restart();
    expect(codes.consume('hash')).toEqual({ kind: 'first', code });
    restart();
    expect(codes.consume('hash')).toEqual({ kind: 'reused', grantId, user: alice });
    expect(await grants.start(grantId, wish)).toBeUndefined();
    restart();
    expect(await grants.start(grantId, wish)).toBeUndefined();
    expect(codes.consume('other')).toEqual({ kind: 'unknown' });
  });

  it('begins a grant once: of two starts one wins', async () => {
    const start = () =>
      grants.start('B'.repeat(22), { user: alice, scopes: ['view'], device: 'laptop' });
    const both = await Promise.all([start(), start()]);
    expect(both.filter(Boolean)).toHaveLength(1);
    expect(grants.list(alice.id)).toHaveLength(1);
  });
});
