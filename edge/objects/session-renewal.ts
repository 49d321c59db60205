/** A session that is used goes on while its login lives: a new cookie before the old one ends. */
import { inTime } from '../gate/deadline.ts';
import { previewHost, type Gate } from '../gate/gate.ts';
import { sessionCookie } from '../gate/preview-login.ts';
import { sessionLifeS, type SessionClaims } from '../gate/session-token.ts';

/** With less than this left it is renewed. */
const renewBeforeMs = (sessionLifeS / 2) * 1000;
/** Not by each of a page's hundred requests; an answer that is lost costs no more than a minute. */
const againMs = 60_000;
const maxRemembered = 10_000;

export class SessionRenewal {
  readonly #gate: Gate;
  /** When each was renewed last, by `jti`. */
  readonly #renewed = new Map<string, number>();
  /** Made for the request that is looked at next. */
  readonly #fresh = new Map<string, string>();

  constructor(gate: Gate) {
    this.#gate = gate;
  }

  /** The `Set-Cookie` value that is due; `ask`: to be made first; undefined: none is. */
  cookieFor(claims: SessionClaims): string | { ask: () => Promise<void> } | undefined {
    const fresh = this.#fresh.get(claims.jti);
    this.#fresh.delete(claims.jti);
    if (fresh !== undefined) return fresh;
    const nowMs = this.#gate.clock.nowMs();
    // A token's session is as long as it is: whoever has the token makes another one.
    if (claims.expiresMs - nowMs > renewBeforeMs || claims.viewer.kind === 'token')
      return undefined;
    const last = this.#renewed.get(claims.jti);
    if (last !== undefined && nowMs - last < againMs) return undefined;
    if (this.#renewed.size >= maxRemembered) this.#renewed.clear();
    this.#renewed.set(claims.jti, nowMs);
    return {
      ask: async () => {
        const cookie = await this.#renew(claims);
        if (cookie !== undefined) this.#fresh.set(claims.jti, cookie);
      },
    };
  }

  async #renew(claims: SessionClaims): Promise<string | undefined> {
    const { objects, clock, log } = this.#gate;
    const { viewer, organisationId, label, sid, epoch } = claims;
    try {
      const untilMs = await inTime(objects.identity().loginUntil(sid));
      // A renewal gives no right that the login would not give: it only spares the way round.
      if (untilMs === undefined || untilMs - clock.nowMs() < 1000) return undefined;
      const session = { viewer, organisationId, sid, epoch, untilMs };
      return await sessionCookie(previewHost(this.#gate, label), session);
    } catch (error) {
      log.warn({ error: String(error) }, 'a session could not be renewed');
      return undefined;
    }
  }
}
