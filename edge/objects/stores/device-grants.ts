/**
 * The device authorization grant (RFC 8628): a machine without a browser asks, a person confirms in
 * one. `pending` becomes `approved` or `denied` once, by a person; `approved` becomes `consumed` by
 * the poll that gets the tokens (threat 54).
 */
import { randomIdentifier } from '../../gate/base62.ts';
import {
  canonicalUserCode,
  deviceCodeLifeS,
  makeDeviceCode,
  makeUserCode,
  pollIntervalS,
} from '../../gate/device-code.ts';
import { isSecret } from '../../gate/digest.ts';
import type { Row } from '../../ports.ts';
import type { Account, Outcome } from '../calls.ts';
import type { CodeTries } from './code-tries.ts';
import {
  requestOf,
  type Approval,
  type DeviceAuthorization,
  type DeviceRequest,
  type DeviceWish,
  type Polled,
  type Seen,
  type Taken,
} from './device-request.ts';
import type { Grants } from './grants.ts';
import { maxNameCharacters } from './name.ts';
import type { StoreServices } from './services.ts';

export const steps = [
  [
    `CREATE TABLE device_grants (
      hash TEXT PRIMARY KEY, user_code_hash TEXT NOT NULL UNIQUE, state TEXT NOT NULL,
      scopes TEXT NOT NULL, device TEXT NOT NULL, address TEXT NOT NULL,
      created_ms INTEGER NOT NULL, expires_ms INTEGER NOT NULL,
      interval_ms INTEGER NOT NULL, polled_ms INTEGER, grant_id TEXT NOT NULL,
      user_id INTEGER, user_login TEXT, organisation TEXT, organisation_id INTEGER)`,
    'CREATE INDEX device_grants_by_address ON device_grants (address)',
    'CREATE INDEX device_grants_by_expiry ON device_grants (expires_ms)',
  ],
];

/** Anybody may ask; so that nobody fills the table, or it with codes to guess. */
export const maxPendingPerAddress = 10;
export const maxPending = 1000;
const maxAddressCharacters = 100;
const maxUserCodeAttempts = 8;

export class DeviceGrants {
  readonly #services: StoreServices;
  readonly #grants: Grants;
  readonly #tries: CodeTries;

  constructor(services: StoreServices, grants: Grants, tries: CodeTries) {
    this.#services = services;
    this.#grants = grants;
    this.#tries = tries;
  }

  async begin(wish: DeviceWish): Promise<Outcome<DeviceAuthorization>> {
    const { clock, random, tokenHash } = this.#services;
    const deviceCode = makeDeviceCode(random);
    const hash = await tokenHash.of(deviceCode);
    const expiresInS = deviceCodeLifeS;
    for (let attempt = 1; attempt <= maxUserCodeAttempts; attempt += 1) {
      const userCode = makeUserCode(random);
      const outcome = await this.start(hash, userCode, wish, clock.nowMs() + expiresInS * 1000);
      if (outcome === 'full') return full;
      if (outcome === 'taken') continue;
      return { ok: true, value: { deviceCode, userCode, expiresInS, intervalS: pollIntervalS } };
    }
    throw new Error(`no free user code in ${maxUserCodeAttempts} attempts`);
  }

  /** What the page shows before the person confirms. `address`: where the person is. */
  async look(typed: string, address: string): Promise<Seen> {
    const seen = this.#tried(await this.#hashOf(typed), address);
    return 'row' in seen ? { kind: 'pending', request: requestOf(seen.row) } : seen;
  }

  /** The person's decision, once; there is no way back. `pending`: it was, and now it is decided. */
  async decide(
    typed: string,
    address: string,
    user: Account,
    decision: 'approved' | 'denied',
  ): Promise<Seen> {
    const seen = this.#tried(await this.#hashOf(typed), address);
    if (!('row' in seen)) return seen;
    // Nothing waits between the look at the row and this.
    this.#settle(seen.row, decision === 'approved' ? { user } : undefined);
    return { kind: 'pending', request: requestOf(seen.row) };
  }

