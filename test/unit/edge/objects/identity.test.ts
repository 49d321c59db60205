/** Logins and grants on real stores, over restarts. */
import { createHmac } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openSql, type SqlFile } from '#edge/node/sql.ts';
import type { GitHubConfig } from '#edge/github/config.ts';
import type { ClusterCalls, OrgCalls } from '#edge/objects/calls.ts';
import { Identity } from '#edge/objects/identity.ts';
import { maxLoginsPerUser } from '#edge/objects/stores/logins.ts';
import { homeLifeMs } from '#edge/objects/stores/token-homes.ts';
import type { LoginCode } from '#edge/gate/preview-login.ts';
import { challengeOf, makeVerifier } from '#edge/gate/pkce.ts';
import type { Grant } from '#edge/login/ports.ts';
import { ScratchGitHub } from '../github/scratch-github.ts';
import { part } from './scratch-org.ts';

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
let alarmMs: number | undefined;
let identity: Identity;
/** What preview hosts were told, in order. */
let ended: { label: string; sids: readonly string[] }[];
let away: Set<string>;
/** Whose personal tokens which organisation revoked. */
let revoked: [organisationId: number, userId: number][];

function restart(github?: GitHubConfig): void {
  identity = new Identity({
    sql,
    clock: { nowMs: () => nowMs },
    random,
    tokenHash,
    github,
    alarm: { set: (atMs) => void (alarmMs = atMs), clear: () => void (alarmMs = undefined) },
    log: { info() {}, warn() {} },
    objects: {
      clusterOfLabel: (label) =>
        part<ClusterCalls>({
          withdrawHere: async (what) => {
            if (away.has(label)) throw new Error(`${label} is away`);
            if (what.kind === 'logins') ended.push({ label, sids: what.sids });
          },
        }),
      org: (id) =>
        part<OrgCalls>({
          revokePersonal: async (userId) => {
            revoked.push([id, userId]);
            if (away.has(String(id))) throw new Error(`${id} is away`);
          },
        }),
    },
  });
}

beforeEach(() => {
  sql = openSql(':memory:');
  nowMs = Date.UTC(2026, 0, 1);
  ended = [];
  away = new Set();
  revoked = [];
  restart();
});
afterEach(() => sql.close());

async function ring(): Promise<void> {
  nowMs = Math.max(nowMs, alarmMs!);
  await identity.alarm();
}

let codes = 0;
/** A session of the login on the preview host. */
async function session(sid: string, label: string): Promise<void> {
  const hash = String((codes += 1)).padStart(43, '0');
  await identity.storeCode(hash, { ...codeOf(sid), label });
  expect(await identity.consumeCode(hash)).toMatchObject({ sid, label });
}

