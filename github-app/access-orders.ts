/**
 * What comments have said about access, in the order of the comments, whenever they arrived (threat
 * 45). What holds for a preview follows from all of them together, so no order of arrival matters.
 */
import type { Reach } from './authorize.ts';
import type { Access, Account, Order, Preview, Row, Store } from './ports.ts';

/**
 * `holds`. `waits`: the commit has to be spelt out; without effect. `over`: the head is another one
 * than the order was for; private.
 */
export type OrderState = 'holds' | 'waits' | 'over';

export interface AccessOrder {
  commentId: number;
  access: Access;
  state: OrderState;
  actor: Account;
  /** Only the previews that the actor owns. */
  own: boolean;
  /** In whole seconds: within one of them nothing tells what was first. */
  createdMs: number;
  /** Of `public`; 0 otherwise. */
  untilMs: number;
  /** Whether the comment names the commit. */
  spelt: boolean;
  /** `public` holds for this head only; '' otherwise. */
  sha: string;
}

const secondMs = 1000;

/** Whether the order is about the preview, which may be younger, or have been closed by hand since. */
export function covers(order: AccessOrder, preview: Preview): boolean {
  if (order.own && preview.owner.id !== order.actor.id) return false;
  if (order.access === 'private') return preview.sinceMs < order.createdMs + secondMs;
  return (
    preview.sinceMs < order.createdMs &&
    (preview.madePrivateMs === undefined || preview.madePrivateMs < order.createdMs)
  );
}

export class AccessOrders {
  readonly #store: Store;

  constructor(store: Store) {
    this.#store = store;
  }

  add(order: AccessOrder): void {
    this.#store.run(
      'INSERT OR IGNORE INTO access_orders VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)',
      order.commentId,
      order.access,
      order.state,
      order.actor.id,
      order.actor.login,
      order.own ? 1 : 0,
      order.createdMs,
      order.untilMs,
      order.spelt ? 1 : 0,
      order.sha,
    );
  }

  /** Newest first. */
  all(): AccessOrder[] {
    return this.#store.all('SELECT * FROM access_orders ORDER BY comment_id DESC').map(orderOf);
  }

  /** Whether an order for the head of now lets everybody in. */
  isOpen(nowMs: number): boolean {
    const sql = "SELECT 1 AS found FROM access_orders WHERE state = 'holds' AND until_ms > ?";
    return this.#store.all(sql, nowMs).length > 0;
  }

  /** Ends what was ordered for another head than this one. */
  keepOnly(sha: string): void {
    this.#endWhere('sha <> ?', sha);
  }

  /**
   * There was a push at `atMs`: ends what was ordered for the head before it or after it, unless that
   * was later; without the commit spelt out, later by more than the margin.
   */
  endAround(push: { before: string; after: string; atMs: number; marginMs: number }): void {
    const { before, after, atMs, marginMs } = push;
    this.#endWhere(
      'sha IN (?, ?) AND created_ms - (CASE spelt WHEN 1 THEN 0 ELSE ? END) <= ?',
      before,
      after,
      marginMs,
      atMs,
    );
  }

  endAll(): void {
    this.#endWhere('1 = 1');
  }

  #endWhere(condition: string, ...values: (string | number)[]): void {
    this.#store.run(
      `UPDATE access_orders SET state = 'over'
        WHERE access = 'public' AND state = 'holds' AND ${condition}`,
      ...values,
    );
  }
}

/** The last order that counts for the preview. `orders`: newest first. */
export function lastFor(orders: readonly AccessOrder[], preview: Preview): AccessOrder | undefined {
  return orders.find((order) => order.state !== 'waits' && covers(order, preview));
}

/** The last `public` that does not hold since its commit is not certain, and that nobody overruled. */
export function waitingOrder(
  orders: readonly AccessOrder[],
  previews: readonly Preview[],
  nowMs: number,
): AccessOrder | undefined {
  const last = previews.flatMap((preview) => orders.find((order) => covers(order, preview)) ?? []);
  return last
    .filter(
      ({ access, state, untilMs }) => access === 'public' && state !== 'holds' && untilMs > nowMs,
    )
    .toSorted((left, right) => right.commentId - left.commentId)[0];
}

export function accessOrderOf(
  { commentId, createdMs, actor }: Order,
  reach: Reach,
): Pick<AccessOrder, 'commentId' | 'createdMs' | 'actor' | 'own'> {
  return { commentId, createdMs, actor, own: reach === 'own' };
}

function orderOf(row: Row): AccessOrder {
  return {
    commentId: Number(row.comment_id),
    access: row.access === 'public' ? 'public' : 'private',
    state: row.state === 'holds' || row.state === 'waits' ? row.state : 'over',
    actor: { id: Number(row.actor_id), login: String(row.actor_login) },
    own: row.own === 1,
    createdMs: Number(row.created_ms),
    untilMs: Number(row.until_ms),
    spelt: row.spelt === 1,
    sha: String(row.sha),
  };
}