  /** One poll of the machine; the one that finds the approval gets the tokens, and no other. */
  async poll(deviceCode: string): Promise<Polled> {
    if (!isSecret(deviceCode)) return { kind: 'invalid_grant' };
    const { sql, tokenHash } = this.#services;
    const hash = await tokenHash.of(deviceCode);
    const [known] = sql.all('SELECT grant_id FROM device_grants WHERE hash = ?', hash);
    if (!known) return { kind: 'invalid_grant' };
    const fresh = await this.#grants.prepare(String(known.grant_id));
    return sql.transaction((): Polled => {
      const taken = this.take(hash);
      if (taken.kind !== 'approved') return taken;
      const { grantId, user, request } = taken;
      if (fresh.grantId !== grantId || !this.#grants.mayBegin(grantId)) {
        return { kind: 'invalid_grant' };
      }
      return { kind: 'issued', issued: this.#grants.begin(fresh, { ...request, user }) };
    });
  }

  /** For whoever makes the codes: `hash` is of the device code. `taken`: the user code is in use. */
  async start(
    hash: string,
    userCode: string,
    { scopes, device, address, organisation }: DeviceWish,
    expiresMs: number,
  ): Promise<'made' | 'taken' | 'full'> {
    const { sql, clock, random, tokenHash } = this.#services;
    const userCodeHash = await tokenHash.of(userCode);
    const from = address.slice(0, maxAddressCharacters);
    return sql.transaction(() => {
      this.clean();
      if (this.#isFull(from)) return 'full';
      if (this.#byUserCode(userCodeHash)) return 'taken';
      sql.run(
        `INSERT INTO device_grants (hash, user_code_hash, state, scopes, device, address,
          created_ms, expires_ms, interval_ms, grant_id, organisation)
          VALUES (?, ?, 'pending', ?, ?, ?, ?, ?, ?, ?, ?)`,
        hash,
        userCodeHash,
        scopes.join(' '),
        device.slice(0, maxNameCharacters),
        from,
        clock.nowMs(),
        expiresMs,
        pollIntervalS * 1000,
        randomIdentifier(random),
        organisation?.slice(0, maxNameCharacters) ?? null,
      );
      return 'made';
    });
  }

  /** Undecided and not expired. Tries are for the caller to count. */
  async find(userCode: string): Promise<DeviceRequest | undefined> {
    const row = this.#pending(await this.#hashOf(userCode));
    return row && requestOf(row);
  }

  /** undefined: denied. False: it was decided before, or has expired. Tries are for the caller. */
  async settle(userCode: string, approval: Approval | undefined): Promise<boolean> {
    const row = this.#pending(await this.#hashOf(userCode));
    if (row) this.#settle(row, approval);
    return row !== undefined;
  }

  /** One poll by the hash of the device code; the tokens are for the caller to begin. */
  take(hash: string): Taken {
    const { sql, clock } = this.#services;
    return sql.transaction((): Taken => {
      const [row] = sql.all('SELECT * FROM device_grants WHERE hash = ?', hash);
      const nowMs = clock.nowMs();
      if (!row || row.state === 'consumed') return { kind: 'invalid_grant' };
      if (nowMs >= Number(row.expires_ms)) return { kind: 'expired_token' };
      if (row.state === 'denied') return { kind: 'access_denied' };
      if (row.state !== 'approved') return this.#wait(row, hash, nowMs);
      sql.run("UPDATE device_grants SET state = 'consumed' WHERE hash = ?", hash);
      return {
        kind: 'approved',
        grantId: String(row.grant_id),
        user: { id: Number(row.user_id), login: String(row.user_login) },
        ...(typeof row.organisation_id === 'number' && {
          organisation: { id: row.organisation_id, login: String(row.organisation) },
        }),
        request: requestOf(row),
      };
    });
  }

  /**
   * Those that this person approved, with the grants that came or are about to come of them. Returns
   * how many no machine had fetched yet.
   */
  revokeAllOf(userId: number): number {
    const { sql } = this.#services;
    return sql.transaction(() => {
      const rows = sql.all('SELECT state, grant_id FROM device_grants WHERE user_id = ?', userId);
      for (const row of rows) this.#grants.end(String(row.grant_id));
      sql.run(
        "UPDATE device_grants SET state = 'denied' WHERE user_id = ? AND state = 'approved'",
        userId,
      );
      return rows.filter((row) => row.state === 'approved').length;
    });
  }

  /** Expired ones are kept for as long again, so that the machine hears why. */
  clean(): void {
    const { sql, clock } = this.#services;
    sql.run(
      'DELETE FROM device_grants WHERE expires_ms <= ?',
      clock.nowMs() - deviceCodeLifeS * 1000,
    );
  }

  /** RFC 8628 §3.5: whoever polls too soon waits 5 s longer from then on. */
  #wait(row: Row, hash: string, nowMs: number): Exclude<Polled, { kind: 'issued' }> {
    const { sql } = this.#services;
    const intervalMs = Number(row.interval_ms);
    const isEarly = row.polled_ms !== null && nowMs - Number(row.polled_ms) < intervalMs;
    const nextMs = isEarly ? intervalMs + pollIntervalS * 1000 : intervalMs;
    sql.run(
      'UPDATE device_grants SET polled_ms = ?, interval_ms = ? WHERE hash = ?',
      nowMs,
      nextMs,
      hash,
    );
    return isEarly
      ? { kind: 'slow_down', intervalS: nextMs / 1000 }
      : { kind: 'authorization_pending' };
  }

  async #hashOf(typed: string): Promise<string | undefined> {
    const userCode = canonicalUserCode(typed);
    return userCode === undefined ? undefined : this.#services.tokenHash.of(userCode);
  }

  /** Who tried too often is not told whether this one is right. */
  #tried(
    userCodeHash: string | undefined,
    address: string,
  ): { row: Row } | Exclude<Seen, { kind: 'pending' }> {
    const retryAfterS = this.#tries.waitS(address);
    if (retryAfterS > 0) return { kind: 'wait', retryAfterS };
    const row = this.#pending(userCodeHash);
    if (row) return { row };
    this.#tries.wrong(address);
    return { kind: 'unknown' };
  }

