/**
 * Logins on the app host. The cookie holds a secret that is kept as a keyed hash; sessions on preview
 * hosts name the login by its id, which is no secret and opens nothing (threats 7, 14, 50).
 */
import { identifierPattern, randomIdentifier } from '../../gate/base62.ts';
import { isSecret, randomSecret } from '../../gate/digest.ts';
import type { Identity } from '../../github/oauth.ts';
import type { Row } from '../../ports.ts';
import type { Account } from '../calls.ts';
import { hashesOf, type StoreServices } from './services.ts';

export const steps = [
  [
    `CREATE TABLE logins (
      id TEXT PRIMARY KEY, hash TEXT NOT NULL UNIQUE,
      user_id INTEGER NOT NULL, user_login TEXT NOT NULL, organisations TEXT NOT NULL,
      created_ms INTEGER NOT NULL, until_ms INTEGER NOT NULL, ended_ms INTEGER)`,
    'CREATE INDEX logins_by_user ON logins (user_id, created_ms)',
    'CREATE INDEX logins_by_end ON logins (until_ms)',
  ],
];

/** From its beginning, whatever happens (design §4). */
export const loginLifeMs = 12 * 3_600_000;
/** Browsers of one person; one more ends the oldest. */
export const maxLoginsPerUser = 50;

export interface Login {
  /** The `sid` of sessions and codes. */
  id: string;
  user: Account;
  /** That the person's own token reached at the login (threat 35). */
  organisations: Identity['organisations'];
  createdMs: number;
  untilMs: number;
}

const live = 'ended_ms IS NULL AND until_ms > ?';

export class Logins {
  readonly #services: StoreServices;

  constructor(services: StoreServices) {
    this.#services = services;
  }

  /**
   * Always a new secret: what the browser sent before counts for nothing (threat 7). `ended`: the ids
   * of those that had to make room.
   */
  async begin({
    user,
    organisations,
  }: Identity): Promise<{ secret: string; login: Login; ended: string[] }> {
    const { sql, clock, random, tokenHash } = this.#services;
    const secret = randomSecret(random);
    const id = randomIdentifier(random);
    const hash = await tokenHash.of(secret);
    const createdMs = clock.nowMs();
    const login = { id, user, organisations, createdMs, untilMs: createdMs + loginLifeMs };
    const ended = sql.transaction(() => {
      this.clean();
      const surplus = this.list(user.id).slice(maxLoginsPerUser - 1);
      for (const oldest of surplus) this.end(oldest.id);
      sql.run(
        'INSERT INTO logins VALUES (?, ?, ?, ?, ?, ?, ?, NULL)',
        id,
        hash,
        user.id,
        user.login,
        JSON.stringify(organisations),
        createdMs,
        login.untilMs,
      );
      return surplus.map((oldest) => oldest.id);
    });
    return { secret, login, ended };
  }

  /** The live login of a cookie's value. */
  async find(secret: string): Promise<Login | undefined> {
    if (!isSecret(secret)) return undefined;
    const hashes = await hashesOf(this.#services, secret);
    const { sql, clock } = this.#services;
    for (const hash of hashes) {
      const [row] = sql.all(`SELECT * FROM logins WHERE hash = ? AND ${live}`, hash, clock.nowMs());
      if (!row) continue;
      if (hash !== hashes[0]) {
        sql.run('UPDATE logins SET hash = ? WHERE id = ?', hashes[0], String(row.id));
      }
      return loginOf(row);
    }
    return undefined;
  }

  /** The live login of that id. A restart loses none; what is not found has ended. */
  byId(id: string): Login | undefined {
    if (!identifierPattern.test(id)) return undefined;
    const { sql, clock } = this.#services;
    const [row] = sql.all(`SELECT * FROM logins WHERE id = ? AND ${live}`, id, clock.nowMs());
    return row && loginOf(row);
  }

  /** Live ones, newest first. */
  list(userId: number): Login[] {
    const { sql, clock } = this.#services;
    return sql
      .all(
        `SELECT * FROM logins WHERE user_id = ? AND ${live} ORDER BY created_ms DESC, id`,
        userId,
        clock.nowMs(),
      )
      .map(loginOf);
  }

  /** False: it had ended already. */
  end(id: string): boolean {
    return this.#endWhere('id = ?', id).length > 0;
  }

  /** Returns the ids of those that were live. */
  endAllOf(userId: number): string[] {
    return this.#endWhere('user_id = ?', userId);
  }

  /** Everybody's: the installation is gone. Returns the ids of those that were live. */
  endAll(): string[] {
    return this.#endWhere('TRUE');
  }

  clean(): void {
    const { sql, clock } = this.#services;
    sql.run('DELETE FROM logins WHERE until_ms <= ?', clock.nowMs());
  }

  #endWhere(condition: string, ...values: (string | number)[]): string[] {
    const { sql, clock } = this.#services;
    const nowMs = clock.nowMs();
    return sql.transaction(() => {
      const rows = sql.all(
        `SELECT id FROM logins WHERE ${condition} AND ${live}`,
        ...values,
        nowMs,
      );
      sql.run(
        `UPDATE logins SET ended_ms = ? WHERE ${condition} AND ended_ms IS NULL`,
        nowMs,
        ...values,
      );
      return rows.map((row) => String(row.id));
    });
  }
}

function loginOf(row: Row): Login {
  return {
    id: String(row.id),
    user: { id: Number(row.user_id), login: String(row.user_login) },
    organisations: JSON.parse(String(row.organisations)) as Identity['organisations'],
    createdMs: Number(row.created_ms),
    untilMs: Number(row.until_ms),
  };
}
