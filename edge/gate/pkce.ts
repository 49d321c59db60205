/** Proof Key for Code Exchange (RFC 7636), S256 only; for GitHub's login and for the CLI's (threat 4). */
import type { Random } from '../ports.ts';
import { equalInConstantTime } from './constant-time.ts';
import { isSecret, randomSecret, sha256 } from './digest.ts';

/** 43 to 128 of the unreserved characters (RFC 7636 §4.1). */
const verifierPattern = /^[\w.~-]{43,128}$/;

export function isVerifier(text: string): boolean {
  return verifierPattern.test(text);
}

/** A verifier of 256 random bits (RFC 7636 §4.1 asks for no less). */
export function makeVerifier(random: Random): string {
  return randomSecret(random);
}

/** `BASE64URL(SHA256(verifier))` (RFC 7636 §4.2). */
export function challengeOf(verifier: string): Promise<string> {
  return sha256(verifier);
}

/**
 * What is wrong with an authorization request's challenge, or undefined; the answer is then
 * `invalid_request` (RFC 7636 §4.4.1). A method left out means `plain` there, so it is refused.
 */
export function challengeFault(
  challenge: string | undefined,
  method: string | undefined,
): string | undefined {
  if (challenge === undefined) return 'code_challenge is missing; PKCE is required';
  if (method !== 'S256') return 'code_challenge_method must be S256';
  if (!isSecret(challenge)) return 'code_challenge must be a SHA-256 in base64url: 43 characters';
  return undefined;
}

/**
 * Whether the verifier is the challenge's (RFC 7636 §4.6). A missing or malformed one is not: a
 * client that leaves it out must not get through.
 */
export async function matchesChallenge(
  verifier: string | undefined,
  challenge: string,
): Promise<boolean> {
  if (verifier === undefined || !isVerifier(verifier)) return false;
  return equalInConstantTime(await challengeOf(verifier), challenge);
}
