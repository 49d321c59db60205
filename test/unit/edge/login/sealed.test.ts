/** What a login leaves with the browser while it is at GitHub. */
import { CompactEncrypt } from 'jose';
import { describe, expect, it } from 'vitest';
import { maxCookieCharacters, setCookie } from '#edge/gate/cookies.ts';
import { maxReturnPathCharacters } from '#edge/gate/return-path.ts';
import { KeyRing } from '#edge/gate/signing.ts';
import { beginTransaction } from '#edge/gate/transaction.ts';
import { seal, sealGoal, unseal, unsealGoal, type Goal } from '#edge/login/sealed.ts';
import { random } from './login-stack.ts';

const keys = [new Uint8Array(32).fill(1)];
const other = [new Uint8Array(32).fill(2)];
const nowMs = Date.UTC(2030, 0, 1);
const transaction = {
  stateHash: 'A'.repeat(43),
  verifier: 'B'.repeat(43),
  goal: { kind: 'path', path: '/device' } as Goal,
  ssoHash: undefined,
  expiresMs: nowMs + 1,
};

describe('a sealed login', () => {
  it('comes back as it was, until it expires', async () => {
    const text = await seal(keys, transaction);
    expect(await unseal(keys, text, nowMs)).toEqual(transaction);
    expect(await unseal(keys, text, nowMs + 1)).toBeUndefined();
  });

  it('fits into a cookie with the longest return path and host names there are', async () => {
    const ring = await KeyRing.from([{ kid: 'k'.repeat(32), seed: new Uint8Array(32) }]);
    const returnPath = '/'.padEnd(maxReturnPathCharacters, 'a');
    const appOrigin = `https://${'a'.repeat(60)}.${'b'.repeat(20)}.example:65535`;
    const goalOf = { label: 'l'.repeat(63), returnPath };
    const { token } = await beginTransaction(ring, random, goalOf, { appOrigin, nowMs });
    const goal: Goal = { kind: 'preview', tx: token };
    const sealed = await seal(keys, { ...transaction, goal, ssoHash: 'C'.repeat(43) });
    const cookie = setCookie('__Host-byway_gh_tx_AAAAAAAA', sealed, {
      sameSite: 'Lax',
      maxAgeS: 1,
    });
    expect(cookie.length).toBeLessThan(maxCookieCharacters);
    expect((await unseal(keys, sealed, nowMs))?.goal).toEqual(goal);
  });

  it('opens with a key that was replaced, while that is kept', async () => {
    const text = await seal(keys, transaction);
    expect(await unseal([...other, ...keys], text, nowMs)).toEqual(transaction);
    expect(await unseal(other, text, nowMs)).toBeUndefined();
  });

  it('threat 24: anything else is none, and nothing throws', async () => {
    const text = await seal(keys, transaction);
    const cut = text.split('.');
    const forged = async (header: object, value: unknown) =>
      new CompactEncrypt(new TextEncoder().encode(JSON.stringify(value)))
        .setProtectedHeader({ alg: 'dir', enc: 'A256GCM', ...header })
        .encrypt(keys[0]!);
    for (const bad of [
      '',
      'x',
      text.slice(1),
      `${text}A`,
      [...cut.slice(0, 4), 'AAAA'].join('.'),
      await sealGoal(keys, transaction.goal),
      await forged({}, { s: 'a', v: 'b', x: nowMs + 1, p: '/' }),
      await forged({ typ: 'byway-gh-tx+jwe' }, { s: 'a', v: 'b' }),
      await forged({ typ: 'byway-gh-tx+jwe' }, { s: 1, v: 'b', x: nowMs + 1, p: '/' }),
      await forged({ typ: 'byway-gh-tx+jwe' }, 'text'),
    ]) {
      expect(await unseal(keys, bad, nowMs)).toBeUndefined();
    }
    expect(await unsealGoal(keys, text)).toBeUndefined();
  });

  it('without a key is not made', () => {
    expect(() => seal([], transaction)).toThrow('no key');
  });
});
