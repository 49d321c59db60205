/** When to dial again: full jitter, short in the first minute of a loss (`docs/protocol.md` §8). */
import { backoffBaseMs, backoffCapMs, backoffFirstMinuteCapMs, backoffStableMs } from './limits.ts';

const firstMinuteMs = 60_000;

export class Backoff {
  #attempts = 0;
  #lostAt: number | undefined;
  #connectedAt: number | undefined;
  #hurried = false;

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
      this.#hurried = false;
    }
    this.#connectedAt = undefined;
    this.#lostAt ??= now;
    const cap = now - this.#lostAt < firstMinuteMs ? backoffFirstMinuteCapMs : backoffCapMs;
    const ceiling = Math.min(cap, backoffBaseMs * 2 ** Math.min(this.#attempts, 20));
    this.#attempts += 1;
    return ceiling * random;
  }

  /**
   * The other end is known to be there: whether to dial at once. Once for each loss, so that two tunnels
   * which are closed again and again do not call each other up without a pause.
   */
  hurry(): boolean {
    if (this.#hurried) return false;
    this.#hurried = true;
    return true;
  }
}