function codeOf(sid: string): LoginCode {
  return {
    label: 'amber-otter',
    origin: 'https://amber-otter.preview.example.dev',
    nonceHash: 'n'.repeat(43),
    viewer: { kind: 'person', ...alice },
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
    expect(await identity.loginUntil(login.sid)).toBe(login.untilMs);
    expect(await identity.loginUntil(secret)).toBeUndefined();
    nowMs = login.untilMs;
    expect(await identity.loginUntil(login.sid)).toBeUndefined();
  });

  it('threat 14: ends once, everywhere, and says so to those who have to close', async () => {
    const first = await identity.startLogin(identified);
    const second = await identity.startLogin(identified);
    const { sid } = first.login;
    await session(sid, 'amber-otter');
    await session(sid, 'blue-newt');
    await session(second.login.sid, 'amber-otter');
    restart();
    await identity.endLogin(sid);
    await identity.endLogin(sid);
    expect(ended).toEqual([
      { label: 'amber-otter', sids: [sid] },
      { label: 'blue-newt', sids: [sid] },
    ]);
    ended.length = 0;
    await identity.endLoginsOf(second.login);
    restart();
    expect(await identity.login(second.secret)).toBeUndefined();
    expect(await identity.loginUntil(sid)).toBeUndefined();
    expect(ended).toEqual([{ label: 'amber-otter', sids: [second.login.sid] }]);
  });

  it('that has no session anywhere tells nobody', async () => {
    const { login } = await identity.startLogin(identified);
    await identity.endLogin(login.sid);
    expect(ended).toEqual([]);
  });

  it('has ended even if a preview host is away, which hears of it later', async () => {
    const { login, secret } = await identity.startLogin(identified);
    await session(login.sid, 'amber-otter');
    away.add('amber-otter');
    await identity.endLogin(login.sid);
    expect(await identity.login(secret)).toBeUndefined();
    restart();
    expect(alarmMs).toBe(nowMs + 5000);
    await ring();
    expect(ended).toEqual([]);
    away.clear();
    await ring();
    expect(ended).toEqual([{ label: 'amber-otter', sids: [login.sid] }]);
    await ring();
    expect(ended).toHaveLength(1);
  });

  it('is not told after it would have ended anyway', async () => {
    const { login } = await identity.startLogin(identified);
    await session(login.sid, 'amber-otter');
    away.add('amber-otter');
    await identity.endLogin(login.sid);
    away.clear();
    nowMs = login.untilMs;
    await ring();
    expect(ended).toEqual([]);
    expect(sql.all('SELECT * FROM pushes')).toEqual([]);
  });

  it('that has to make room for one more closes like any other', async () => {
    const { login } = await identity.startLogin(identified);
    await session(login.sid, 'amber-otter');
    nowMs += 1;
    for (let more = 0; more < maxLoginsPerUser; more += 1) await identity.startLogin(identified);
    expect(ended).toEqual([{ label: 'amber-otter', sids: [login.sid] }]);
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
    expect(ended).toEqual([{ label: 'amber-otter', sids: [login.sid] }]);
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
    expiresMs: Date.UTC(2026, 0, 1) + 600_000,
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

describe('a person who took the app’s authorization back', () => {
  it('has no login, no grant and no personal token any more', async () => {
    const { login, secret } = await identity.startLogin(identified);
    const bob = await identity.startLogin({ ...identified, user: { id: 1002, login: 'bob' } });
    await session(login.sid, 'amber-otter');
    const tokens = (await identity.startFamily('F'.repeat(22), grant))!;
    await identity.placeToken('t1', 77, alice.id);
    await identity.placeToken('t2', 78, alice.id);
    await identity.placeToken('t3', 79, 1002);
    away.add('77');
    await expect(identity.endPerson(alice.id)).rejects.toThrow('77 is away');
    // The others heard of it all the same.
    expect(revoked).toEqual([
      [77, alice.id],
      [78, alice.id],
    ]);
    expect(ended).toEqual([{ label: 'amber-otter', sids: [login.sid] }]);
    expect(await identity.login(secret)).toBeUndefined();
    expect(await identity.login(bob.secret)).toBeDefined();
    expect(await identity.grantOfAccess(tokens.accessToken)).toBeUndefined();
    expect(await identity.rotate(tokens.refreshToken)).toBeUndefined();
    away.clear();
    await identity.endPerson(alice.id);
  });

  it('gets no grant of what was under way', async () => {
    const code = {
      grant,
      family: 'F'.repeat(22),
      redirectUri: 'http://127.0.0.1:1/cb/x',
      codeChallenge: await challengeOf(makeVerifier(random)),
      expiresMs: nowMs + 60_000,
    };
    await identity.storeGrantCode('g'.repeat(64), code);
    await identity.redeemGrantCode('g'.repeat(64));
    const request = {
      deviceCodeHash: 'd'.repeat(43),
      userCode: 'BCDF-GHJK',
      scopes: ['view'] as const,
      device: 'laptop',
      address: '192.0.2.1',
      expiresMs: nowMs + 600_000,
    };
    await identity.startDevice(request);
    await identity.decideDevice(request.userCode, { grant, family: 'G'.repeat(22) });
    await identity.endPerson(alice.id);
    expect(await identity.startFamily(code.family, grant)).toBeUndefined();
    expect(await identity.pollDevice(request.deviceCodeHash)).toMatchObject({ kind: 'denied' });
    expect(await identity.startFamily('G'.repeat(22), grant)).toBeUndefined();
  });
});

describe('where a token belongs', () => {
  it('is known until it is dropped, and cannot be taken over', async () => {
    await identity.placeToken('t1', 77, alice.id);
    restart();
    expect(await identity.homeOfToken('t1')).toBe(77);
    await expect(identity.placeToken('t1', 78, undefined)).rejects.toThrow('another');
    await identity.placeToken('t1', 77, undefined);
    await identity.dropToken('t1');
    expect(await identity.homeOfToken('t1')).toBeUndefined();
  });

  it('is forgotten when no token of that age can live', async () => {
    await identity.placeToken('t1', 77, alice.id);
    nowMs += homeLifeMs - 1;
    await identity.alarm();
    expect(await identity.homeOfToken('t1')).toBe(77);
    nowMs += homeLifeMs;
    await ring();
    expect(await identity.homeOfToken('t1')).toBeUndefined();
  });
});

describe('the alarm', () => {
  it('cleans what has had its time, once a day', async () => {
    const { login } = await identity.startLogin(identified);
    await session(login.sid, 'amber-otter');
    await identity.storeGrantCode('g'.repeat(64), {
      grant,
      family: 'F'.repeat(22),
      redirectUri: 'http://127.0.0.1:1/cb/x',
      codeChallenge: await challengeOf(makeVerifier(random)),
      expiresMs: nowMs + 60_000,
    });
    const live = (await identity.startFamily('G'.repeat(22), grant))!;
    expect(alarmMs).toBe(nowMs + 24 * 3_600_000);
    await ring();
    for (const table of ['logins', 'login_codes', 'sessions', 'grant_codes']) {
      expect(sql.all(`SELECT * FROM ${table}`), table).toEqual([]);
    }
    expect(sql.all('SELECT grant_id FROM grant_organisations')).toEqual([
      { grant_id: 'G'.repeat(22) },
    ]);
    expect(await identity.grantOfRefresh(live.refreshToken)).toEqual(grant);
    expect(alarmMs).toBe(nowMs + 24 * 3_600_000);
  });

  it('threat 32: asks every hour for webhooks that failed since the last look', async () => {
    const gitHub = await new ScratchGitHub().start();
    const at = (ms: number) => new Date(ms).toISOString();
    const listed: unknown[] = [];
    gitHub
      .on('GET /api/app/hook/deliveries', () => ({ body: listed }))
      .on('POST /api/app/hook/deliveries/1/attempts', { status: 202, body: {} })
      .on('POST /api/app/hook/deliveries/2/attempts', { status: 202, body: {} });
    const startMs = nowMs;
    const failed = (id: number, atMs: number) => ({
      id,
      guid: `g${id}`,
      delivered_at: at(atMs),
      status: 'failure',
      status_code: 503,
    });
    restart(gitHub.config);
    expect(alarmMs).toBe(startMs + 3_600_000);
    listed.push(failed(1, startMs + 1000));
    // The edge was down meanwhile: what was missed is looked for at once.
    nowMs = startMs + 2 * 3_600_000;
    restart(gitHub.config);
    expect(alarmMs).toBeLessThanOrEqual(nowMs);
    gitHub.on('GET /api/app/hook/deliveries', { status: 401 });
    await ring();
    expect(gitHub.askedOf('attempts')).toEqual([]);
    gitHub.on('GET /api/app/hook/deliveries', () => ({ body: listed }));
    await ring();
    expect(gitHub.askedOf('attempts')).toHaveLength(1);
    listed.unshift(failed(2, nowMs + 1000));
    await ring();
    expect(gitHub.askedOf('attempts').map(({ url }) => url)).toEqual([
      '/api/app/hook/deliveries/1/attempts',
      '/api/app/hook/deliveries/2/attempts',
    ]);
    await gitHub.stop();
  });
});
