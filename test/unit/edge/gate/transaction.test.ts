import { describe, expect, it } from 'vitest';
import { setCookie, transactionCookieName } from '#edge/gate/cookies.ts';
import { codeHash, codeLifeMs, makeCode, redeems, type CodeRecord } from '#edge/gate/code.ts';
import { sha256 } from '#edge/gate/digest.ts';
import { signSession } from '#edge/gate/session-token.ts';
import { KeyRing } from '#edge/gate/signing.ts';
import { beginTransaction, transactionLifeS, verifyTransaction } from '#edge/gate/transaction.ts';
import { appOrigin, forge, keyOf, nowMs, origin, random, ring } from './key-ring.ts';

const label = 'amber-otter';
const time = { appOrigin, nowMs };
const begin = (signer = ring) =>
  beginTransaction(signer, random, { label, returnPath: '/a?b' }, time);

describe('a login under way', () => {
  it('comes back as it began; of the nonce only the hash travels', async () => {
    const { token, nonce, jti } = await begin();
    const nonceHash = await sha256(nonce);
    expect(await verifyTransaction(ring, token, time)).toEqual({
      label,
      returnPath: '/a?b',
      nonceHash,
      jti,
    });
    expect(Buffer.from(token.split('.')[1]!, 'base64url').toString()).not.toContain(nonce);
  });

  it('has a cookie for its nonce', async () => {
    const { nonce, jti } = await begin();
    const name = transactionCookieName('preview', jti);
    expect(setCookie(name, nonce, { sameSite: 'Lax', maxAgeS: transactionLifeS })).toContain(nonce);
  });

  it('takes ten minutes at most', async () => {
    const { token } = await begin();
    const at = (ms: number) => verifyTransaction(ring, token, { appOrigin, nowMs: ms });
    expect(await at(nowMs + 599_999)).toBeDefined();
    expect(await at(nowMs + 600_000)).toBeUndefined();
    expect(await at(nowMs - 10_000)).toBeUndefined();
  });

  it('threat 2: is refused when somebody else signed it, or for another edge', async () => {
    const { token } = await begin(await KeyRing.from([keyOf('a', 9)]));
    expect(await verifyTransaction(ring, token, time)).toBeUndefined();
    const other = { appOrigin: 'https://evil.example', nowMs };
    expect(await verifyTransaction(ring, (await begin()).token, other)).toBeUndefined();
  });

  it('threat 51: is not what a session is', async () => {
    const viewer = { kind: 'person' as const, id: 1, login: 'a' };
    const place = { label, origin: appOrigin, organisationId: 7, sid: 's', epoch: 0, jti: 'j' };
    const session = { viewer, ...place, untilMs: nowMs + 1e6 };
    const token = await signSession(ring, session, { issuer: appOrigin, nowMs });
    expect(await verifyTransaction(ring, token, time)).toBeUndefined();
  });

  const nowS = nowMs / 1000;
  const good = {
    iss: appOrigin,
    aud: appOrigin,
    iat: nowS,
    exp: nowS + 60,
    jti: 'A'.repeat(22),
    pid: label,
    ret: '/',
    nonce: 'A'.repeat(43),
  };
  const forged = async (change: object) =>
    verifyTransaction(ring, await forge({ typ: 'byway-tx+jwt' }, { ...good, ...change }), time);

  it('threat 2: the forgery that the following ones are made of is a good one', async () => {
    expect(await forged({})).toBeDefined();
  });

  it.each([
    ['pid', undefined],
    ['pid', 'evil.example'],
    ['pid', 'a/b'],
    ['pid', 'A'],
    ['pid', '-a'],
    ['pid', 'a-'],
    ['pid', ''],
    ['pid', 'a'.repeat(64)],
    ['pid', ['a']],
    ['ret', undefined],
    ['ret', ''],
    ['ret', 1],
    ['nonce', undefined],
    ['nonce', ''],
    ['nonce', 'A'.repeat(42)],
    ['nonce', 'A'.repeat(44)],
    ['jti', 'short'],
    ['jti', `${'A'.repeat(21)};`],
  ])('threat 2: signed well, but with %s %j, is none', async (name, value) => {
    expect(await forged({ [name]: value })).toBeUndefined();
  });
});

describe('a code', () => {
  const nonce = 'A'.repeat(43);
  const recordOf = async (): Promise<CodeRecord> => ({
    label,
    origin,
    nonceHash: await sha256(nonce),
    viewer: { kind: 'person', id: 1001, login: 'alice' },
    sid: 'sid-1',
    expiresMs: nowMs + codeLifeMs,
  });
  const attempt = { label, origin, nonce, nowMs };

  it('is found by its hash, and text that is none by nothing', async () => {
    const { code, hash } = await makeCode(random);
    expect(await codeHash(code)).toBe(hash);
    expect(hash).not.toBe(code);
    for (const other of ['', code.slice(1), `${code}=`, `${code}A`, 'x'.repeat(1e6), `${code}\n`]) {
      expect(await codeHash(other)).toBeUndefined();
    }
  });

  it('becomes a session where it was made for', async () => {
    expect(await redeems(await recordOf(), attempt)).toBe(true);
  });

  it.each([
    ['2: on another host', { origin: 'https://evil.preview.example.dev' }],
    ['2: for another preview', { label: 'b' }],
    ['3: in a browser with another cookie', { nonce: `${'A'.repeat(42)}E` }],
    ['6: in a browser without the cookie', { nonce: undefined }],
    ['6: with the hash in place of the nonce', { nonce: 'hash' }],
    ['5: after 60 s', { nowMs: nowMs + codeLifeMs }],
    ['5: at no time at all', { nowMs: Number.NaN }],
  ])('threat %s, it does not', async (_, change) => {
    const record = await recordOf();
    const use = { ...attempt, ...change };
    if (use.nonce === 'hash') use.nonce = record.nonceHash;
    expect(await redeems(record, use)).toBe(false);
  });

  it('is good for its last millisecond', async () => {
    const last = { ...attempt, nowMs: nowMs + codeLifeMs - 1 };
    expect(await redeems(await recordOf(), last)).toBe(true);
  });
});
