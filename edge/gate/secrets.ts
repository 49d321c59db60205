/**
 * Every key of the edge, from one root secret and the generations that an operator adds to it. The
 * same on every engine. What a generation gives can be rotated (threat 52; `docs/rotation.md`); the
 * check in cluster keys and labels comes from the root alone and lasts as long as they do.
 */
import type { CryptoKey } from 'jose';
import { hex, utf8 } from '#protocol/bytes.ts';
import { ConfigError } from '#protocol/config.ts';
import type { TokenHash } from '../ports.ts';
import { keyGenerationsOf, rootKid, type KeyGeneration } from './key-generations.ts';
import { KeyRing, type SigningKey } from './signing.ts';

export interface Secrets {
  /** 16 bytes: the check in cluster keys and labels. */
  checkKey: Uint8Array;
  /** Under the newest generation. */
  tokenHash: TokenHash;
  /** Under the one before it; undefined: there is none. */
  formerTokenHash: TokenHash | undefined;
  /** The newest generation signs, all verify. */
  ring: KeyRing;
  /** 32 bytes each; the newest seals, all open. */
  sealKeys: readonly Uint8Array[];
}

export const rootSecretBytes = 32;

/** What a key is for; each gives another one. */
const labels = {
  check: 'cluster keys',
  tokens: 'tokens',
  signing: 'signing',
  sealing: 'sealing',
} as const;

const hmac = { name: 'HMAC', hash: 'SHA-256' };

/**
 * `generations`: lines as `keyGenerationsOf` reads them. The root is the oldest generation while fewer
 * than two are listed, so that the first rotation overlaps with it and the second one drops it.
 * @throws ConfigError naming line and fault, never a key
 */
export async function secretsOf(root: Uint8Array, generations = ''): Promise<Secrets> {
  if (root.length !== rootSecretBytes) {
    throw new ConfigError(
      `the root secret has ${root.length} bytes, ${rootSecretBytes} are needed`,
    );
  }
  const listed = keyGenerationsOf(generations);
  const same = listed.find(({ key }) => hex(key) === hex(root));
  if (same) throw new ConfigError(`the key of ${same.kid} is the root secret; make a new one`);
  const all = listed.length < 2 ? [...listed, { kid: rootKid, key: root }] : listed;
  const derived = await Promise.all(all.map((generation) => derive(generation)));
  const [newest, former] = derived;
  if (!newest) throw new Error('there is no generation of keys');
  return {
    checkKey: (await sign(await importKey(root), labels.check)).subarray(0, 16),
    tokenHash: newest.tokenHash,
    formerTokenHash: former?.tokenHash,
    ring: await KeyRing.from(derived.map(({ signing }) => signing)),
    sealKeys: derived.map(({ sealKey }) => sealKey),
  };
}

interface Derived {
  signing: SigningKey;
  sealKey: Uint8Array;
  tokenHash: TokenHash;
}

async function derive({ kid, key: bytes }: KeyGeneration): Promise<Derived> {
  const key = await importKey(bytes);
  const pepper = await importKey(await sign(key, labels.tokens));
  return {
    signing: { kid, seed: await sign(key, labels.signing) },
    sealKey: await sign(key, labels.sealing),
    tokenHash: { of: async (token) => hex(await sign(pepper, token)) },
  };
}

function importKey(bytes: Uint8Array): Promise<CryptoKey> {
  return crypto.subtle.importKey('raw', Uint8Array.from(bytes), hmac, false, ['sign']);
}

async function sign(key: CryptoKey, text: string): Promise<Uint8Array> {
  return new Uint8Array(await crypto.subtle.sign('HMAC', key, Uint8Array.from(utf8(text))));
}
