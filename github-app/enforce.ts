/** Brings previews to what comments have ordered, each order once: what happens elsewhere later stays. */
import { lastFor, type AccessOrder } from './access-orders.ts';
import type { Access, Actor, Answer, AppServices, Preview, PullId } from './ports.ts';
import type { Removals } from './removals.ts';

export interface Enforced {
  /** By the comment that ordered it: why not. */
  refusals: ReadonlyMap<number, string>;
  /** A call failed; again after that time. undefined: all is as ordered. */
  retryAfterMs: number | undefined;
}

interface Wanted {
  order: AccessOrder;
  access: Access;
}

/** What to wait after a failure that names no time. */
const defaultRetryMs = 5_000;

export class Enforcement {
  readonly #services: Pick<AppServices, 'store' | 'previews' | 'log' | 'clock'>;

  constructor(services: Pick<AppServices, 'store' | 'previews' | 'log' | 'clock'>) {
    this.#services = services;
  }

  /** `orders`: newest first. */
  async apply(
    pull: PullId,
    orders: readonly AccessOrder[],
    removals: Removals,
  ): Promise<Answer<Enforced>> {
    const attached = await this.#services.previews.attached(pull);
    if (attached.kind !== 'ok') return attached;
    const refusals = new Map<number, string>();
    let retryAfterMs: number | undefined;
    for (const preview of attached.value) {
      const failedForMs =
        (await this.#remove(preview, removals)) ??
        (await this.#setAccess(preview, orders, refusals));
      if (failedForMs > 0) retryAfterMs = Math.max(retryAfterMs ?? 0, failedForMs);
    }
    return { kind: 'ok', value: { refusals, retryAfterMs } };
  }

  /** undefined: it stays. Otherwise what to wait before the next attempt, 0 when it is done. */
  async #remove(preview: Preview, removals: Removals): Promise<number | undefined> {
    const removedBy = removals.of(preview);
    if (!removedBy) return undefined;
    const removed = await this.#services.previews.remove(preview.label, removedBy);
    return removed.kind === 'ok' || removed.kind === 'gone' ? 0 : this.#failed(preview, removed);
  }

  async #setAccess(
    preview: Preview,
    orders: readonly AccessOrder[],
    refusals: Map<number, string>,
  ): Promise<number> {
    const wanted = this.#wanted(preview, orders);
    if (!wanted) return 0;
    const { order, access } = wanted;
    const { label } = preview;
    const changed = await this.#services.previews.setAccess(
      label,
      access === 'public' ? { access, untilMs: order.untilMs } : { access },
      actorOf(order),
    );
    if (changed.kind === 'unavailable' || changed.kind === 'forbidden') {
      return this.#failed(preview, changed);
    }
    if (changed.kind === 'refused') refusals.set(order.commentId, changed.reason);
    this.#services.store.run(
      'INSERT OR REPLACE INTO applied VALUES (?, ?, ?)',
      label,
      order.commentId,
      access,
    );
    return 0;
  }

  /** undefined: it is as it was ordered last. */
  #wanted(preview: Preview, orders: readonly AccessOrder[]): Wanted | undefined {
    const order = lastFor(orders, preview);
    if (!order) return undefined;
    const [row] = this.#services.store.all('SELECT * FROM applied WHERE label = ?', preview.label);
    const isOver = order.access === 'public' && order.untilMs <= this.#services.clock.nowMs();
    // The edge ends what it was told of by itself; an earlier order may last longer.
    if (isOver && (row?.access !== 'public' || row.comment_id === order.commentId))
      return undefined;
    const isPublic = order.access === 'public' && order.state === 'holds' && !isOver;
    const access = isPublic ? 'public' : 'private';
    const isApplied = row?.comment_id === order.commentId && row.access === access;
    return isApplied ? undefined : { order, access };
  }

  #failed({ label }: Preview, answer: { kind: string; retryAfterMs?: number }): number {
    this.#services.log.warn({ label, kind: answer.kind }, 'a preview could not be changed');
    return answer.retryAfterMs ?? defaultRetryMs;
  }
}

function actorOf({ state, sha, actor, commentId }: AccessOrder): Actor {
  if (state === 'over') return { kind: 'push', sha };
  return { kind: 'comment', user: actor, commentId };
}
