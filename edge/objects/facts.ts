/** Single numbers that an object must not forget: when it did something last, or does it next. */
import type { Sql } from '../ports.ts';

export const steps = [['CREATE TABLE facts (name TEXT PRIMARY KEY, value INTEGER NOT NULL)']];

export class Facts<Name extends string> {
  readonly #sql: Sql;

  constructor(sql: Sql) {
    this.#sql = sql;
  }

  get(name: Name): number | undefined {
    const [row] = this.#sql.all('SELECT value FROM facts WHERE name = ?', name);
    return typeof row?.value === 'number' ? row.value : undefined;
  }

  set(name: Name, value: number): void {
    this.#sql.run('INSERT OR REPLACE INTO facts VALUES (?, ?)', name, value);
  }
}

export const dayMs = 24 * 3_600_000;

/** The next time of day that is `id`’s own, so that not all ask GitHub at once. */
export function nextDailyMs(id: number, nowMs: number): number {
  // A prime near the golden section of the day: neighbours end up far apart.
  const offsetMs = (id % dayMs) * 53_395_001;
  const ownMs = offsetMs % dayMs;
  return (Math.floor((nowMs - ownMs) / dayMs) + 1) * dayMs + ownMs;
}
