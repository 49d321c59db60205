/**
 * Tokens that were none, by address (threat 60). The count is the identity object's; what it said is
 * remembered here, so that a flood of guesses does not become a flood of questions.
 */
import type { Rate } from '../gate/rate-limit.ts';
import type { IdentityCalls } from '../objects/calls.ts';
import type { Clock } from '../ports.ts';
import { ApiError } from './failure.ts';

/** An office behind one address may have a machine with an old token. */
export const failedRate: Rate = { burst: 60, perMinute: 30 };
const maxBlocked = 10_000;

export class Guesses {
  readonly #clock: Clock;
  readonly #blocked = new Map<string, number>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Before anything is looked up. @throws ApiError */
  check(address: string): void {
    const untilMs = this.#blocked.get(address);
    if (untilMs === undefined) return;
    const waitMs = untilMs - this.#clock.nowMs();
    if (waitMs > 0) throw tooMany(waitMs);
    this.#blocked.delete(address);
  }

  /** One that was none. @throws ApiError */
  async count(identity: Pick<IdentityCalls, 'take'>, address: string): Promise<void> {
    const { allowed, retryAfterS } = await identity.take(`api:${address}`, failedRate);
    if (allowed) return;
    if (this.#blocked.size >= maxBlocked) this.#blocked.clear();
    this.#blocked.set(address, this.#clock.nowMs() + retryAfterS * 1000);
    throw tooMany(retryAfterS * 1000);
  }
}

export function tooMany(retryAfterMs: number): ApiError {
  return new ApiError({ kind: 'too-many', retryAfterMs });
}
