/**
 * What `byway login` gets: a grant of a person for one machine. Its refresh token is replaced with
 * each use; one that was used before ends the grant, since two have a copy (RFC 9700 §4.14.2). One
 * retry of the token before is allowed until the new one was used: an answer may get lost.
 */
import { randomIdentifier } from '../../gate/base62.ts';
import { makeToken, parseToken } from '../../gate/token.ts';
import type { Row } from '../../ports.ts';
import type { Account } from '../calls.ts';
import { maxNameCharacters } from './name.ts';
import { grantIdOf, makeRefreshToken } from './refresh-token.ts';
import { hashesOf, isAmong, type StoreServices } from './services.ts';
import { scopesIn, type Scope } from './token-record.ts';

export const steps = [
  [
    `CREATE TABLE grants (
      id TEXT PRIMARY KEY, user_id INTEGER NOT NULL, user_login TEXT NOT NULL,
      scopes TEXT NOT NULL, device TEXT NOT NULL,
      created_ms INTEGER NOT NULL, used_ms INTEGER NOT NULL, until_ms INTEGER NOT NULL,
      hash TEXT NOT NULL, prev_hash TEXT, retried INTEGER NOT NULL DEFAULT 0)`,
    'CREATE INDEX grants_by_user ON grants (user_id, used_ms)',
    'CREATE INDEX grants_by_end ON grants (until_ms)',
    `CREATE TABLE grant_spent (
      hash TEXT PRIMARY KEY, grant_id TEXT NOT NULL, at_ms INTEGER NOT NULL)`,
    'CREATE INDEX grant_spent_by_grant ON grant_spent (grant_id, at_ms)',
    `CREATE TABLE grant_access (
      id TEXT PRIMARY KEY, grant_id TEXT NOT NULL, hash TEXT NOT NULL, expires_ms INTEGER NOT NULL)`,
    'CREATE INDEX grant_access_by_grant ON grant_access (grant_id, expires_ms)',
    'CREATE INDEX grant_access_by_expiry ON grant_access (expires_ms)',
    'CREATE TABLE grant_ended (id TEXT PRIMARY KEY, at_ms INTEGER NOT NULL)',
    'CREATE INDEX grant_ended_by_time ON grant_ended (at_ms)',
  ],
];

export const accessLifeMs = 3_600_000;
/** From the last refresh. */
export const refreshLifeMs = 30 * 24 * 3_600_000;
/** Machines of one person; one more ends the one that was used longest ago. */
export const maxGrantsPerUser = 50;
/** Access tokens of one grant that live at a time; one more ends the oldest. */
export const maxAccessPerGrant = 10;
/** Used refresh tokens that are known for reuse: one an hour for 30 days are 720. */
export const maxSpentPerGrant = 2000;
/** For how long a grant that was ended cannot begin: longer than any code lives. */
export const endedMemoryMs = 3_600_000;

export interface Grant {
  id: string;
  user: Account;
  scopes: readonly Scope[];
  /** As the machine calls itself. */
  device: string;
  createdMs: number;
  /** Of the last refresh. */
  usedMs: number;
  untilMs: number;
}

export type GrantWish = Pick<Grant, 'user' | 'scopes' | 'device'>;

/** The secrets, shown this once. */
export interface Issued {
  grant: Grant;
  accessToken: string;
  accessExpiresMs: number;
  refreshToken: string;
}

/** `invalid`: `invalid_grant` (RFC 6749 §5.2). `reused`: the same, and the grant has ended. */
export type Refreshed =
  | { kind: 'issued'; issued: Issued }
  | { kind: 'invalid' }
  | { kind: 'reused'; grantId: string; user: Account };

/** Tokens that are made and hashed, but known to nobody yet. */
export interface Fresh {
  grantId: string;
  refresh: { token: string; hash: string };
  access: { id: string; token: string; hash: string };
}

export class Grants {
  readonly #services: StoreServices;

  constructor(services: StoreServices) {
    this.#services = services;
  }

