/**
 * The tokens of one organisation: connectors', services', persons'. A token is found by its id and
 * compared as a keyed hash; its secret is shown once and never again (threats 50, 55, 57).
 */
import { isInteger } from '../../gate/claim-types.ts';
import { makeToken, parseToken } from '../../gate/token.ts';
import type { Row } from '../../ports.ts';
import type { Outcome } from '../calls.ts';
import { hashesOf, isAmong, type StoreServices } from './services.ts';
import {
  bindingText,
  prefixOf,
  tokenOf,
  tokenWish,
  type Binding,
  type NewToken,
  type TokenKind,
  type TokenRecord,
} from './token-record.ts';

export const steps = [
  [
    `CREATE TABLE tokens (
      id TEXT PRIMARY KEY, kind TEXT NOT NULL, name TEXT NOT NULL, scopes TEXT NOT NULL,
      binding TEXT NOT NULL, creator_id INTEGER, creator_login TEXT,
      hash TEXT NOT NULL, prev_hash TEXT, prev_expires_ms INTEGER,
      created_ms INTEGER NOT NULL, life_ms INTEGER, expires_ms INTEGER, last_used_ms INTEGER,
      disabled INTEGER NOT NULL DEFAULT 0)`,
    'CREATE INDEX tokens_by_binding ON tokens (binding)',
    'CREATE INDEX tokens_by_creator ON tokens (creator_id, kind)',
    'CREATE INDEX tokens_by_expiry ON tokens (expires_ms)',
  ],
  ['ALTER TABLE tokens ADD COLUMN secret_ms INTEGER NOT NULL DEFAULT 0'],
];

/** Tokens of an organisation; those that workflows fetch for 15 minutes count while they live. */
export const maxTokens = 5000;
export const maxPersonalTokens = 50;
export const defaultGraceMs = 24 * 3_600_000;
export const maxGraceMs = 30 * 24 * 3_600_000;
/** `lastUsedMs` is written no more often than this. */
export const lastUsedStepMs = 60_000;

/** The secret with what is known of the token; the only time that the secret is shown. */
export interface MadeToken {
  token: string;
  record: TokenRecord;
}

/** `expired`, `disabled`: told to whoever has the secret; everything else is `unknown`. */
export type Verified =
  | { kind: 'valid'; record: TokenRecord; former: boolean }
  | { kind: 'expired' | 'disabled' | 'unknown' };

const unknown = { kind: 'unknown' } as const;

export class Tokens {
  readonly #services: StoreServices;

  constructor(services: StoreServices) {
    this.#services = services;
  }

