import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  sessionLifeS,
  signSession,
  verifySession,
  type NewSession,
} from '#edge/gate/session-token.ts';
import { beginTransaction } from '#edge/gate/transaction.ts';
import { maxVerifiedSessions, VerifiedSessions } from '#edge/gate/verified-sessions.ts';
import { fuzzRuns } from '../../fuzz-runs.ts';
import { appOrigin, forge, nowMs, origin, random, ring } from './key-ring.ts';

const label = 'amber-otter';
const session: NewSession = {
  viewer: { kind: 'person', id: 1001, login: 'alice' },
  organisationId: 77,
  label,
  origin,
  sid: 'sid-1',
  epoch: 0,
  jti: 'jti-1',
  untilMs: nowMs + 12 * 3_600_000,
};
const time = { issuer: appOrigin, nowMs };
const here = { ...time, origin, label };
const sign = (change: Partial<NewSession> = {}) =>
  signSession(ring, { ...session, ...change }, time);

const nowS = nowMs / 1000;
const payload = {
  iss: appOrigin,
  aud: origin,
  iat: nowS,
  exp: nowS + 60,
  jti: 'jti-1',
  sub: 'gh:1001',
  login: 'alice',
  org: 77,
  pid: label,
  sid: 'sid-1',
  epoch: 0,
};
const typ = 'byway-session+jwt';

describe('a session', () => {
  it('comes back as it was made, and lasts an hour', async () => {
    const { untilMs: _, ...rest } = session;
    const expiresMs = nowMs + sessionLifeS * 1000;
    expect(await verifySession(ring, await sign(), here)).toEqual({
      ...rest,
      issuedMs: nowMs,
      expiresMs,
    });
    const later = (ms: number) => ({ ...here, nowMs: ms });
    expect(await verifySession(ring, await sign(), later(expiresMs - 1))).toBeDefined();
    expect(await verifySession(ring, await sign(), later(expiresMs))).toBeUndefined();
  });

  it('fits into a cookie with the longest names that there are', async () => {
    const token = await sign({
      viewer: { kind: 'person', id: Number.MAX_SAFE_INTEGER, login: 'x'.repeat(39) },
      organisationId: Number.MAX_SAFE_INTEGER,
      label: 'l'.repeat(63),
      origin: `https://${'l'.repeat(63)}.${'d'.repeat(180)}:65535`,
      sid: 's'.repeat(43),
      jti: 'j'.repeat(22),
    });
    expect(token.length).toBeLessThan(2048);
  });

  it('does not outlive the login', async () => {
    const token = await sign({ untilMs: nowMs + 90_999 });
    const found = await verifySession(ring, token, here);
    expect(found?.expiresMs).toBe(nowMs + 90_000);
    await expect(async () => sign({ untilMs: nowMs })).rejects.toThrow(RangeError);
  });

  it.each([
    ['another preview', { origin: 'https://b.preview.example.dev', label: 'b' }],
    ['another scheme', { origin: origin.replace('https', 'http') }],
    ['another port', { origin: `${origin}:8443` }],
    ['another label on the same origin', { label: 'b' }],
    ['another edge', { issuer: 'https://other.example.com' }],
  ])('threat 13: is worth nothing at %s', async (_, change) => {
    expect(await verifySession(ring, await sign(), { ...here, ...change })).toBeUndefined();
  });

  it('threat 51: is not what a login under way is', async () => {
    const place = { label, returnPath: '/' };
    const { token } = await beginTransaction(ring, random, place, { appOrigin: origin, nowMs });
    expect(await verifySession(ring, token, { ...here, issuer: origin })).toBeUndefined();
  });

  it('threat 51: the forgery that the following ones are made of is a good one', async () => {
    expect(await verifySession(ring, await forge({ typ }, payload), here)).toBeDefined();
  });

  it.each([
    ['sub', undefined],
    ['sub', ''],
    ['sub', '1001'],
    ['sub', 'gh:'],
    ['sub', 'gh:0'],
    ['sub', 'gh:-1'],
    ['sub', 'gh:1e3'],
    ['sub', 'gh:01'],
    ['sub', 'gh:1001 '],
    ['sub', 'gh:١'],
    ['sub', `gh:${'9'.repeat(16)}`],
    ['sub', 1001],
    ['sub', 'gl:1001'],
    ['sub', 'token:1001'],
    ['sub', `token:${'a'.repeat(13)}`],
    ['sub', `gh:${'a'.repeat(12)}`],
    ['login', undefined],
    ['login', ''],
    ['login', 7],
    ['org', undefined],
    ['org', '77'],
    ['org', -1],
    ['org', 1.5],
    ['org', 2 ** 53],
    ['pid', undefined],
    ['pid', ''],
    ['pid', 'A'],
    ['pid', 'a.b'],
    ['pid', 'a/b'],
    ['pid', 1],
    ['sid', undefined],
    ['sid', ''],
    ['sid', null],
    ['epoch', undefined],
    ['epoch', '0'],
    ['epoch', -1],
    ['epoch', null],
  ])('threat 24: signed well, but with %s %j, is none', async (name, value) => {
    const token = await forge({ typ }, { ...payload, [name]: value });
    expect(await verifySession(ring, token, here)).toBeUndefined();
  });

  it('threat 24: whatever the claims are, a session that is found is a whole one', async () => {
    const value = fc.oneof(fc.constantFrom('gh:1', 'a', 0, 1), fc.jsonValue({ maxDepth: 1 }));
    const names = ['sub', 'login', 'org', 'pid', 'sid', 'epoch'] as const;
    const change = fc.dictionary(fc.constantFrom(...names), value, { maxKeys: 3 });
    await fc.assert(
      fc.asyncProperty(change, async (claims) => {
        const token = await forge({ typ }, { ...payload, ...claims } as never);
        const found = await verifySession(ring, token, here);
        if (found === undefined) return;
        expect(found).toMatchObject({ label, origin });
        const { viewer } = found;
        if (viewer.kind === 'person') expect(viewer.login).not.toBe('');
        else expect(viewer.id).toMatch(/^[0-9A-Za-z]{12}$/);
        const person = viewer.kind === 'person' ? viewer.id : 0;
        for (const number of [person, found.organisationId, found.epoch]) {
          expect(Number.isSafeInteger(number) && number >= 0).toBe(true);
        }
      }),
      { seed: 13, numRuns: fuzzRuns(300) },
    );
  });
});

