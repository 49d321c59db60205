/** Which organisation a token belongs to: its id alone does not tell. */
import type { StoreServices } from './services.ts';
import { maxTokenLifeS } from './token-record.ts';

export const steps = [
  [
    `CREATE TABLE token_homes (
      id TEXT PRIMARY KEY, organisation_id INTEGER NOT NULL, user_id INTEGER,
      placed_ms INTEGER NOT NULL)`,
    'CREATE INDEX token_homes_by_user ON token_homes (user_id)',
    'CREATE INDEX token_homes_by_time ON token_homes (placed_ms)',
  ],
];

/** Longer lives no token, unless it is given a new secret; then it is placed again. */
export const homeLifeMs = maxTokenLifeS * 1000;

export class TokenHomes {
  readonly #services: Pick<StoreServices, 'sql' | 'clock'>;

  constructor(services: Pick<StoreServices, 'sql' | 'clock'>) {
    this.#services = services;
  }

  /** `userId`: who made it. @throws Error when another organisation has a token of that id */
  place(id: string, organisationId: number, userId: number | undefined): void {
    const { sql, clock } = this.#services;
    const home = this.of(id);
    if (home !== undefined && home !== organisationId) {
      throw new Error(`the token ${id} is another organisation’s`);
    }
    sql.run(
      'INSERT OR REPLACE INTO token_homes VALUES (?, ?, ?, ?)',
      id,
      organisationId,
      userId ?? null,
      clock.nowMs(),
    );
  }

  of(id: string): number | undefined {
    const { sql } = this.#services;
    const [row] = sql.all('SELECT organisation_id FROM token_homes WHERE id = ?', id);
    return row && Number(row.organisation_id);
  }

  organisationsOf(userId: number): number[] {
    const { sql } = this.#services;
    return sql
      .all('SELECT DISTINCT organisation_id FROM token_homes WHERE user_id = ?', userId)
      .map((row) => Number(row.organisation_id));
  }

  drop(id: string): void {
    this.#services.sql.run('DELETE FROM token_homes WHERE id = ?', id);
  }

  clean(): void {
    const { sql, clock } = this.#services;
    sql.run('DELETE FROM token_homes WHERE placed_ms <= ?', clock.nowMs() - homeLifeMs);
  }
}
