/** The parts of the sandbox, put together; without a server. */
import { Actions } from './actions.ts';
import type { Addresses } from './addresses.ts';
import { Api } from './api/api.ts';
import type { Contract } from './contract/contract.ts';
import { DeliveryLog, type Delivery } from './deliveries.ts';
import { GitHubEvents } from './events.ts';
import { Faults } from './faults.ts';
import { Journal } from './journal.ts';
import { GitHubState } from './state.ts';
import { Webhooks, type Event } from './webhooks.ts';
import type { App } from './world.ts';

export interface GitHubParts {
  readonly contract: Contract;
  /** What a reset goes back to. */
  readonly seed: unknown;
  readonly addresses: () => Addresses;
  readonly webhookTimeoutMs: number | undefined;
}

export class GitHub {
  readonly state: GitHubState;
  readonly journal = new Journal();
  readonly faults = new Faults();
  readonly deliveries: DeliveryLog;
  readonly webhooks: Webhooks;
  readonly events: GitHubEvents;
  readonly actions: Actions;
  readonly api: Api;
  readonly #parts: GitHubParts;

  /** @throws Error saying what is wrong with the seed */
  constructor(parts: GitHubParts) {
    this.#parts = parts;
    const { contract, addresses, webhookTimeoutMs } = parts;
    const { faults, journal } = this;
    const state = new GitHubState(parts.seed);
    const deliveries = new DeliveryLog(state.clock);
    const webhooks = new Webhooks({
      deliveries,
      faults,
      ...(webhookTimeoutMs === undefined ? {} : { timeoutMs: webhookTimeoutMs }),
    });
    const send = (app: App, event: Event): void => this.#send(app, event);
    const events = new GitHubEvents({ state, addresses, send });
    this.state = state;
    this.deliveries = deliveries;
    this.webhooks = webhooks;
    this.events = events;
    this.actions = new Actions(state, events);
    const redeliver = (app: App, delivery: Delivery): void =>
      void webhooks.redeliver(app, delivery);
    this.api = new Api({ contract, faults, journal, state, deliveries, events, redeliver });
  }

  /** Back to the start, with nothing remembered but where apps are reached. */
  reset(): void {
    const before = this.state.world.apps;
    this.seed(this.#parts.seed);
    for (const app of this.state.world.apps) {
      const known = before.find(({ id }) => id === app.id);
      if (known === undefined) continue;
      const { webhook_url, webhook_secret, callback_urls, setup_url } = known;
      Object.assign(app, { webhook_url, webhook_secret, callback_urls, setup_url });
    }
  }

  /** @throws Error saying what is wrong with the seed; then nothing has changed */
  seed(seed: unknown): void {
    this.state.replace(seed);
    this.journal.clear();
    this.faults.clear();
    this.deliveries.clear();
  }

  #send(app: App, event: Event): void {
    const { action } = event.payload as { action?: string };
    const problems = this.#parts.contract.payloadProblems(event.event, action, event.payload);
    if (problems.length > 0) {
      const at = this.state.clock.timestamp();
      this.journal.violation({
        at,
        kind: 'webhook',
        what: [event.event, action ?? []].flat().join(' '),
        problems,
      });
    }
    void this.webhooks.send(app, event);
  }
}