  /** Hashing waits, transactions must not: so tokens are made before it is known who gets them. */
  async prepare(grantId: string = randomIdentifier(this.#services.random)): Promise<Fresh> {
    const { random, tokenHash } = this.#services;
    const refresh = makeRefreshToken(grantId, random);
    const { id, token } = makeToken('bwu', random);
    const [refreshHash, hash] = await Promise.all([tokenHash.of(refresh), tokenHash.of(token)]);
    return { grantId, refresh: { token: refresh, hash: refreshHash }, access: { id, token, hash } };
  }

  /** Begins the grant of that id; undefined: it was ended before it began, or has begun. */
  async start(grantId: string, wish: GrantWish): Promise<Issued | undefined> {
    const fresh = await this.prepare(grantId);
    return this.mayBegin(grantId) ? this.begin(fresh, wish) : undefined;
  }

  mayBegin(grantId: string): boolean {
    const { sql } = this.#services;
    const rows = sql.all(
      'SELECT 1 AS found FROM grant_ended WHERE id = ? UNION ALL SELECT 1 FROM grants WHERE id = ?',
      grantId,
      grantId,
    );
    return rows.length === 0;
  }

  /** Ends a grant for good, also one that has yet to begin. */
  end(grantId: string): void {
    const { sql, clock } = this.#services;
    sql.transaction(() => {
      this.revoke(grantId);
      sql.run('INSERT OR REPLACE INTO grant_ended VALUES (?, ?)', grantId, clock.nowMs());
    });
  }

  /** A new grant with prepared tokens; synchronous, for the transaction that uses a code up. */
  begin(fresh: Fresh, { user, scopes, device }: GrantWish): Issued {
    const { sql, clock } = this.#services;
    const nowMs = clock.nowMs();
    return sql.transaction(() => {
      this.clean();
      for (const { id } of this.list(user.id).slice(maxGrantsPerUser - 1)) this.revoke(id);
      sql.run(
        'INSERT INTO grants VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, NULL, 0)',
        fresh.grantId,
        user.id,
        user.login,
        scopes.join(' '),
        device.slice(0, maxNameCharacters),
        nowMs,
        nowMs,
        nowMs + refreshLifeMs,
        fresh.refresh.hash,
      );
      return this.#issue(fresh);
    });
  }

  async refresh(token: string): Promise<Refreshed> {
    const id = grantIdOf(token);
    if (id === undefined || !this.find(id)) return { kind: 'invalid' };
    const [hashes, fresh] = await Promise.all([hashesOf(this.#services, token), this.prepare(id)]);
    const { sql, clock } = this.#services;
    const nowMs = clock.nowMs();
    return sql.transaction((): Refreshed => {
      const row = this.#row(id);
      if (!row) return { kind: 'invalid' };
      const isCurrent = isAmong(row.hash, hashes);
      const isRetry = isAmong(row.prev_hash, hashes) && row.retried === 0;
      if (!isCurrent && !isRetry) return this.#refuse(row, hashes);
      // A retry makes the token whose answer got lost worthless; it may not come back either.
      this.#spend(id, String(row.hash), nowMs);
      sql.run(
        'UPDATE grants SET hash = ?, prev_hash = ?, retried = ?, used_ms = ?, until_ms = ? WHERE id = ?',
        fresh.refresh.hash,
        isCurrent ? String(row.hash) : String(row.prev_hash),
        isCurrent ? 0 : 1,
        nowMs,
        nowMs + refreshLifeMs,
        id,
      );
      return { kind: 'issued', issued: this.#issue(fresh) };
    });
  }

  /** The grant behind an access token. Personal tokens look alike: those are `Tokens`'. */
  async verify(accessToken: string): Promise<Grant | undefined> {
    const name = parseToken(accessToken);
    if (name?.prefix !== 'bwu') return undefined;
    const hashes = await hashesOf(this.#services, accessToken);
    const { sql, clock } = this.#services;
    const [row] = sql.all(
      'SELECT grant_id, hash FROM grant_access WHERE id = ? AND expires_ms > ?',
      name.id,
      clock.nowMs(),
    );
    return row && isAmong(row.hash, hashes) ? this.find(String(row.grant_id)) : undefined;
  }

  /**
   * Ends the grant of a refresh or access token (RFC 7009 §2.1: the other one goes with it). Returns
   * it; undefined: no such token, which the client is not told (§2.2).
   */
  async revokeToken(token: string): Promise<Grant | undefined> {
    const grant = (await this.verify(token)) ?? (await this.ofRefreshToken(token));
    return grant && this.revoke(grant.id) ? grant : undefined;
  }

  find(id: string): Grant | undefined {
    const row = this.#row(id);
    return row && grantOf(row);
  }

  /** Those of last use first. */
  list(userId: number): Grant[] {
    const { sql, clock } = this.#services;
    return sql
      .all(
        'SELECT * FROM grants WHERE user_id = ? AND until_ms > ? ORDER BY used_ms DESC, id',
        userId,
        clock.nowMs(),
      )
      .map(grantOf);
  }

  /** The grant with all its tokens. False: there is none. */
  revoke(id: string): boolean {
    const { sql } = this.#services;
    return sql.transaction(() => {
      const [row] = sql.all('SELECT id FROM grants WHERE id = ?', id);
      sql.run('DELETE FROM grants WHERE id = ?', id);
      sql.run('DELETE FROM grant_spent WHERE grant_id = ?', id);
      sql.run('DELETE FROM grant_access WHERE grant_id = ?', id);
      return row !== undefined;
    });
  }

  /** Returns the ids of those that were live. */
  revokeAllOf(userId: number): string[] {
    const ids = this.list(userId).map(({ id }) => id);
    return ids.filter((id) => this.revoke(id));
  }

  clean(): void {
    const { sql, clock } = this.#services;
    const nowMs = clock.nowMs();
    sql.run('DELETE FROM grant_access WHERE expires_ms <= ?', nowMs);
    sql.run('DELETE FROM grant_ended WHERE at_ms <= ?', nowMs - endedMemoryMs);
    for (const row of sql.all('SELECT id FROM grants WHERE until_ms <= ?', nowMs)) {
      this.revoke(String(row.id));
    }
  }

  /** Used before, by whomever: nobody can tell the thief from the owner, so both are out. */
  #refuse(row: Row, hashes: readonly string[]): Refreshed {
    if (!this.#isSpent(String(row.id), hashes)) return { kind: 'invalid' };
    const { id, user } = grantOf(row);
    this.revoke(id);
    return { kind: 'reused', grantId: id, user };
  }

  #spend(grantId: string, hash: string, nowMs: number): void {
    const { sql } = this.#services;
    sql.run('INSERT INTO grant_spent VALUES (?, ?, ?)', hash, grantId, nowMs);
    sql.run(
      `DELETE FROM grant_spent WHERE grant_id = ? AND hash NOT IN
        (SELECT hash FROM grant_spent WHERE grant_id = ? ORDER BY at_ms DESC, rowid DESC LIMIT ?)`,
      grantId,
      grantId,
      maxSpentPerGrant,
    );
  }

  #issue({ grantId, refresh, access }: Fresh): Issued {
    const { sql, clock } = this.#services;
    const grant = this.find(grantId);
    if (!grant) throw new Error('the grant that was just written is not there');
    const accessExpiresMs = clock.nowMs() + accessLifeMs;
    sql.run(
      'INSERT INTO grant_access VALUES (?, ?, ?, ?)',
      access.id,
      grantId,
      access.hash,
      accessExpiresMs,
    );
    sql.run(
      `DELETE FROM grant_access WHERE grant_id = ? AND id NOT IN
        (SELECT id FROM grant_access WHERE grant_id = ? ORDER BY expires_ms DESC, rowid DESC LIMIT ?)`,
      grantId,
      grantId,
      maxAccessPerGrant,
    );
    return { grant, accessToken: access.token, accessExpiresMs, refreshToken: refresh.token };
  }

  /**
   * Whose refresh token it is: the one of now, or any that was used. Changes nothing; `refresh` says
   * whether it is good.
   */
  async ofRefreshToken(token: string): Promise<Grant | undefined> {
    const id = grantIdOf(token);
    if (id === undefined) return undefined;
    const hashes = await hashesOf(this.#services, token);
    const row = this.#row(id);
    if (!row) return undefined;
    return isAmong(row.hash, hashes) || this.#isSpent(id, hashes) ? grantOf(row) : undefined;
  }

  #isSpent(grantId: string, hashes: readonly string[]): boolean {
    return hashes.some(
      (hash) =>
        this.#services.sql.all(
          'SELECT 1 AS found FROM grant_spent WHERE hash = ? AND grant_id = ?',
          hash,
          grantId,
        ).length > 0,
    );
  }

  #row(id: string): Row | undefined {
    const { sql, clock } = this.#services;
    return sql.all('SELECT * FROM grants WHERE id = ? AND until_ms > ?', id, clock.nowMs())[0];
  }
}

function grantOf(row: Row): Grant {
  return {
    id: String(row.id),
    user: { id: Number(row.user_id), login: String(row.user_login) },
    scopes: scopesIn(row.scopes),
    device: String(row.device),
    createdMs: Number(row.created_ms),
    usedMs: Number(row.used_ms),
    untilMs: Number(row.until_ms),
  };
}
