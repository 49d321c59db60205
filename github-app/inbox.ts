/**
 * Events that wait for their turn, kept until they have been worked on: what was taken is answered
 * with 202, and GitHub sends nothing twice by itself.
 */
import type { PullEvent } from './events.ts';
import type { Clock, Row, Store } from './ports.ts';

/** GitHub redelivers for 3 days, its Enterprise Server for 7. */
export const deliveryMemoryMs = 8 * 24 * 3_600_000;
/** Webhooks come in swarms; those of this time are worked on with one look at GitHub. */
export const gatherMs = 250;
/** Between two looks, while webhooks keep coming. */
export const betweenMs = 1_000;
/** A thousand comments within a breath are an attack; a later redelivery finds room. */
export const maxWaiting = 1000;
/** Worked on with one look at GitHub. */
const maxAtOnce = 100;
/** With the pauses between them some hours. */
export const maxAttempts = 20;
const maxPauseMs = 20 * 60_000;

/** `seen`: it came before. `full`: answer with an error, so that it can be redelivered. */
export type Received = 'queued' | 'seen' | 'full';

export interface Waiting {
  id: number;
  event: PullEvent;
  attempts: number;
}

export class Inbox {
  readonly #store: Store;
  readonly #clock: Clock;
  #takenMs = -Infinity;

  constructor(store: Store, clock: Clock) {
    this.#store = store;
    this.#clock = clock;
  }

  /** `guid`: of the delivery; undefined: it was none. */
  receive(event: PullEvent, guid: string | undefined, delayMs: number = gatherMs): Received {
    return this.#store.transaction(() => {
      if (guid !== undefined && this.#knows('deliveries WHERE guid = ?', guid)) return 'seen';
      if (event.kind === 'command' && this.#isRepeated(event.order.commentId)) return 'seen';
      const [row] = this.#store.all('SELECT COUNT(*) AS count FROM inbox');
      if (Number(row?.count) >= maxWaiting) return 'full';
      const nowMs = this.#clock.nowMs();
      if (guid !== undefined) {
        this.#store.run('INSERT INTO deliveries VALUES (?, ?)', guid, nowMs);
      }
      this.#store.run('DELETE FROM deliveries WHERE at_ms < ?', nowMs - deliveryMemoryMs);
      this.#store.run(
        'INSERT INTO inbox (event, due_ms, attempts) VALUES (?, ?, 0)',
        JSON.stringify(event),
        Math.max(nowMs + delayMs, this.#takenMs + betweenMs),
      );
      return 'queued';
    });
  }

  /** Those whose time has come, with those just gathered; commands in the order of their comments. */
  due(): Waiting[] {
    const nowMs = this.#clock.nowMs();
    if ((this.nextDueMs() ?? Infinity) > nowMs) return [];
    this.#takenMs = nowMs;
    const rows = this.#store.all(
      `SELECT * FROM inbox WHERE due_ms <= ? OR (attempts = 0 AND due_ms <= ?)
        ORDER BY id LIMIT ?`,
      nowMs,
      nowMs + gatherMs,
      maxAtOnce,
    );
    const orderOf = ({ event }: Waiting): number =>
      event.kind === 'command' ? event.order.commentId : 0;
    return rows.map(waitingOf).toSorted((left, right) => orderOf(left) - orderOf(right));
  }

  /** Whether a look at GitHub is planned. */
  get willLook(): boolean {
    return this.#knows('inbox WHERE event = ?', JSON.stringify({ kind: 'look' }));
  }

  nextDueMs(): number | undefined {
    const [row] = this.#store.all('SELECT MIN(due_ms) AS due_ms FROM inbox');
    return typeof row?.due_ms === 'number' ? row.due_ms : undefined;
  }

  done({ id }: Waiting): void {
    this.#store.run('DELETE FROM inbox WHERE id = ?', id);
  }

  /** Later again. False: it was tried often enough and is forgotten. */
  postpone({ id, attempts }: Waiting, retryAfterMs: number): boolean {
    if (attempts + 1 >= maxAttempts) {
      this.#store.run('DELETE FROM inbox WHERE id = ?', id);
      return false;
    }
    this.#store.run(
      'UPDATE inbox SET attempts = attempts + 1, due_ms = ? WHERE id = ?',
      this.#clock.nowMs() + Math.ceil(pauseAfter(attempts, retryAfterMs)),
      id,
    );
    return true;
  }

  /** One comment is one order, whatever delivery it comes by (threat 44). */
  #isRepeated(commentId: number): boolean {
    if (this.#knows('orders WHERE comment_id = ?', commentId)) return true;
    this.#store.run('INSERT INTO orders VALUES (?)', commentId);
    return false;
  }

  #knows(where: string, value: string | number): boolean {
    return this.#store.all(`SELECT 1 AS found FROM ${where}`, value).length > 0;
  }
}

/** Longer after each failure, and never shorter than was asked for. `failures`: before the last one. */
export function pauseAfter(failures: number, retryAfterMs: number): number {
  return Math.max(retryAfterMs, Math.min(1000 * 2 ** failures, maxPauseMs));
}

function waitingOf(row: Row): Waiting {
  return {
    id: Number(row.id),
    event: JSON.parse(String(row.event)) as PullEvent,
    attempts: Number(row.attempts),
  };
}
