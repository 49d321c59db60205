/** The codes between a person's consent and the token for it. */
import { createHash } from 'node:crypto';
import type { Clock } from './clock.ts';
import { randomHex } from './random-text.ts';

/** https://docs.github.com/en/apps/oauth-apps/building-oauth-apps/authorizing-oauth-apps */
export const codeLifeMs = 600_000;

export interface Grant {
  readonly appId: number;
  readonly userId: number;
  readonly redirectUri: string;
  /** S256 (RFC 7636 §4.2), if the app sent one. */
  readonly codeChallenge: string | undefined;
}

export class GrantStore {
  readonly #clock: Clock;
  readonly #grants = new Map<string, Grant & { readonly expiresAtMs: number }>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  clear(): void {
    this.#grants.clear();
  }

  /** @returns a code that is good for ten minutes, once */
  issue(grant: Grant): string {
    const code = randomHex(20);
    this.#grants.set(code, { ...grant, expiresAtMs: this.#clock.now() + codeLifeMs });
    return code;
  }

  /** What the code stands for, the first time that it is asked. */
  take(code: string): Grant | undefined {
    const grant = this.#grants.get(code);
    this.#grants.delete(code);
    return grant !== undefined && grant.expiresAtMs > this.#clock.now() ? grant : undefined;
  }

  /** A code that was issued for a person is void when the consent is. */
  revokeUser(appId: number, userId: number): void {
    for (const [code, grant] of this.#grants) {
      if (grant.appId === appId && grant.userId === userId) this.#grants.delete(code);
    }
  }
}

/** RFC 7636 §4.6, for S256; without a challenge any verifier is fine. */
export function verifierFits(challenge: string | undefined, verifier: string | undefined): boolean {
  if (challenge === undefined) return true;
  if (verifier === undefined) return false;
  return createHash('sha256').update(verifier).digest('base64url') === challenge;
}
