/**
 * Sessions whose signature was verified already, so that a page with a hundred files costs one
 * verification. It spares the signature and nothing else: login, epoch and membership are asked for
 * with each request.
 */
import type { SessionClaims } from './session-token.ts';

export const maxVerifiedSessions = 10_000;

export class VerifiedSessions {
  readonly #entries = new Map<string, SessionClaims>();

  get size(): number {
    return this.#entries.size;
  }

  /**
   * The claims of a token that was verified for this origin and preview and has not expired. Tokens
   * are compared as a whole: the same claims with another signature are another token.
   */
  find(
    token: string,
    { origin, label, nowMs }: { origin: string; label: string; nowMs: number },
  ): SessionClaims | undefined {
    const claims = this.#entries.get(token);
    if (claims === undefined) return undefined;
    if (nowMs < claims.expiresMs) {
      return claims.origin === origin && claims.label === label ? claims : undefined;
    }
    this.#entries.delete(token);
    return undefined;
  }

  /** Remembers what `verifySession` said; the entry that came first makes room. */
  add(token: string, claims: SessionClaims): void {
    this.#entries.set(token, claims);
    if (this.#entries.size <= maxVerifiedSessions) return;
    for (const oldest of this.#entries.keys()) {
      this.#entries.delete(oldest);
      return;
    }
  }
}
