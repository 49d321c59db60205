/** What each command does. Twice is as good as once: a pass may end between the deed and its note. */
import { accessOrderOf, covers, type AccessOrder, type AccessOrders } from './access-orders.ts';
import { denialOf, reaches, reachOf, type GuardedVerb, type Reach } from './authorize.ts';
import type { Display } from './display.ts';
import type { Heads } from './heads.ts';
import type {
  Account,
  Actor,
  Changed,
  Order,
  Preview,
  Previews,
  PullRequests,
  Store,
} from './ports.ts';
import type { Removals } from './removals.ts';
import { closed, confirmText, helpText, noPreviews } from './replies.ts';
import type { Visit } from './visit.ts';

export const defaultPublicMs = 3_600_000;
export const defaultAllowMs = 4 * 3_600_000;
export const defaultExtendMs = 8 * 3_600_000;
/** Of a fork nobody but its author vouches for a commit, and a short name is soon forged. */
const wholeShaCharacters = 40;

/** `refused`: 😕 and a reply. `later`: the same again, after that time. */
export type Outcome =
  | { kind: 'done'; reply?: string }
  | { kind: 'refused'; reply: string }
  | { kind: 'later'; retryAfterMs: number };

export interface CarryOutServices {
  store: Store;
  github: PullRequests;
  previews: Previews;
  heads: Heads;
  accessOrders: AccessOrders;
  removals: Removals;
  /** For `status`. */
  display: Pick<Display, 'status' | 'isDeleted' | 'restore'>;
}

type OrderOf<V extends string> = Order & { command: { verb: V } };

export class CarryOut {
  readonly #services: CarryOutServices;

  constructor(services: CarryOutServices) {
    this.#services = services;
  }

  async do(order: Order, visit: Visit, attached: readonly Preview[]): Promise<Outcome> {
    const { command } = order;
    switch (command.verb) {
      case 'help':
        return { kind: 'done', reply: helpText() };
      case 'unknown':
        return { kind: 'refused', reply: helpText(command.fault) };
      case 'status':
        return this.#status(order, visit, attached);
      case 'public':
      case 'private':
      case 'remove':
      case 'extend':
      case 'allow':
      case 'disallow':
        return this.#guarded(command.verb, order, visit, attached);
    }
  }

