import { createHash } from 'node:crypto';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { equalInConstantTime } from '#edge/gate/constant-time.ts';
import { isSecret, randomSecret, sha256 } from '#edge/gate/digest.ts';
import {
  challengeFault,
  challengeOf,
  isVerifier,
  makeVerifier,
  matchesChallenge,
} from '#edge/gate/pkce.ts';
import { random } from './key-ring.ts';

// RFC 7636, appendix B.
const verifier = 'dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk';
const challenge = 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM';

describe('PKCE', () => {
  it('computes the challenge of RFC 7636', async () => {
    expect(await challengeOf(verifier)).toBe(challenge);
    expect(await matchesChallenge(verifier, challenge)).toBe(true);
  });

  it('makes verifiers that do', async () => {
    const made = makeVerifier(random);
    expect(isVerifier(made)).toBe(true);
    expect(await matchesChallenge(made, await challengeOf(made))).toBe(true);
    expect(await matchesChallenge(made, challenge)).toBe(false);
  });

  it('takes verifiers of 43 to 128 unreserved characters', () => {
    expect(isVerifier('a'.repeat(42))).toBe(false);
    expect(isVerifier('a'.repeat(43))).toBe(true);
    expect(isVerifier(`${'a'.repeat(39)}-._~`)).toBe(true);
    expect(isVerifier('a'.repeat(128))).toBe(true);
    expect(isVerifier('a'.repeat(129))).toBe(false);
    for (const other of ['+', '/', '=', ' ', 'ä', '\n', '%']) {
      expect(isVerifier('a'.repeat(43) + other)).toBe(false);
    }
  });

  it.each([
    [undefined, 'S256', 'code_challenge is missing'],
    [undefined, undefined, 'code_challenge is missing'],
    [challenge, undefined, 'must be S256'],
    [challenge, 'plain', 'must be S256'],
    [challenge, 's256', 'must be S256'],
    [challenge, '', 'must be S256'],
    ['', 'S256', '43 characters'],
    [verifier.slice(1), 'S256', '43 characters'],
    [`${challenge}=`, 'S256', '43 characters'],
    [`${challenge}\n`, 'S256', '43 characters'],
  ])('threat 4: challenge %j with method %j is refused', (text, method, words) => {
    expect(challengeFault(text, method)).toContain(words);
  });

  it('threat 4: a challenge by S256 is fine', () => {
    expect(challengeFault(challenge, 'S256')).toBeUndefined();
  });

  it.each([undefined, '', challenge, verifier.slice(1), `${verifier}\n`, verifier.toLowerCase()])(
    'threat 4: the verifier %j gets nowhere',
    async (text) => expect(await matchesChallenge(text, challenge)).toBe(false),
  );

  it('threat 4: the challenge of a plain request is no way in', async () => {
    expect(await matchesChallenge(verifier, verifier)).toBe(false);
    expect(await matchesChallenge('', await sha256(''))).toBe(false);
  });
});

describe('digests and secrets', () => {
  it('are 32 bytes in base64url', async () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 32, maxLength: 32 }), (bytes) => {
        const text = randomSecret({ bytes: () => bytes });
        expect(text).toBe(Buffer.from(bytes).toString('base64url'));
        expect(isSecret(text)).toBe(true);
      }),
      { seed: 7 },
    );
    expect(await sha256('ä')).toBe(createHash('sha256').update('ä').digest('base64url'));
  });

  it('can be written in one way only', () => {
    const text = randomSecret({ bytes: () => new Uint8Array(32) });
    expect(text).toBe('A'.repeat(43));
    for (const other of [
      `${'A'.repeat(42)}B`,
      `${text}=`,
      `${text}A`,
      text.slice(1),
      `${text}\n`,
    ]) {
      expect(isSecret(other)).toBe(false);
    }
  });

  it('are compared as equal only when they are', () => {
    expect(equalInConstantTime('', '')).toBe(true);
    expect(equalInConstantTime('abc', 'abc')).toBe(true);
    for (const other of ['', 'ab', 'abcd', 'abd', 'Abc', 'ab\u0163']) {
      expect(equalInConstantTime('abc', other)).toBe(false);
    }
  });
});
