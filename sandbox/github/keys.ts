/** RSA keys, made once in a process: a start of the sandbox does not wait for a new one each time. */
import { createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto';

const made = new Map<string, string>();

/**
 * @param purpose one key for each
 * @returns PEM in PKCS#1, the form in which GitHub hands out the keys of apps
 */
export function privateKeyFor(purpose: string): string {
  const known = made.get(purpose);
  if (known !== undefined) return known;
  const { privateKey } = generateKeyPairSync('rsa', {
    modulusLength: 2048,
    privateKeyEncoding: { type: 'pkcs1', format: 'pem' },
    publicKeyEncoding: { type: 'pkcs1', format: 'pem' },
  });
  made.set(purpose, privateKey);
  return privateKey;
}

export function publicKeyOf(privateKeyPem: string): KeyObject {
  return createPublicKey(privateKeyPem);
}
