/** The path's own delay, measured by PING. Queues of ours in it must not make windows, and so queues, grow. */

/** While bodies flow it is measured so often. */
const intervalMs = 1_000;

export class RoundTrip {
  /** 0 until the first PONG. */
  ms = 0;
  #askedAt = 0;
  #lastAt = 0;

  /** Whether a PING may go out now; then it must. */
  ask(nowMs: number): boolean {
    if (this.#askedAt > 0) return false;
    this.#askedAt = nowMs;
    this.#lastAt = nowMs;
    return true;
  }

  isDue(nowMs: number): boolean {
    return nowMs - this.#lastAt > intervalMs;
  }

  /** A PONG came. */
  answered(nowMs: number): void {
    if (this.#askedAt === 0) return;
    const sample = nowMs - this.#askedAt;
    this.ms = this.ms === 0 ? sample : Math.min(sample, this.ms * 1.25);
    this.#askedAt = 0;
  }
}
