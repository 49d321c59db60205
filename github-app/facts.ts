/** What is certain of a pull request: GitHub's present answer, and what events say of the time between. */
import type { AccessOrders } from './access-orders.ts';
import type { PullEvent } from './events.ts';
import { pushMarginMs, type Heads } from './heads.ts';
import type { AppServices, Pull } from './ports.ts';
import type { PullStates } from './pull-state.ts';
import type { Removals } from './removals.ts';

export interface FactsServices extends Pick<AppServices, 'store' | 'clock'> {
  states: PullStates;
  heads: Heads;
  orders: AccessOrders;
  removals: Removals;
}

export class Facts {
  readonly #services: FactsServices;

  constructor(services: FactsServices) {
    this.#services = services;
  }

  /** Ends what a push or a closing has ended, whichever of them is told of first. */
  learn(pull: Pull, events: readonly PullEvent[]): void {
    const { store, clock, states, heads, orders, removals } = this.#services;
    const nowMs = clock.nowMs();
    const { sha } = pull.head;
    const changes = events.filter((event) => event.kind === 'pull');
    const closings = changes.flatMap(({ closedMs }) => closedMs ?? []);
    if (pull.state === 'closed') closings.push(pull.closedMs ?? nowMs);
    store.transaction(() => {
      for (const atMs of closings) removals.add(atMs, { kind: 'closed', pull: states.id });
      for (const { before, sha: after, atMs } of changes) {
        if (before === undefined) continue;
        heads.pushed({ before, after, atMs }, nowMs);
        orders.endAround({ before, after, atMs, marginMs: pushMarginMs });
      }
      heads.saw(sha, nowMs);
      orders.keepOnly(sha);
      const { repository } = pull.base;
      states.change({ repository, sha, closed: pull.state === 'closed' });
    });
  }

  /** GitHub does not answer: a head that a push does not name is taken for gone. */
  doubt(events: readonly PullEvent[]): void {
    for (const event of events) {
      if (event.kind !== 'pull' || event.action !== 'synchronize') continue;
      this.#services.orders.keepOnly(event.sha);
    }
  }

  /** Whether the pull request is the one that this object is about, at its old place. */
  isOurs({ number, base: { repository } }: Pull): boolean {
    const { organisationId, repository: known, number: ours } = this.#services.states.current;
    return number === ours && repository.id === known?.id && repository.owner.id === organisationId;
  }
}

/** The event is old, or GitHub's answer came from a copy that lags behind. */
export function differs(event: PullEvent, { head, state }: Pull): boolean {
  if (event.kind !== 'pull') return false;
  if (event.action === 'synchronize') return event.sha !== head.sha;
  return event.action !== 'edited' && (event.action === 'closed') !== (state === 'closed');
}
