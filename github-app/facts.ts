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
    store.transaction(() => {
      this.hear(events);
      if (pull.state === 'closed') {
        removals.add(pull.closedMs ?? nowMs, { kind: 'closed', pull: states.id });
      }
      heads.saw(sha, nowMs);
      orders.keepOnly(sha);
      const { repository } = pull.base;
      states.change({ repository, sha, closed: pull.state === 'closed' });
    });
  }

  /** What the events say of themselves, whatever is true now. */
  hear(events: readonly PullEvent[]): void {
    const { store, clock, states, heads, orders, removals } = this.#services;
    store.transaction(() => {
      for (const event of events) {
        if (event.kind !== 'pull') continue;
        const { before, sha: after, atMs, closedMs } = event;
        if (closedMs !== undefined) removals.add(closedMs, { kind: 'closed', pull: states.id });
        if (before === undefined) continue;
        heads.pushed({ before, after, atMs }, clock.nowMs());
        orders.endAround({ before, after, atMs, marginMs: pushMarginMs });
      }
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

/** GitHub's answer came from a copy that knows less than the last of the events, or they are all old. */
export function mayLag(events: readonly PullEvent[], pull: Pull): boolean {
  const changes = events.filter((event) => event.kind === 'pull');
  const lastMs = Math.max(...changes.map(({ atMs }) => atMs));
  const last = changes.filter(({ atMs }) => atMs === lastMs);
  // Of the pushes of one second each names the one before it.
  const newest = last.filter(({ sha }) => !last.some(({ before }) => before === sha));
  return last.length > 0 && (newest.length === 0 || newest.some((event) => differs(event, pull)));
}

function differs(event: PullEvent & { kind: 'pull' }, { head, state }: Pull): boolean {
  if (event.action === 'synchronize') return event.sha !== head.sha;
  return event.action !== 'edited' && (event.action === 'closed') !== (state === 'closed');
}
