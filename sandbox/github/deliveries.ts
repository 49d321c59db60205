/** What was sent to the webhooks of apps, as https://docs.github.com/en/rest/apps/webhooks lists it. */
import type { Clock } from './clock.ts';

/** Older ones are neither listed nor sent again. */
export const redeliveryWindowMs = 3 * 86_400_000;
const maxDeliveries = 10_000;

export interface Delivery {
  readonly id: number;
  readonly appId: number;
  /** The same for all attempts to deliver one event: `X-GitHub-Delivery`. */
  readonly guid: string;
  readonly deliveredAtMs: number;
  readonly redelivery: boolean;
  readonly durationMs: number;
  /** In words: `OK`, `timed out`, … */
  readonly status: string;
  readonly statusCode: number;
  readonly event: string;
  readonly action: string | null;
  readonly installationId: number | null;
  readonly repositoryId: number | null;
  readonly url: string;
  readonly requestHeaders: Readonly<Record<string, string>>;
  /** The bytes that were signed and sent. */
  readonly requestBody: string;
  readonly responseHeaders: Readonly<Record<string, string>> | null;
  readonly responseBody: string | null;
}

export class DeliveryLog {
  readonly #clock: Clock;
  #deliveries: Delivery[] = [];
  #generation = 0;
  /** Larger than 32 bits, as GitHub's are. */
  #nextId = 12_345_678_900;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Counts how often the log was cleared: what began before is not of now. */
  get generation(): number {
    return this.#generation;
  }

  clear(): void {
    this.#deliveries = [];
    this.#generation += 1;
  }

  add(delivery: Omit<Delivery, 'id' | 'deliveredAtMs'>): Delivery {
    const added = { ...delivery, id: this.#nextId++, deliveredAtMs: this.#clock.now() };
    this.#deliveries.push(added);
    if (this.#deliveries.length > maxDeliveries) this.#deliveries.shift();
    return added;
  }

  /** Newest first. */
  of(appId: number): Delivery[] {
    const since = this.#clock.now() - redeliveryWindowMs;
    return this.#deliveries
      .filter((delivery) => delivery.appId === appId && delivery.deliveredAtMs >= since)
      .toReversed();
  }

  all(): readonly Delivery[] {
    return this.#deliveries;
  }
}