  #pending(userCodeHash: string | undefined): Row | undefined {
    const row = userCodeHash === undefined ? undefined : this.#byUserCode(userCodeHash);
    const isOpen = this.#services.clock.nowMs() < Number(row?.expires_ms);
    return row?.state === 'pending' && isOpen ? row : undefined;
  }

  #settle(row: Row, approval: Approval | undefined): void {
    this.#services.sql.run(
      `UPDATE device_grants SET state = ?, user_id = ?, user_login = ?, grant_id = ?,
        organisation = ?, organisation_id = ? WHERE hash = ?`,
      approval ? 'approved' : 'denied',
      approval?.user.id ?? null,
      approval?.user.login ?? null,
      approval?.grantId ?? String(row.grant_id),
      approval?.organisation?.login ?? row.organisation ?? null,
      approval?.organisation?.id ?? null,
      String(row.hash),
    );
  }

  #byUserCode(userCodeHash: string): Row | undefined {
    const { sql } = this.#services;
    return sql.all('SELECT * FROM device_grants WHERE user_code_hash = ?', userCodeHash)[0];
  }

  #isFull(address: string): boolean {
    const { sql, clock } = this.#services;
    const nowMs = clock.nowMs();
    const [all] = sql.all(
      'SELECT COUNT(*) AS count FROM device_grants WHERE expires_ms > ?',
      nowMs,
    );
    const [own] = sql.all(
      'SELECT COUNT(*) AS count FROM device_grants WHERE address = ? AND expires_ms > ?',
      address,
      nowMs,
    );
    return Number(all?.count) >= maxPending || Number(own?.count) >= maxPendingPerAddress;
  }
}

const full: Outcome<never> = {
  ok: false,
  refusal: {
    kind: 'refused',
    reason: 'too many machines wait for a confirmation; try again in 10 minutes',
  },
};
