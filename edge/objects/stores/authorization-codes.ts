/**
 * Authorization codes for the CLI (RFC 6749 §4.1, RFC 7636, RFC 8252): 60 s, once, with PKCE. A code
 * that comes twice ends the grant that came of it (RFC 6749 §4.1.2; threats 4 and 5).
 */
import { randomIdentifier } from '../../gate/base62.ts';
import { isSecret, randomSecret } from '../../gate/digest.ts';
import { challengeFault, matchesChallenge } from '../../gate/pkce.ts';
import type { Row } from '../../ports.ts';
import type { Account } from '../calls.ts';
import type { Grants, GrantWish, Issued } from './grants.ts';
import type { StoreServices } from './services.ts';
import { scopesIn } from './token-record.ts';

export const steps = [
  [
    `CREATE TABLE grant_codes (
      hash TEXT PRIMARY KEY, challenge TEXT NOT NULL, redirect_uri TEXT NOT NULL,
      user_id INTEGER NOT NULL, user_login TEXT NOT NULL, scopes TEXT NOT NULL,
      device TEXT NOT NULL, expires_ms INTEGER NOT NULL, used_ms INTEGER,
      grant_id TEXT NOT NULL)`,
    'CREATE INDEX grant_codes_by_expiry ON grant_codes (expires_ms)',
    'CREATE INDEX grant_codes_by_user ON grant_codes (user_id)',
  ],
];

export const authorizationCodeLifeMs = 60_000;
/** Of one person; each takes a click on a page, so more are an accident or an attack. */
export const maxCodesPerUser = 20;
/** How long after its expiry a used code is still known for a replay. */
export const replayMemoryMs = 60 * 60_000;

/** `redirectUri`: checked by the caller; it has to come again at the redemption, to the letter. */
export type AuthorizationCode = GrantWish & { challenge: string; redirectUri: string };

/** As it is kept, under a hash. */
export type StoredCode = AuthorizationCode & {
  /** The grant that comes of it. */
  grantId: string;
  expiresMs: number;
};

/** `reused`: the grant has ended, also one that has yet to begin. */
export type ConsumedCode =
  | { kind: 'first'; code: StoredCode }
  | { kind: 'reused'; grantId: string; user: Account }
  | { kind: 'unknown' };

export interface CodeRedemption {
  code: string;
  verifier: string | undefined;
  redirectUri: string | undefined;
}

/** All but `issued` are `invalid_grant`; `reused`: the grant that came of it has ended. */
export type Redeemed =
  | { kind: 'issued'; issued: Issued }
  | { kind: 'invalid' }
  | { kind: 'reused'; grantId: string; user: Account };

export class AuthorizationCodes {
  readonly #services: StoreServices;
  readonly #grants: Grants;

  constructor(services: StoreServices, grants: Grants) {
    this.#services = services;
    this.#grants = grants;
  }

  /** The code for the redirect. @throws RangeError for a challenge that `challengeFault` refuses */
  async issue(input: AuthorizationCode): Promise<string> {
    const { clock, random, tokenHash } = this.#services;
    const code = randomSecret(random);
    const hash = await tokenHash.of(code);
    const grantId = randomIdentifier(random);
    this.store(hash, { ...input, grantId, expiresMs: clock.nowMs() + authorizationCodeLifeMs });
    return code;
  }

  /** Uses the code up, whatever else is wrong; the grant begins in the same transaction. */
  async redeem({ code, verifier, redirectUri }: CodeRedemption): Promise<Redeemed> {
    if (!isSecret(code)) return { kind: 'invalid' };
    const { sql, clock, tokenHash } = this.#services;
    const hash = await tokenHash.of(code);
    const [known] = sql.all('SELECT challenge, grant_id FROM grant_codes WHERE hash = ?', hash);
    if (!known) return { kind: 'invalid' };
    const [isOwner, fresh] = await Promise.all([
      matchesChallenge(verifier, String(known.challenge)),
      this.#grants.prepare(String(known.grant_id)),
    ]);
    return sql.transaction((): Redeemed => {
      const consumed = this.consume(hash);
      if (consumed.kind === 'unknown') return { kind: 'invalid' };
      if (consumed.kind === 'reused') return consumed;
      const stored = consumed.code;
      const isTimely = clock.nowMs() < stored.expiresMs && redirectUri === stored.redirectUri;
      if (!isOwner || !isTimely || !this.#grants.mayBegin(stored.grantId)) {
        return { kind: 'invalid' };
      }
      return { kind: 'issued', issued: this.#grants.begin(fresh, stored) };
    });
  }

  /** For whoever makes the code: `hash` is of it. @throws RangeError as `issue` does */
  store(hash: string, code: StoredCode): void {
    const { challenge, redirectUri, user, scopes, device, grantId, expiresMs } = code;
    const fault = challengeFault(challenge, 'S256');
    if (fault !== undefined) throw new RangeError(fault);
    const { sql } = this.#services;
    sql.transaction(() => {
      this.clean();
      sql.run(
        `DELETE FROM grant_codes WHERE user_id = ? AND hash NOT IN
          (SELECT hash FROM grant_codes WHERE user_id = ?
            ORDER BY expires_ms DESC, rowid DESC LIMIT ?)`,
        user.id,
        user.id,
        maxCodesPerUser - 1,
      );
      sql.run(
        'INSERT INTO grant_codes VALUES (?, ?, ?, ?, ?, ?, ?, ?, NULL, ?)',
        hash,
        challenge,
        redirectUri,
        user.id,
        user.login,
        scopes.join(' '),
        device,
        expiresMs,
        grantId,
      );
    });
  }

  /** Gives the code once, expired or not; its verifier and its redirect are for the caller to check. */
  consume(hash: string): ConsumedCode {
    const { sql, clock } = this.#services;
    return sql.transaction((): ConsumedCode => {
      const [row] = sql.all('SELECT * FROM grant_codes WHERE hash = ?', hash);
      if (!row) return { kind: 'unknown' };
      const code = codeOf(row);
      const { grantId, user } = code;
      if (row.used_ms !== null) {
        this.#grants.end(grantId);
        return { kind: 'reused', grantId, user };
      }
      sql.run('UPDATE grant_codes SET used_ms = ? WHERE hash = ?', clock.nowMs(), hash);
      return { kind: 'first', code };
    });
  }

  /** Those of somebody who is out, with the grants that came or are about to come of them. */
  revokeAllOf(userId: number): void {
    const { sql } = this.#services;
    sql.transaction(() => {
      const rows = sql.all('SELECT grant_id FROM grant_codes WHERE user_id = ?', userId);
      for (const row of rows) this.#grants.end(String(row.grant_id));
      sql.run('DELETE FROM grant_codes WHERE user_id = ? AND used_ms IS NULL', userId);
    });
  }

  clean(): void {
    const { sql, clock } = this.#services;
    const nowMs = clock.nowMs();
    sql.run('DELETE FROM grant_codes WHERE expires_ms <= ? AND used_ms IS NULL', nowMs);
    sql.run('DELETE FROM grant_codes WHERE expires_ms <= ?', nowMs - replayMemoryMs);
  }
}

function codeOf(row: Row): StoredCode {
  return {
    challenge: String(row.challenge),
    redirectUri: String(row.redirect_uri),
    user: { id: Number(row.user_id), login: String(row.user_login) },
    scopes: scopesIn(row.scopes),
    device: String(row.device),
    grantId: String(row.grant_id),
    expiresMs: Number(row.expires_ms),
  };
}
