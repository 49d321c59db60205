/** Rates per key, in memory: a restart gives everybody a full bucket again, which is no great loss. */
import { isFull, take, type Bucket, type Rate, type Taken } from '../../gate/rate-limit.ts';
import type { Clock } from '../../ports.ts';

/** Keys that are remembered; full buckets need not be. */
export const maxPaces = 10_000;

export class Paces {
  readonly #clock: Clock;
  readonly #buckets = new Map<string, { bucket: Bucket; rate: Rate }>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get size(): number {
    return this.#buckets.size;
  }

  /** One more, or `cost`, at the rate of the key. */
  take(key: string, rate: Rate, cost = 1): Pick<Taken, 'allowed' | 'retryAfterS'> {
    const { allowed, retryAfterS, bucket } = take(
      this.#buckets.get(key)?.bucket,
      this.#clock.nowMs(),
      rate,
      cost,
    );
    // The latest last, so that whoever keeps asking is not forgotten first.
    this.#buckets.delete(key);
    this.#buckets.set(key, { bucket, rate });
    if (this.#buckets.size > maxPaces) this.#makeRoom();
    return { allowed, retryAfterS };
  }

  #makeRoom(): void {
    const nowMs = this.#clock.nowMs();
    for (const [key, { bucket, rate }] of this.#buckets) {
      if (isFull(bucket, nowMs, rate)) this.#buckets.delete(key);
    }
    for (const oldest of this.#buckets.keys()) {
      if (this.#buckets.size <= maxPaces) return;
      this.#buckets.delete(oldest);
    }
  }
}