  /** `given`: an id, 12 characters of base62 that no token has, where chance must not choose. */
  async make(input: NewToken, given?: string): Promise<Outcome<MadeToken>> {
    const wish = tokenWish(input);
    if ('fault' in wish) return refused(wish.fault);
    const { sql, clock, random, tokenHash } = this.#services;
    const { id, token } = makeToken(prefixOf[input.kind], random, given);
    const hash = await tokenHash.of(token);
    const nowMs = clock.nowMs();
    return sql.transaction(() => {
      this.clean();
      const full = this.#capFault(input);
      if (full !== undefined) return refused(full);
      sql.run(
        `INSERT INTO tokens (id, kind, name, scopes, binding, creator_id, creator_login, hash,
          created_ms, life_ms, expires_ms, secret_ms) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
        id,
        input.kind,
        input.name,
        wish.scopes.join(' '),
        bindingText(input.binding),
        input.creator?.id ?? null,
        input.creator?.login ?? null,
        hash,
        nowMs,
        wish.lifeMs ?? null,
        wish.lifeMs === undefined ? null : nowMs + wish.lifeMs,
        nowMs,
      );
      return this.#made(id, token);
    });
  }

  /** Newest first, never with secrets. */
  list(filter: { creatorId?: number; kind?: TokenKind } = {}): TokenRecord[] {
    const { creatorId, kind } = filter;
    const rows = this.#services.sql.all(
      `SELECT * FROM tokens WHERE (expires_ms IS NULL OR expires_ms > ?)
        AND (? IS NULL OR creator_id = ?) AND (? IS NULL OR kind = ?)
        ORDER BY created_ms DESC, id`,
      this.#services.clock.nowMs(),
      creatorId ?? null,
      creatorId ?? null,
      kind ?? null,
      kind ?? null,
    );
    return rows.flatMap((row) => tokenOf(row) ?? []);
  }

  /** By its id, which is no secret: for pages and for who may change it. */
  find(id: string): TokenRecord | undefined {
    const row = this.#row(id);
    return row && !hasExpired(row, this.#services.clock.nowMs()) ? tokenOf(row) : undefined;
  }

  /** Whether the text is a token of `kind`. The cheap checks come first (threat 60). */
  async verify(text: string, kind: TokenKind): Promise<Verified> {
    const name = parseToken(text);
    if (name?.prefix !== prefixOf[kind]) return unknown;
    const hashes = await hashesOf(this.#services, text);
    // Read after the last wait: a token that was revoked meanwhile is gone.
    const row = this.#row(name.id);
    if (row?.kind !== kind) return unknown;
    const nowMs = this.#services.clock.nowMs();
    const current = isAmong(row.hash, hashes);
    const former = isAmong(row.prev_hash, hashes) && Number(row.prev_expires_ms) > nowMs;
    const record = tokenOf(row);
    if ((!current && !former) || !record) return unknown;
    if (record.disabled) return { kind: 'disabled' };
    if (hasExpired(row, nowMs)) return { kind: 'expired' };
    this.#touch(record, nowMs);
    const column = current ? 'hash' : 'prev_hash';
    if (row[column] !== hashes[0]) {
      this.#services.sql.run(`UPDATE tokens SET ${column} = ? WHERE id = ?`, hashes[0], name.id);
    }
    return { kind: 'valid', record, former: !current };
  }

  /** A new secret with a whole new life. The one before lives on for `graceMs`, the one before it not. */
  async rotate(id: string, graceMs: number = defaultGraceMs): Promise<Outcome<MadeToken>> {
    if (!isInteger(graceMs) || graceMs > maxGraceMs) {
      return refused(`the former secret may live on for 0 to ${maxGraceMs / 1000} whole seconds`);
    }
    const { sql, clock, random, tokenHash } = this.#services;
    const known = this.find(id);
    if (!known) return missing;
    const { token } = makeToken(prefixOf[known.kind], random, id);
    const hash = await tokenHash.of(token);
    const nowMs = clock.nowMs();
    return sql.transaction(() => {
      const row = this.#row(id);
      if (!row || hasExpired(row, nowMs)) return missing;
      const former = Math.min(nowMs + graceMs, numberOr(row.expires_ms, Infinity));
      sql.run(
        'UPDATE tokens SET hash = ?, prev_hash = ?, prev_expires_ms = ?, expires_ms = ?, secret_ms = ? WHERE id = ?',
        hash,
        graceMs === 0 ? null : String(row.hash),
        graceMs === 0 ? null : former,
        typeof row.life_ms === 'number' ? nowMs + row.life_ms : null,
        nowMs,
        id,
      );
      return this.#made(id, token);
    });
  }

  /** False: there is no such token. */
  setDisabled(id: string, disabled: boolean): boolean {
    if (!this.#row(id)) return false;
    this.#services.sql.run('UPDATE tokens SET disabled = ? WHERE id = ?', disabled ? 1 : 0, id);
    return true;
  }

  /** Both secrets, at once. False: there is no such token. */
  revoke(id: string): boolean {
    if (!this.#row(id)) return false;
    this.#services.sql.run('DELETE FROM tokens WHERE id = ?', id);
    return true;
  }

  /** The personal tokens of somebody who is out. Returns their ids. */
  revokePersonal(userId: number): string[] {
    return this.#revokeWhere("creator_id = ? AND kind = 'personal'", userId);
  }

  /** What was bound to a cluster, repository or preview that is gone. Returns their ids. */
  revokeBound(binding: Binding): string[] {
    return this.#revokeWhere('binding = ?', bindingText(binding));
  }

  /** Forgets what has expired, former secrets too. */
  clean(): void {
    const { sql, clock } = this.#services;
    const nowMs = clock.nowMs();
    sql.run('DELETE FROM tokens WHERE expires_ms <= ?', nowMs);
    sql.run(
      'UPDATE tokens SET prev_hash = NULL, prev_expires_ms = NULL WHERE prev_expires_ms <= ?',
      nowMs,
    );
  }

  #revokeWhere(condition: string, value: string | number): string[] {
    const { sql } = this.#services;
    return sql.transaction(() => {
      const rows = sql.all(`SELECT id FROM tokens WHERE ${condition}`, value);
      sql.run(`DELETE FROM tokens WHERE ${condition}`, value);
      return rows.map((row) => String(row.id));
    });
  }

  #capFault({ kind, creator }: NewToken): string | undefined {
    const { sql } = this.#services;
    const [all] = sql.all('SELECT COUNT(*) AS count FROM tokens');
    if (Number(all?.count) >= maxTokens) {
      return `the organisation has ${maxTokens} tokens; revoke some first`;
    }
    if (kind !== 'personal' || creator === undefined) return undefined;
    const [own] = sql.all(
      "SELECT COUNT(*) AS count FROM tokens WHERE creator_id = ? AND kind = 'personal'",
      creator.id,
    );
    return Number(own?.count) >= maxPersonalTokens
      ? `you have ${maxPersonalTokens} personal tokens; revoke some first`
      : undefined;
  }

  #touch({ id, lastUsedMs }: TokenRecord, nowMs: number): void {
    if (lastUsedMs !== undefined && nowMs - lastUsedMs < lastUsedStepMs) return;
    this.#services.sql.run('UPDATE tokens SET last_used_ms = ? WHERE id = ?', nowMs, id);
  }

  #row(id: string): Row | undefined {
    return this.#services.sql.all('SELECT * FROM tokens WHERE id = ?', id)[0];
  }

  #made(id: string, token: string): Outcome<MadeToken> {
    const record = this.find(id);
    if (!record) throw new Error('the token that was just written is not there');
    return { ok: true, value: { token, record } };
  }
}

const missing: Outcome<never> = {
  ok: false,
  refusal: { kind: 'missing', reason: 'there is no such token, or it has expired' },
};

function refused(reason: string): Outcome<never> {
  return { ok: false, refusal: { kind: 'refused', reason } };
}

function hasExpired(row: Row, nowMs: number): boolean {
  return row.expires_ms !== null && numberOr(row.expires_ms, 0) <= nowMs;
}

function numberOr(value: unknown, otherwise: number): number {
  return typeof value === 'number' ? value : otherwise;
}