  /** Whoever could have hidden the links may ask for a comment that somebody deleted. */
  async #status(order: Order, visit: Visit, attached: readonly Preview[]): Promise<Outcome> {
    const { display } = this.#services;
    if (display.isDeleted) {
      const person = await visit.person(order.actor);
      if (person.kind === 'unavailable')
        return { kind: 'later', retryAfterMs: person.retryAfterMs };
      const reach = person.kind === 'ok' ? reachOf('private', person.value) : 'none';
      if (attached.some(({ owner }) => reaches(reach, order.actor, owner))) display.restore();
    }
    return { kind: 'done', reply: await display.status() };
  }

  async #guarded(
    verb: GuardedVerb,
    order: Order,
    visit: Visit,
    attached: readonly Preview[],
  ): Promise<Outcome> {
    const person = await visit.person(order.actor);
    if (person.kind === 'unavailable') return { kind: 'later', retryAfterMs: person.retryAfterMs };
    const reach = person.kind === 'ok' ? reachOf(verb, person.value) : 'none';
    const reached = attached.filter(({ owner }) => reaches(reach, order.actor, owner));
    const denied: Outcome = { kind: 'refused', reply: denialOf(verb) };
    if (reach === 'none' || (reach === 'own' && reached.length === 0)) return denied;
    const { command } = order;
    // Whatever it is now: when the comment was written there was nothing that it could be about.
    if (order.atClosed && verb !== 'private') return refused(closed);
    switch (command.verb) {
      case 'public':
        return this.#public(order, command, visit, reached);
      case 'private':
        return this.#private(order, reach, reached);
      case 'remove':
        return this.#remove(order, reach, reached);
      case 'extend':
        return this.#extend(order, command.forMs ?? defaultExtendMs, reached);
      case 'allow':
        return this.#allow(order, command, reached);
      case 'disallow':
        return this.#allow(order, { login: command.login, forMs: 0 }, reached);
      default:
        return denied;
    }
  }

  /** Holds for the head of now, if that is what its writer meant. */
  #public(
    order: Order,
    { forMs = defaultPublicMs, sha }: { forMs: number | undefined; sha: string | undefined },
    visit: Visit,
    reached: readonly Preview[],
  ): Outcome {
    const head = visit.pull.head.sha;
    const holds = this.#isMeant(order, sha, visit);
    const added: AccessOrder = {
      ...accessOrderOf(order, 'all'),
      access: 'public',
      state: holds ? 'holds' : 'waits',
      untilMs: order.createdMs + forMs,
      spelt: sha !== undefined,
      sha: head,
    };
    if (!reached.some((preview) => covers(added, preview))) return refused(noPreviews);
    this.#services.accessOrders.add(added);
    return holds ? { kind: 'done' } : refused(confirmText(head));
  }

  /** Threat 48. */
  #isMeant({ createdMs }: Order, sha: string | undefined, { pull, isFork }: Visit): boolean {
    const { heads } = this.#services;
    const { head } = pull;
    if (sha === undefined) {
      return !isFork && heads.wasSeenBefore(head.sha, createdMs, head.repository?.pushedMs);
    }
    if (isFork && sha.length < wholeShaCharacters) return false;
    return head.sha.startsWith(sha) && !heads.wasPushedSince(head.sha, createdMs);
  }

  #private(order: Order, reach: Reach, reached: readonly Preview[]): Outcome {
    this.#services.accessOrders.add({
      ...accessOrderOf(order, reach),
      access: 'private',
      state: 'holds',
      untilMs: 0,
      spelt: false,
      sha: '',
    });
    return reached.length === 0 ? refused(noPreviews) : { kind: 'done' };
  }

  #remove(order: Order, reach: Reach, reached: readonly Preview[]): Outcome {
    const owner = reach === 'own' ? order.actor : undefined;
    this.#services.removals.add(order.createdMs, byComment(order), owner);
    return reached.length === 0 ? refused(noPreviews) : { kind: 'done' };
  }

  #extend(order: Order, forMs: number, reached: readonly Preview[]): Promise<Outcome> {
    const untilMs = order.createdMs + forMs;
    return each(olderThan(order, reached), ({ label }) =>
      this.#services.previews.extend(label, untilMs, byComment(order)),
    );
  }

  /** `forMs` 0: nobody is let in any more. */
  async #allow(
    order: Order,
    { login, forMs = defaultAllowMs }: { login: string; forMs: number | undefined },
    reached: readonly Preview[],
  ): Promise<Outcome> {
    const { github, previews } = this.#services;
    const found = await github.user(login);
    if (found.kind === 'unavailable') return { kind: 'later', retryAfterMs: found.retryAfterMs };
    if (found.kind !== 'ok') return refused('GitHub knows nobody of that name.');
    if (!this.#isLastAbout(found.value, order)) return { kind: 'done' };
    const by = byComment(order);
    const outcome = await each(olderThan(order, reached), ({ label }) =>
      forMs === 0
        ? previews.revokeAllow(label, found.value.id, by)
        : previews.allow(label, found.value, order.createdMs + forMs, by),
    );
    if (outcome.kind !== 'later') this.#noteAbout(found.value, order);
    return outcome;
  }

  /** Of several words about one person the last comment's counts, whichever came first (threat 45). */
  #isLastAbout({ id }: Account, { commentId }: Order): boolean {
    const [row] = this.#services.store.all(
      'SELECT comment_id FROM allowances WHERE user_id = ?',
      id,
    );
    return row === undefined || Number(row.comment_id) <= commentId;
  }

  #noteAbout({ id }: Account, { commentId }: Order): void {
    this.#services.store.run('INSERT OR REPLACE INTO allowances VALUES (?, ?)', id, commentId);
  }
}

function refused(reply: string): Outcome {
  return { kind: 'refused', reply };
}

function byComment({ actor, commentId }: OrderOf<string>): Actor {
  return { kind: 'comment', user: actor, commentId };
}

function olderThan({ createdMs }: Order, previews: readonly Preview[]): readonly Preview[] {
  return previews.filter(({ sinceMs }) => sinceMs < createdMs);
}

async function each(
  previews: readonly Preview[],
  change: (preview: Preview) => Promise<Changed>,
): Promise<Outcome> {
  if (previews.length === 0) return refused(noPreviews);
  const reasons = new Set<string>();
  for (const preview of previews) {
    const changed = await change(preview);
    if (changed.kind === 'unavailable')
      return { kind: 'later', retryAfterMs: changed.retryAfterMs };
    if (changed.kind === 'forbidden') reasons.add('That is not allowed here.');
    if (changed.kind === 'refused') reasons.add(changed.reason);
  }
  return reasons.size === 0 ? { kind: 'done' } : refused([...reasons].join(' '));
}
