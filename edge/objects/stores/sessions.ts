/** On which preview hosts a login has a session: those are told when it ends. */
import type { StoreServices } from './services.ts';

export const steps = [
  [
    `CREATE TABLE sessions (
      sid TEXT NOT NULL, label TEXT NOT NULL, until_ms INTEGER NOT NULL,
      PRIMARY KEY (sid, label))`,
    'CREATE INDEX sessions_by_end ON sessions (until_ms)',
  ],
];

/** A preview host and what ends there. */
export interface Place {
  label: string;
  sids: string[];
  /** When the last of them would have ended anyway. */
  untilMs: number;
}

export class Sessions {
  readonly #services: Pick<StoreServices, 'sql' | 'clock'>;

  constructor(services: Pick<StoreServices, 'sql' | 'clock'>) {
    this.#services = services;
  }

  /** `untilMs`: when the login ends. */
  remember(sid: string, label: string, untilMs: number): void {
    const { sql } = this.#services;
    sql.run('INSERT OR REPLACE INTO sessions VALUES (?, ?, ?)', sid, label, untilMs);
  }

  /** Where these logins have sessions; they are forgotten with that. */
  take(sids: readonly string[]): Place[] {
    const { sql } = this.#services;
    const places = new Map<string, Place>();
    for (const sid of sids) {
      for (const row of sql.all('SELECT label, until_ms FROM sessions WHERE sid = ?', sid)) {
        const label = String(row.label);
        const place = places.get(label) ?? { label, sids: [], untilMs: 0 };
        place.sids.push(sid);
        place.untilMs = Math.max(place.untilMs, Number(row.until_ms));
        places.set(label, place);
      }
      sql.run('DELETE FROM sessions WHERE sid = ?', sid);
    }
    return [...places.values()];
  }

  clean(): void {
    const { sql, clock } = this.#services;
    sql.run('DELETE FROM sessions WHERE until_ms <= ?', clock.nowMs());
  }
}
