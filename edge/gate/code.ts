/**
 * The one-time code that carries a login from the app host to a preview host. It is worth nothing
 * without the nonce cookie of the browser that began the login (threat 6), and is kept as a hash.
 * Whoever keeps the record consumes it atomically: of two redemptions one wins (threat 5).
 */
import type { Random } from '../ports.ts';
import { equalInConstantTime } from './constant-time.ts';
import type { Holder } from './decide.ts';
import { isSecret, randomSecret, sha256 } from './digest.ts';

export const codeLifeMs = 60_000;

export interface CodeRecord {
  label: string;
  /** The preview's origin: the only one that may redeem the code. */
  origin: string;
  /** Of the nonce in the cookie, out of the transaction. */
  nonceHash: string;
  viewer: Holder;
  sid: string;
  expiresMs: number;
}

/** 256 random bits for the URL, and the hash to keep. */
export async function makeCode(random: Random): Promise<{ code: string; hash: string }> {
  const code = randomSecret(random);
  return { code, hash: await sha256(code) };
}

/** The hash to look the record up by; undefined: no code looks like that, so nothing is looked up. */
export async function codeHash(code: string): Promise<string | undefined> {
  return isSecret(code) ? sha256(code) : undefined;
}

export interface Redemption {
  label: string;
  origin: string;
  /** From the cookie; undefined: there was none. */
  nonce: string | undefined;
  nowMs: number;
}

/**
 * Whether the record may become a session here and now (threats 2, 3, 5, 6). It is used up either
 * way: consume it before asking.
 */
export async function redeems(record: CodeRecord, attempt: Redemption): Promise<boolean> {
  const { label, origin, nonce, nowMs } = attempt;
  if (nonce === undefined || !isSecret(nonce)) return false;
  const same = equalInConstantTime(await sha256(nonce), record.nonceHash);
  return same && record.label === label && record.origin === origin && nowMs < record.expiresMs;
}
