/**
 * Webhook deliveries that were applied. GitHub's signature covers the body only, so a replay may bring
 * any delivery id with it: both id and body are remembered (threat 44).
 */
import type { StoreServices } from './services.ts';

export const steps = [
  [
    `CREATE TABLE webhook_deliveries (
      guid TEXT PRIMARY KEY, body_hash TEXT NOT NULL, at_ms INTEGER NOT NULL)`,
    'CREATE INDEX webhook_deliveries_by_body ON webhook_deliveries (body_hash)',
    'CREATE INDEX webhook_deliveries_by_time ON webhook_deliveries (at_ms)',
  ],
];

/** GitHub redelivers for 3 days, and asks us to find out for how long; a week is room enough. */
export const deliveryMemoryMs = 7 * 24 * 3_600_000;
/** Of an organisation in a week; beyond it the oldest go, but never those of the last 3 days. */
export const maxDeliveries = 200_000;
const leastMemoryMs = 3 * 24 * 3_600_000;
const cleanEveryMs = 60_000;

/**
 * `same-delivery`: redelivered. `same-body`: under another id. Two removals of one person have the
 * same body, so what only takes access away is better applied again.
 */
export type Sighting = 'new' | 'same-delivery' | 'same-body';

export class SeenDeliveries {
  readonly #sql: StoreServices['sql'];
  readonly #clock: StoreServices['clock'];
  #cleanedMs = 0;

  constructor({ sql, clock }: Pick<StoreServices, 'sql' | 'clock'>) {
    this.#sql = sql;
    this.#clock = clock;
  }

  /** Changes nothing. `bodyHash`: SHA-256 of the body, hex. */
  look(guid: string, bodyHash: string): Sighting {
    const known = (column: 'guid' | 'body_hash', value: string): boolean =>
      this.#sql.all(
        `SELECT 1 AS found FROM webhook_deliveries WHERE ${column} = ? AND at_ms > ? LIMIT 1`,
        value,
        this.#clock.nowMs() - deliveryMemoryMs,
      ).length > 0;
    if (known('guid', guid)) return 'same-delivery';
    return known('body_hash', bodyHash) ? 'same-body' : 'new';
  }

  /**
   * Runs `work` for a new delivery and remembers it in the same transaction: work that throws may
   * be delivered again. With `evenSameBody` the body may have come before.
   */
  once(
    guid: string,
    bodyHash: string,
    work: () => void,
    { evenSameBody = false }: { evenSameBody?: boolean } = {},
  ): Sighting {
    return this.#sql.transaction(() => {
      const sighting = this.look(guid, bodyHash);
      if (sighting === 'same-delivery' || (sighting === 'same-body' && !evenSameBody)) {
        return sighting;
      }
      if (Math.abs(this.#clock.nowMs() - this.#cleanedMs) >= cleanEveryMs) this.clean();
      this.#sql.run(
        'INSERT OR REPLACE INTO webhook_deliveries VALUES (?, ?, ?)',
        guid,
        bodyHash,
        this.#clock.nowMs(),
      );
      work();
      return sighting;
    });
  }

  /** What followed from it failed after all: it may come again. */
  forget(guid: string): void {
    this.#sql.run('DELETE FROM webhook_deliveries WHERE guid = ?', guid);
  }

  clean(): void {
    const nowMs = this.#clock.nowMs();
    this.#cleanedMs = nowMs;
    this.#sql.run('DELETE FROM webhook_deliveries WHERE at_ms <= ?', nowMs - deliveryMemoryMs);
    const [row] = this.#sql.all('SELECT COUNT(*) AS count FROM webhook_deliveries');
    const surplus = Number(row?.count) - maxDeliveries;
    if (surplus <= 0) return;
    this.#sql.run(
      `DELETE FROM webhook_deliveries WHERE at_ms <= ? AND guid IN
        (SELECT guid FROM webhook_deliveries ORDER BY at_ms LIMIT ?)`,
      nowMs - leastMemoryMs,
      surplus,
    );
  }
}
