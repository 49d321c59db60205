/** Looks every hour for webhooks that failed, and asks GitHub for them again; one for the whole app. */
import type { GitHubConfig } from '../github/config.ts';
import { Deliveries } from '../github/deliveries.ts';
import type { Clock, Log } from '../ports.ts';
import type { Facts } from './facts.ts';

export interface RedeliveryServices {
  clock: Clock;
  log: Log;
  github: GitHubConfig;
  fetch?: typeof fetch | undefined;
}

/** `looked_ms`: the last look that GitHub answered; `look_ms`: when the next is due. */
export type RedeliveryFact = 'looked_ms' | 'look_ms';

export const lookEveryMs = 3_600_000;
/** After a look that GitHub did not answer; more when it asks for more. */
const leastPauseMs = 60_000;
/** Clocks differ, and a delivery is listed a little after it was made. */
const overlapMs = 60_000;

export class Redelivery {
  readonly #services: RedeliveryServices;
  readonly #facts: Facts<RedeliveryFact>;
  readonly #deliveries: Deliveries;

  constructor(services: RedeliveryServices, facts: Facts<RedeliveryFact>) {
    const { clock, log, github, fetch } = services;
    this.#services = services;
    this.#facts = facts;
    this.#deliveries = new Deliveries(github, { clock, log, ...(fetch && { fetch }) });
    if (facts.get('looked_ms') !== undefined) return;
    facts.set('looked_ms', clock.nowMs());
    facts.set('look_ms', clock.nowMs() + lookEveryMs);
  }

  get nextMs(): number {
    return this.#facts.get('look_ms') ?? 0;
  }

  /** Does nothing before its time. */
  async look(): Promise<void> {
    const { clock, log } = this.#services;
    const nowMs = clock.nowMs();
    if (nowMs < this.nextMs) return;
    // Should the look itself fail, the next one is not at once.
    this.#facts.set('look_ms', nowMs + lookEveryMs);
    const sinceMs = (this.#facts.get('looked_ms') ?? nowMs) - overlapMs;
    const result = await this.#deliveries.redeliverFailed(sinceMs);
    if (result.kind === 'redelivered') this.#facts.set('looked_ms', nowMs);
    else {
      const pauseMs = Math.min(Math.max(leastPauseMs, result.retryAfterMs), lookEveryMs);
      this.#facts.set('look_ms', clock.nowMs() + pauseMs);
    }
    log.info({ ...result }, 'looked for webhooks that failed');
  }
}
