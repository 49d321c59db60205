/** The app's private key, and the app's own credential made with it. */
import { createPrivateKey, type KeyObject } from 'node:crypto';
import { unusableKey } from '#github-app/registration/answers.ts';
import { SignJWT } from 'jose';
import { ExitCode, Failure } from '../failure.ts';

/**
 * PKCS#8 PEM of the key that GitHub hands out as PKCS#1: the form that every engine takes.
 * @throws Failure that never quotes the key
 */
export function pkcs8PemOf(pem: string): string {
  return String(keyOf(pem).export({ type: 'pkcs8', format: 'pem' }));
}

/** `iat` lies 30 s back, for clocks that differ. */
export function appJwt(appId: number, pem: string, nowMs: number): Promise<string> {
  const nowS = Math.floor(nowMs / 1000);
  return new SignJWT()
    .setProtectedHeader({ alg: 'RS256', typ: 'JWT' })
    .setIssuer(String(appId))
    .setIssuedAt(nowS - 30)
    .setExpirationTime(nowS + 300)
    .sign(keyOf(pem));
}

function keyOf(pem: string): KeyObject {
  try {
    const key = createPrivateKey(pem);
    if (key.asymmetricKeyType === 'rsa') return key;
  } catch {
    // What OpenSSL says about a key that it cannot read helps nobody.
  }
  throw new Failure(ExitCode.refused, unusableKey.fault);
}
