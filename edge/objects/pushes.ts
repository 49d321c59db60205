/**
 * What is on its way to other objects, mostly withdrawals. A push is written down in the transaction of the change
 * that it is about, and stays until it has arrived: neither a crash nor an object that is away loses it.
 */
import type { Clock, Log, Row, Sql } from '../ports.ts';
import type { Withdrawal } from './calls.ts';

export const steps = [
  [
    `CREATE TABLE pushes (
      id INTEGER PRIMARY KEY AUTOINCREMENT, target TEXT NOT NULL, subject TEXT NOT NULL,
      what TEXT NOT NULL, tries INTEGER NOT NULL, next_ms INTEGER NOT NULL, until_ms INTEGER,
      UNIQUE (target, subject))`,
    'CREATE INDEX pushes_by_time ON pushes (next_ms)',
  ],
];

/** After the first failure; doubled by each one more. */
export const firstRetryMs = 5_000;
export const longestRetryMs = 5 * 60_000;

/** Not yet arrived. `target`: whom it is for, as `send` knows it. */
export interface Push<What = Withdrawal> {
  id: number;
  target: string;
  what: What;
}

export interface PushServices<What> {
  sql: Sql;
  clock: Clock;
  log: Log;
  /** undefined: there is no such target, and nothing to do. */
  send(target: string, what: What): Promise<void> | undefined;
  /** Of two of the same subject the later one says it all. */
  subjectOf(what: What): string;
  /** `nextMs` may have changed. */
  onChange(): void;
}

export class Pushes<What extends { kind: string } = Withdrawal> {
  readonly #services: PushServices<What>;

  constructor(services: PushServices<What>) {
    this.#services = services;
  }

  /**
   * To be called in the transaction of the change; then `deliver`. `untilMs`: nobody needs it from then
   * on. A former push of the same to the same target is replaced.
   */
  add(targets: readonly string[], what: What, untilMs?: number): Push<What>[] {
    const { sql, clock, subjectOf, onChange } = this.#services;
    const subject = subjectOf(what);
    const pushes = targets.map((target) => {
      const [row] = sql.all(
        `INSERT OR REPLACE INTO pushes (target, subject, what, tries, next_ms, until_ms)
          VALUES (?, ?, ?, 0, ?, ?) RETURNING id`,
        target,
        subject,
        JSON.stringify(what),
        clock.nowMs() + firstRetryMs,
        untilMs ?? null,
      );
      return { id: Number(row?.id), target, what };
    });
    if (pushes.length > 0) onChange();
    return pushes;
  }

  /** All at once. Returns those that did not arrive: they are tried again when `nextMs` has come. */
  async deliver(pushes: readonly Push<What>[]): Promise<Push<What>[]> {
    const arrived = await Promise.all(pushes.map((push) => this.#send(push)));
    if (pushes.length > 0) this.#services.onChange();
    return pushes.filter((_, index) => !arrived[index]);
  }

  /** @throws Error when one did not arrive, which is tried again all the same */
  async deliverAll(pushes: readonly Push<What>[]): Promise<void> {
    const failed = await this.deliver(pushes);
    if (failed.length === 0) return;
    const targets = failed.map(({ target }) => target).join(', ');
    throw new Error(`what was withdrawn has not reached ${targets}; it is tried again`);
  }

  /** Tries again what is due. */
  async retry(): Promise<void> {
    const { sql, clock } = this.#services;
    const nowMs = clock.nowMs();
    sql.run('DELETE FROM pushes WHERE until_ms <= ?', nowMs);
    await this.deliver(
      sql
        .all('SELECT * FROM pushes WHERE next_ms <= ? ORDER BY id', nowMs)
        .map((row) => pushOf<What>(row)),
    );
  }

  /** The target is gone. */
  forget(target: string): void {
    this.#services.sql.run('DELETE FROM pushes WHERE target = ?', target);
  }

  /** When to call `retry`; Infinity: nothing is on its way. */
  get nextMs(): number {
    const [row] = this.#services.sql.all('SELECT MIN(next_ms) AS next_ms FROM pushes');
    return typeof row?.next_ms === 'number' ? row.next_ms : Infinity;
  }

  async #send({ id, target, what }: Push<What>): Promise<boolean> {
    const { sql, log, send } = this.#services;
    try {
      await send(target, what);
    } catch (error) {
      log.warn({ target, what: what.kind, error: String(error) }, 'a push has not arrived');
      this.#postpone(id);
      return false;
    }
    sql.run('DELETE FROM pushes WHERE id = ?', id);
    return true;
  }

  #postpone(id: number): void {
    const { sql, clock } = this.#services;
    const [row] = sql.all('SELECT tries FROM pushes WHERE id = ?', id);
    if (!row) return;
    const tries = Number(row.tries);
    sql.run(
      'UPDATE pushes SET tries = ?, next_ms = ? WHERE id = ?',
      tries + 1,
      clock.nowMs() + Math.min(firstRetryMs * 2 ** tries, longestRetryMs),
      id,
    );
  }
}

/** For pushes of withdrawals. */
export function subjectOfWithdrawal(what: Withdrawal): string {
  switch (what.kind) {
    case 'person':
      return `person ${what.userId}`;
    case 'logins':
      return `logins ${what.sids.join(' ')}`;
    case 'token':
      return `token ${what.id}`;
    case 'repository':
      return `repository ${what.repositoryId}`;
    case 'reader':
      return `reader ${what.userId} ${what.repositoryId ?? ''}`;
    case 'everybody':
    case 'policy':
      return what.kind;
  }
}

function pushOf<What>(row: Row): Push<What> {
  const what = JSON.parse(String(row.what)) as What;
  return { id: Number(row.id), target: String(row.target), what };
}
