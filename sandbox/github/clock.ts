/** The sandbox's time: the machine's, and what a test has put before it. */
export class Clock {
  #aheadMs = 0;

  /** Milliseconds since 1970. */
  now(): number {
    return Date.now() + this.#aheadMs;
  }

  /** Seconds since 1970, whole, as tokens have them. */
  seconds(): number {
    return Math.floor(this.now() / 1000);
  }

  /** As GitHub writes times: whole seconds. */
  timestamp(atMs = this.now()): string {
    return `${new Date(atMs).toISOString().slice(0, 19)}Z`;
  }

  advance(ms: number): void {
    this.#aheadMs += ms;
  }

  reset(): void {
    this.#aheadMs = 0;
  }
}
