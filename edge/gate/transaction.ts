/**
 * A login that is under way: a JWT that goes from the preview host to the app host and back. It says
 * where the viewer came from, so no parameter has to (threat 2). The nonce stays behind in a cookie of
 * the preview host; only its hash travels, so that only the browser that began can end it (threats 3
 * and 6).
 */
import type { Random } from '../ports.ts';
import { identifierPattern, randomIdentifier } from './base62.ts';
import { isLabel, isText } from './claim-types.ts';
import { isSecret, randomSecret, sha256 } from './digest.ts';
import type { KeyRing } from './signing.ts';

export const transactionLifeS = 10 * 60;

const typ = 'byway-tx+jwt';

export interface Transaction {
  label: string;
  /** Checked when it was made; to be checked again before it is used. */
  returnPath: string;
  nonceHash: string;
  /** Names the cookie of the nonce: `transactionCookieName('preview', jti)`. */
  jti: string;
}

export interface TransactionTime {
  /** The app host's origin, which is also the audience. */
  appOrigin: string;
  nowMs: number;
}

/** A new login: the token for the way, and the nonce for the cookie. */
export async function beginTransaction(
  ring: KeyRing,
  random: Random,
  { label, returnPath }: Pick<Transaction, 'label' | 'returnPath'>,
  { appOrigin, nowMs }: TransactionTime,
): Promise<{ token: string; nonce: string; jti: string }> {
  const nonce = randomSecret(random);
  const jti = randomIdentifier(random);
  const claims = { pid: label, ret: returnPath, nonce: await sha256(nonce), jti };
  const how = { issuer: appOrigin, audience: appOrigin, ttlS: transactionLifeS, nowMs };
  return { token: await ring.sign(typ, claims, how), nonce, jti };
}

/** undefined: forged, expired, from the future or another kind of token; answer 400 (threat 2). */
export async function verifyTransaction(
  ring: KeyRing,
  token: string,
  { appOrigin, nowMs }: TransactionTime,
): Promise<Transaction | undefined> {
  const claims = await ring.verify(token, {
    typ,
    issuer: appOrigin,
    audience: appOrigin,
    maxAgeS: transactionLifeS,
    nowMs,
    requiredClaims: ['pid', 'ret', 'nonce'],
  });
  if (claims === undefined) return undefined;
  const { pid, ret, nonce, jti } = claims;
  if (!isLabel(pid) || !isText(ret) || !isText(nonce)) return undefined;
  if (!isSecret(nonce) || !identifierPattern.test(jti)) return undefined;
  return { label: pid, returnPath: ret, nonceHash: nonce, jti };
}
