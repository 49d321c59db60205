/** Previews of this shard that are over: why, since when, and by whose word, for those who ask later. */
import type { Clock, Sql } from '../ports.ts';
import { migrate } from '../schema.ts';
import type { Ending, EndReason } from './calls.ts';

const steps = [
  [
    `CREATE TABLE endings (
      label TEXT PRIMARY KEY, reason TEXT NOT NULL, ended_by TEXT, ended_ms INTEGER NOT NULL)`,
    'CREATE INDEX endings_by_time ON endings (ended_ms)',
  ],
];

/** Whoever was away for longer has to do without. */
export const rememberMs = 90 * 24 * 3_600_000;

export class Endings {
  readonly #sql: Sql;
  readonly #clock: Clock;

  constructor({ sql, clock }: { sql: Sql; clock: Clock }) {
    this.#sql = sql;
    this.#clock = clock;
    migrate(sql, steps, 'endings');
  }

  /** `by`: a login, or what stands for one; undefined: nobody's word. */
  note(label: string, reason: EndReason, by: string | undefined): void {
    const nowMs = this.#clock.nowMs();
    this.#sql.run('DELETE FROM endings WHERE ended_ms < ?', nowMs - rememberMs);
    const sql = 'INSERT OR REPLACE INTO endings VALUES (?, ?, ?, ?)';
    this.#sql.run(sql, label, reason, by ?? null, nowMs);
  }

  of(label: string): Ending | undefined {
    const [row] = this.#sql.all('SELECT * FROM endings WHERE label = ?', label);
    if (!row) return undefined;
    return {
      reason: row.reason as EndReason,
      atMs: Number(row.ended_ms),
      ...(typeof row.ended_by === 'string' ? { by: row.ended_by } : {}),
    };
  }
}
