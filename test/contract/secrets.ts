/** What the edge's secrets give; the same on Node and in workerd. */
import { describe, expect, it } from 'vitest';
import { makeClusterKey } from '#protocol/label.ts';
import { secretsOf } from '#edge/gate/secrets.ts';
import type { KeyRing } from '#edge/gate/signing.ts';
import { seal, unseal } from '#edge/login/sealed.ts';

const root = Uint8Array.from({ length: 32 }, (_, index) => index * 7 + 1);
const line = (kid: string, digit: string): string => `${kid} ${digit.repeat(64)}\n`;
const one = line('one', '1');
const two = line('two', '2');
const three = line('three', '3');

const nowMs = 1_800_000_000_000;
const issuer = 'https://byway.example.com';
const audience = 'https://x.preview.example.dev';

function tokenOf(ring: KeyRing): Promise<string> {
  return ring.sign('test', { jti: 'a' }, { issuer, audience, ttlS: 60, nowMs });
}

async function verifies(ring: KeyRing, token: string): Promise<boolean> {
  const expected = { typ: 'test', issuer, audience, maxAgeS: 60, nowMs };
  return (await ring.verify(token, expected)) !== undefined;
}

function kidOf(token: string): unknown {
  const [head = ''] = token.split('.');
  return (JSON.parse(atob(head.replaceAll('-', '+').replaceAll('_', '/'))) as { kid: string }).kid;
}

const transaction = {
  stateHash: 's',
  verifier: 'v',
  goal: undefined,
  ssoHash: undefined,
  expiresMs: nowMs + 1000,
};

export function secretsContract(): void {
  describe('secrets', () => {
    it('of a root alone are what they were before keys could be rotated', async () => {
      const { checkKey, tokenHash, formerTokenHash, sealKeys } = await secretsOf(root);
      expect(makeClusterKey(new Uint8Array(5), checkKey)).toBe('aaaaadsf');
      expect(await tokenHash.of('bwc_token')).toBe(
        '73ccab8b923d5bb98047ca69023ac504e91b1fab9008ff686ea887fd96778a9d',
      );
      expect(formerTokenHash).toBeUndefined();
      expect(sealKeys).toHaveLength(1);
    });

    it('are the same each time, and another key for each use', async () => {
      const [first, second] = [await secretsOf(root, one), await secretsOf(root, one)];
      expect(first.sealKeys).toEqual(second.sealKeys);
      expect(await verifies(second.ring, await tokenOf(first.ring))).toBe(true);
      const keys = [...first.sealKeys, first.checkKey].map((key) => key.subarray(0, 16).join());
      expect(new Set(keys).size).toBe(3);
      for (const key of first.sealKeys) expect(key).toHaveLength(32);
    });

    it('rotate: the newest signs, seals and hashes, and what the one before it made still counts (threat 52)', async () => {
      let before = await secretsOf(root);
      for (const text of [one, two + one, three + two]) {
        const after = await secretsOf(root, text);
        const token = await tokenOf(before.ring);
        expect(await verifies(after.ring, token)).toBe(true);
        expect(await verifies(before.ring, await tokenOf(after.ring))).toBe(false);
        expect(kidOf(await tokenOf(after.ring))).toBe(text.split(' ')[0]);
        expect(await after.formerTokenHash?.of('x')).toBe(await before.tokenHash.of('x'));
        expect(await after.tokenHash.of('x')).not.toBe(await before.tokenHash.of('x'));
        const sealed = await seal(before.sealKeys, transaction);
        expect(await unseal(after.sealKeys, sealed, nowMs)).toEqual(transaction);
        const newer = await seal(after.sealKeys, transaction);
        expect(await unseal(before.sealKeys, newer, nowMs)).toBeUndefined();
        expect(after.checkKey).toEqual(before.checkKey);
        before = after;
      }
    });

    it('of the root end with the second listed generation, and of any when its line goes (threat 52)', async () => {
      const first = await secretsOf(root);
      const token = await tokenOf(first.ring);
      expect(kidOf(token)).toBe('root');
      expect(await verifies((await secretsOf(root, one)).ring, token)).toBe(true);
      const later = await secretsOf(root, two + one);
      expect(await verifies(later.ring, token)).toBe(false);
      expect(later.sealKeys).toHaveLength(2);
      const ofOne = await tokenOf((await secretsOf(root, one)).ring);
      expect(await verifies(later.ring, ofOne)).toBe(true);
      expect(await verifies((await secretsOf(root, three + two)).ring, ofOne)).toBe(false);
      expect(await verifies((await secretsOf(root, three + two + one)).ring, ofOne)).toBe(true);
    });

    it('hash tokens under the two newest generations only', async () => {
      const { tokenHash, formerTokenHash } = await secretsOf(root, three + two + one);
      const [newest, former] = [await secretsOf(root, three), await secretsOf(root, two)];
      expect(await tokenHash.of('x')).toBe(await newest.tokenHash.of('x'));
      expect(await formerTokenHash?.of('x')).toBe(await former.tokenHash.of('x'));
    });

    it('are refused when a key is the root, or the root is too short', async () => {
      const digits = [...root].map((byte) => byte.toString(16).padStart(2, '0')).join('');
      const failed = secretsOf(root, `again ${digits}`).catch((error: unknown) => String(error));
      expect(await failed).toContain('the key of again is the root secret');
      expect(await failed).not.toContain(digits);
      await expect(secretsOf(root.subarray(1))).rejects.toThrow('31 bytes, 32 are needed');
    });
  });
}
