/** When to dial again: full jitter, short in the first minute of a loss (`docs/protocol.md` §8). */
import { backoffBaseMs, backoffCapMs, backoffFirstMinuteCapMs, backoffStableMs } from './limits.ts';

const firstMinuteMs = 60_000;

export class Backoff {
  #attempts = 0;
  #lostAt: number | undefined;
  #connectedAt: number | undefined;

  /** The session said HELLO. A minute of it forgets the failures before. */
  connected(now: number): void {
    this.#connectedAt = now;
  }

  /** Milliseconds until the next attempt. `random`: uniform in [0, 1). */
  next(now: number, random: number): number {
    const stable = this.#connectedAt !== undefined && now - this.#connectedAt >= backoffStableMs;
    if (stable) {
      this.#attempts = 0;
      this.#lostAt = undefined;
    }
    this.#connectedAt = undefined;
    this.#lostAt ??= now;
    const cap = now - this.#lostAt < firstMinuteMs ? backoffFirstMinuteCapMs : backoffCapMs;
    const ceiling = Math.min(cap, backoffBaseMs * 2 ** Math.min(this.#attempts, 20));
    this.#attempts += 1;
    return ceiling * random;
  }
}
