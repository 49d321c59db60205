/**
 * The one-time codes that carry a login to a preview host (`edge/gate/code.ts`). Of two redemptions
 * one wins; the other is told that it is a replay, so that the login behind it can be ended (threat 5).
 */
import type { CodeRecord } from '../../gate/code.ts';
import type { StoreServices } from './services.ts';

export const steps = [
  [
    `CREATE TABLE login_codes (
      hash TEXT PRIMARY KEY, sid TEXT NOT NULL, record TEXT NOT NULL,
      expires_ms INTEGER NOT NULL, used_ms INTEGER)`,
    'CREATE INDEX login_codes_by_expiry ON login_codes (expires_ms)',
    'CREATE INDEX login_codes_by_login ON login_codes (sid)',
  ],
];

/** How long after its expiry a used code is still known for a replay. */
export const replayMemoryMs = 10 * 60_000;
/** Codes of one login that are kept; a browser that opens tab after tab loses the oldest. */
export const maxCodesPerLogin = 200;

export type Consumed<T> =
  /** To be asked `redeems` about: the code may have expired. */
  | { kind: 'first'; record: T }
  /** End the login `sid`: somebody has a copy. */
  | { kind: 'replay'; sid: string }
  | { kind: 'unknown' };

/** `T`: what is kept with a code; plain data, as JSON has it. */
export class LoginCodes<T extends CodeRecord = CodeRecord> {
  readonly #services: Pick<StoreServices, 'sql' | 'clock'>;

  constructor(services: Pick<StoreServices, 'sql' | 'clock'>) {
    this.#services = services;
  }

  /** `hash`: of `makeCode`. */
  store(hash: string, record: T): void {
    const { sql } = this.#services;
    const { sid, expiresMs } = record;
    sql.transaction(() => {
      this.clean();
      sql.run(
        `DELETE FROM login_codes WHERE sid = ? AND hash NOT IN
          (SELECT hash FROM login_codes WHERE sid = ? ORDER BY expires_ms DESC LIMIT ?)`,
        sid,
        sid,
        maxCodesPerLogin - 1,
      );
      sql.run(
        'INSERT INTO login_codes VALUES (?, ?, ?, ?, NULL)',
        hash,
        sid,
        JSON.stringify(record),
        expiresMs,
      );
    });
  }

  /** Uses the code up, right or wrong as the attempt may turn out. `hash`: of `codeHash`. */
  consume(hash: string): Consumed<T> {
    const { sql, clock } = this.#services;
    return sql.transaction((): Consumed<T> => {
      const [row] = sql.all('SELECT * FROM login_codes WHERE hash = ?', hash);
      if (!row) return { kind: 'unknown' };
      if (row.used_ms !== null) return { kind: 'replay', sid: String(row.sid) };
      sql.run('UPDATE login_codes SET used_ms = ? WHERE hash = ?', clock.nowMs(), hash);
      return { kind: 'first', record: JSON.parse(String(row.record)) as T };
    });
  }

  clean(): void {
    const { sql, clock } = this.#services;
    const nowMs = clock.nowMs();
    sql.run('DELETE FROM login_codes WHERE expires_ms <= ? AND used_ms IS NULL', nowMs);
    sql.run('DELETE FROM login_codes WHERE expires_ms <= ?', nowMs - replayMemoryMs);
  }
}
