/** Logins and grants on real stores, over restarts. */
import { createHmac } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openSql, type SqlFile } from '#edge/node/sql.ts';
import { Identity } from '#edge/objects/identity.ts';
import type { LoginCode } from '#edge/gate/preview-login.ts';
import { challengeOf, makeVerifier } from '#edge/gate/pkce.ts';
import type { Grant } from '#edge/login/ports.ts';

const random = { bytes: (count: number) => crypto.getRandomValues(new Uint8Array(count)) };
const tokenHash = {
  of: (token: string) => Promise.resolve(createHmac('sha256', 'k').update(token).digest('hex')),
};
const alice = { id: 1001, login: 'alice' };
const acme = { id: 77, login: 'acme' };
const identified = { user: alice, organisations: [{ ...acme, installationId: 5 }] };
const grant: Grant = { user: alice, organisation: acme, scopes: ['view'], device: 'laptop' };

let sql: SqlFile;
let nowMs: number;
let identity: Identity;
let ended: string[];

function restart(): void {
  identity = new Identity({
    sql,
    clock: { nowMs: () => nowMs },
    random,
    tokenHash,
    onEnded: (sids) => void ended.push(...sids),
  });
}

beforeEach(() => {
  sql = openSql(':memory:');
  nowMs = 1_000_000;
  ended = [];
  restart();
});
afterEach(() => sql.close());

function codeOf(sid: string): LoginCode {
  return {
    label: 'amber-otter',
    origin: 'https://amber-otter.preview.example.dev',
    nonceHash: 'n'.repeat(43),
    viewer: alice,
    sid,
    expiresMs: nowMs + 60_000,
    organisationId: acme.id,
    epoch: 0,
    untilMs: nowMs + 3_600_000,
  };
}

describe('a login', () => {
  it('is found by its secret alone, and outlives a restart', async () => {
    const { secret, login } = await identity.startLogin(identified);
    restart();
    expect(await identity.login(secret)).toEqual(login);
    expect(await identity.login(login.sid)).toBeUndefined();
    expect(await identity.lives(login.sid)).toBe(true);
    expect(await identity.lives(secret)).toBe(false);
  });

  it('ends once, everywhere, and says so to those who have to close', async () => {
    const first = await identity.startLogin(identified);
    const second = await identity.startLogin(identified);
    await identity.endLogin(first.login.sid);
    await identity.endLogin(first.login.sid);
    expect(ended).toEqual([first.login.sid]);
    await identity.endLoginsOf(second.login);
    restart();
    expect(await identity.login(second.secret)).toBeUndefined();
    expect(ended).toEqual([first.login.sid, second.login.sid]);
  });
});

describe('a code', () => {
  it('is given once; a second time ends its login (threat 5)', async () => {
    const { login, secret } = await identity.startLogin(identified);
    await identity.storeCode('h'.repeat(43), codeOf(login.sid));
    restart();
    expect(await identity.consumeCode('h'.repeat(43))).toEqual(codeOf(login.sid));
    expect(ended).toEqual([]);
    expect(await identity.consumeCode('h'.repeat(43))).toBeUndefined();
    expect(ended).toEqual([login.sid]);
    expect(await identity.login(secret)).toBeUndefined();
  });

  it('of a login that has ended is worth nothing', async () => {
    const { login } = await identity.startLogin(identified);
    await identity.storeCode('h'.repeat(43), codeOf(login.sid));
    await identity.endLogin(login.sid);
    expect(await identity.consumeCode('h'.repeat(43))).toBeUndefined();
  });
});

describe('a grant', () => {
  it('keeps its organisation from the code to every generation of its tokens', async () => {
    const code = {
      grant,
      family: 'F'.repeat(22),
      redirectUri: 'http://127.0.0.1:1/cb/x',
      codeChallenge: await challengeOf(makeVerifier(random)),
      expiresMs: nowMs + 60_000,
    };
    await identity.storeGrantCode('g'.repeat(64), code);
    restart();
    expect(await identity.redeemGrantCode('g'.repeat(64))).toEqual(code);
    const first = (await identity.startFamily(code.family, grant))!;
    restart();
    expect(await identity.grantOfAccess(first.accessToken)).toEqual(grant);
    const second = (await identity.rotate(first.refreshToken))!;
    expect(await identity.grantOfRefresh(second.refreshToken)).toEqual(grant);
    await identity.revoke(second.accessToken);
    expect(await identity.grantOfAccess(first.accessToken)).toBeUndefined();
    expect(await identity.rotate(second.refreshToken)).toBeUndefined();
  });

  it('ends, begun or not, when its code comes again', async () => {
    const code = {
      grant,
      family: 'F'.repeat(22),
      redirectUri: 'http://127.0.0.1:1/cb/x',
      codeChallenge: await challengeOf(makeVerifier(random)),
      expiresMs: nowMs + 60_000,
    };
    await identity.storeGrantCode('g'.repeat(64), code);
    await identity.redeemGrantCode('g'.repeat(64));
    expect(await identity.redeemGrantCode('g'.repeat(64))).toBeUndefined();
    expect(await identity.startFamily(code.family, grant)).toBeUndefined();
  });
});

describe('a device', () => {
  const request = {
    deviceCodeHash: 'd'.repeat(43),
    userCode: 'BCDF-GHJK',
    scopes: ['view'] as const,
    device: 'laptop',
    address: '192.0.2.1',
    expiresMs: 1_600_000,
  };

  it('gets the grant of the person who confirmed, once', async () => {
    expect(await identity.startDevice(request)).toBe(true);
    expect(await identity.startDevice(request)).toBe(false);
    expect(await identity.pollDevice(request.deviceCodeHash)).toEqual({ kind: 'pending' });
    expect(await identity.pollDevice(request.deviceCodeHash)).toEqual({ kind: 'slow-down' });
    expect(await identity.findDevice(request.userCode)).toMatchObject({ device: 'laptop' });
    const family = 'F'.repeat(22);
    expect(await identity.decideDevice(request.userCode, { grant, family })).toBe(true);
    expect(await identity.decideDevice(request.userCode, undefined)).toBe(false);
    restart();
    expect(await identity.pollDevice(request.deviceCodeHash)).toEqual({
      kind: 'approved',
      grant,
      family,
    });
    expect(await identity.pollDevice(request.deviceCodeHash)).toEqual({ kind: 'expired' });
    expect(await identity.pollDevice('unknown')).toEqual({ kind: 'expired' });
  });

  it('is told of a no, and that its time is over', async () => {
    await identity.startDevice(request);
    await identity.decideDevice(request.userCode, undefined);
    expect(await identity.pollDevice(request.deviceCodeHash)).toEqual({ kind: 'denied' });
    nowMs = request.expiresMs;
    expect(await identity.pollDevice(request.deviceCodeHash)).toEqual({ kind: 'expired' });
    expect(await identity.findDevice(request.userCode)).toBeUndefined();
  });
});