describe('a session of a token', () => {
  it('names the token, and nobody', async () => {
    const token = await sign({ viewer: { kind: 'token', id: 'AbcDefGhi123' }, sid: '-' });
    const found = await verifySession(ring, token, here);
    expect(found?.viewer).toEqual({ kind: 'token', id: 'AbcDefGhi123' });
  });
});

describe('sessions that were verified', () => {
  const { untilMs: _, ...rest } = session;
  const claims = { ...rest, issuedMs: nowMs, expiresMs: nowMs + 1000 };

  it('are found again until they expire, and then forgotten', () => {
    const sessions = new VerifiedSessions();
    expect(sessions.find('t', here)).toBeUndefined();
    sessions.add('t', claims);
    expect(sessions.find('t', here)).toBe(claims);
    expect(sessions.find('t', { ...here, nowMs: nowMs + 999 })).toBe(claims);
    expect(sessions.find('t', { ...here, nowMs: nowMs + 1000 })).toBeUndefined();
    expect(sessions.size).toBe(0);
  });

  it('threat 13: are found on their own origin and preview only', () => {
    const sessions = new VerifiedSessions();
    sessions.add('t', claims);
    expect(sessions.find('t', { ...here, origin: `${origin}:8443` })).toBeUndefined();
    expect(sessions.find('t', { ...here, label: 'b' })).toBeUndefined();
    expect(sessions.find('t', { ...here, nowMs: Number.NaN })).toBeUndefined();
  });

  it('threat 24: are compared as a whole', async () => {
    const sessions = new VerifiedSessions();
    const token = await sign();
    sessions.add(token, claims);
    const other = token.slice(0, -2) + (token.endsWith('AA') ? 'BB' : 'AA');
    expect(sessions.find(other, here)).toBeUndefined();
    expect(sessions.find(token.slice(0, token.lastIndexOf('.') + 1), here)).toBeUndefined();
  });

  it('are 10,000 at most; the first ones make room', () => {
    const sessions = new VerifiedSessions();
    for (let index = 0; index < maxVerifiedSessions; index += 1) sessions.add(`${index}`, claims);
    sessions.add('0', claims);
    expect(sessions.size).toBe(maxVerifiedSessions);
    sessions.add('one more', claims);
    expect(sessions.size).toBe(maxVerifiedSessions);
    expect(sessions.find('0', here)).toBeUndefined();
    expect(sessions.find('1', here)).toBe(claims);
    expect(sessions.find('one more', here)).toBe(claims);
  });
});
