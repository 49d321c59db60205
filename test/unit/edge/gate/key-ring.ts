/** Keys, chance and tokens of any making, for tests of what the gate signs. */
import { SignJWT, type JWTPayload } from 'jose';
import { KeyRing, type SigningKey } from '#edge/gate/signing.ts';

export const random = { bytes: (count: number) => crypto.getRandomValues(new Uint8Array(count)) };

export const appOrigin = 'https://byway.example.com';
export const origin = 'https://amber-otter.preview.example.dev';
export const nowMs = Date.UTC(2030, 0, 1);

export const keyOf = (kid: string, byte: number): SigningKey => ({
  kid,
  seed: new Uint8Array(32).fill(byte),
});

export const ring = await KeyRing.from([keyOf('a', 1)]);

/** The same key in PKCS #8, for other hands (RFC 8410 §7). */
export function pkcs8Of({ seed }: SigningKey): Uint8Array<ArrayBuffer> {
  return Uint8Array.of(48, 46, 2, 1, 0, 48, 5, 6, 3, 43, 101, 112, 4, 34, 4, 32, ...seed);
}

const key = await crypto.subtle.importKey('pkcs8', pkcs8Of(keyOf('a', 1)), 'Ed25519', true, [
  'sign',
]);

/** The public half of the ring's key, as a JWK has it. */
export const { x: publicKey = '' } = await crypto.subtle.exportKey('jwk', key);

/** A token signed with the ring's key that says whatever it likes. */
export function forge(header: Record<string, unknown>, payload: JWTPayload): Promise<string> {
  return new SignJWT(payload).setProtectedHeader({ alg: 'EdDSA', kid: 'a', ...header }).sign(key);
}
