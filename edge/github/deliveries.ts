/**
 * Deliveries of the app's webhook that failed are asked for again: GitHub never repeats one by itself.
 * A redelivery has the delivery id of the first, so it is applied once whatever arrived before.
 */
import { z } from 'zod';
import { appAuthorization } from './app-jwt.ts';
import type { GitHubConfig } from './config.ts';
import { allPages } from './pages.ts';
import { maxPauseMs } from './pause.ts';
import { Rest, type Answer, type GitHubServices, type Unavailable } from './rest.ts';
import { hookDeliveries, type HookDelivery } from './shapes.ts';

/** 10,000 attempts, newest first: a success is seen before the failure that it mends. */
const maxPages = 100;
/** One that failed as often will fail again: too large, or a fault of ours. */
export const maxAttemptsPerDelivery = 5;
/** Patience for an alarm: after 1, 4 and 9 s. */
const retries = 3;

export type Redelivered =
  /** Numbers of deliveries. `refused`: too old, or gone; asking again is useless. */
  { kind: 'redelivered'; asked: number; refused: number; givenUp: number } | Unavailable;

export class Deliveries {
  readonly #config: GitHubConfig;
  readonly #services: GitHubServices;
  readonly #rest: Rest;

  constructor(config: GitHubConfig, services: GitHubServices) {
    this.#config = config;
    this.#services = services;
    this.#rest = new Rest(config.apiUrl, services, retries);
  }

  /** Once for each delivery since then of which no attempt succeeded. Stops when GitHub is away. */
  async redeliverFailed(sinceMs: number): Promise<Redelivered> {
    const found = await this.#since(sinceMs);
    if (found.kind === 'unavailable') return found;
    const result = { kind: 'redelivered' as const, asked: 0, refused: 0, givenUp: 0 };
    for (const attempts of found.failed) {
      const [last] = attempts;
      if (!last) continue;
      if (attempts.length >= maxAttemptsPerDelivery) {
        result.givenUp += 1;
        continue;
      }
      const answer = await this.#redeliver(last);
      if (answer.kind === 'unavailable') return answer;
      result[answer.kind === 'ok' ? 'asked' : 'refused'] += 1;
    }
    return result;
  }

  /** Per delivery that never succeeded its attempts, newest first. Mostly one call: none failed. */
  async #since(
    sinceMs: number,
  ): Promise<{ kind: 'found'; failed: HookDelivery[][] } | Unavailable> {
    const failures = await this.#list(sinceMs, { status: 'failure' });
    if (failures.kind === 'unavailable') return failures;
    if (!failures.items.some((attempt) => !succeeded(attempt)))
      return { kind: 'found', failed: [] };
    const all = await this.#list(sinceMs, {});
    if (all.kind === 'unavailable') return all;
    const byGuid = Map.groupBy(all.items, ({ guid }) => guid);
    return {
      kind: 'found',
      failed: [...byGuid.values()].filter((attempts) => !attempts.some(succeeded)),
    };
  }

  async #list(
    sinceMs: number,
    parameters: Readonly<Record<string, string>>,
  ): Promise<{ kind: 'ok'; items: HookDelivery[] } | Unavailable> {
    const isOld = ({ delivered_at }: HookDelivery): boolean => Date.parse(delivered_at) < sinceMs;
    const list = await allPages(this.#rest, {
      route: 'GET /app/hook/deliveries',
      parameters,
      authorization: await appAuthorization(this.#config, this.#services.clock),
      shape: hookDeliveries,
      itemsOf: (attempts) => attempts,
      isEnough: (attempts) => attempts.some(isOld),
      maxPages,
      partial: true,
    });
    if (list.kind === 'refused') return this.#misconfigured(list.status);
    if (list.kind === 'unavailable') return list;
    return { kind: 'ok', items: list.items.filter((attempt) => !isOld(attempt)) };
  }

  async #redeliver({ id }: HookDelivery): Promise<Answer<unknown>> {
    return this.#rest.call({
      route: 'POST /app/hook/deliveries/{delivery_id}/attempts',
      parameters: { delivery_id: String(id) },
      authorization: await appAuthorization(this.#config, this.#services.clock),
      shape: z.unknown(),
    });
  }

  #misconfigured(status: number): Unavailable {
    this.#services.log.warn({ status }, 'GitHub refuses to list deliveries of the app');
    return { kind: 'unavailable', retryAfterMs: maxPauseMs };
  }
}

function succeeded({ status_code }: HookDelivery): boolean {
  return status_code >= 200 && status_code < 300;
}
