/**
 * What persons let machines do: grants by way of codes and device codes, each for one organisation,
 * which is kept with it from the code to every generation of its tokens.
 */
import type { DevicePoll, DeviceRequest, Grant, GrantCode, TokenPair } from '../login/ports.ts';
import { migrate } from '../schema.ts';
import type { IdentityCalls } from './calls.ts';
import * as authorizationCodes from './stores/authorization-codes.ts';
import * as codeTries from './stores/code-tries.ts';
import * as deviceGrants from './stores/device-grants.ts';
import type { Polled, Taken } from './stores/device-request.ts';
import * as grants from './stores/grants.ts';
import type { StoreServices } from './stores/services.ts';

const steps = [
  [
    `CREATE TABLE grant_organisations (
      grant_id TEXT PRIMARY KEY, organisation_id INTEGER NOT NULL, login TEXT NOT NULL)`,
  ],
];

type MachineCalls = Pick<
  IdentityCalls,
  | 'storeGrantCode'
  | 'redeemGrantCode'
  | 'startFamily'
  | 'grantOfRefresh'
  | 'grantOfAccess'
  | 'rotate'
  | 'revoke'
  | 'startDevice'
  | 'findDevice'
  | 'decideDevice'
  | 'pollDevice'
>;

export class MachineGrants implements MachineCalls {
  readonly #services: StoreServices;
  readonly #grants: grants.Grants;
  readonly #grantCodes: authorizationCodes.AuthorizationCodes;
  readonly #devices: deviceGrants.DeviceGrants;
  readonly #tries: codeTries.CodeTries;

  constructor(services: StoreServices) {
    const { sql } = services;
    this.#services = services;
    migrate(sql, steps, 'identity');
    migrate(sql, grants.steps, 'grants');
    migrate(sql, authorizationCodes.steps, 'authorization_codes');
    migrate(sql, deviceGrants.steps, 'device_grants');
    migrate(sql, codeTries.steps, 'code_tries');
    this.#grants = new grants.Grants(services);
    this.#grantCodes = new authorizationCodes.AuthorizationCodes(services, this.#grants);
    this.#tries = new codeTries.CodeTries(services);
    this.#devices = new deviceGrants.DeviceGrants(services, this.#grants, this.#tries);
  }

  storeGrantCode(hash: string, code: GrantCode): Promise<void> {
    const { grant, family, redirectUri, codeChallenge: challenge, expiresMs } = code;
    const { user, scopes, device } = grant;
    const kept = { user, scopes, device, challenge, redirectUri, grantId: family, expiresMs };
    this.#services.sql.transaction(() => {
      this.#grantCodes.store(hash, kept);
      this.#place(family, grant);
    });
    return Promise.resolve();
  }

  redeemGrantCode(hash: string): Promise<GrantCode | undefined> {
    const consumed = this.#grantCodes.consume(hash);
    if (consumed.kind !== 'first') return Promise.resolve(undefined);
    const { grantId: family, redirectUri, challenge: codeChallenge, expiresMs } = consumed.code;
    const grant = this.#placed(family, consumed.code);
    return Promise.resolve(grant && { grant, family, redirectUri, codeChallenge, expiresMs });
  }

  async startFamily(family: string, grant: Grant): Promise<TokenPair | undefined> {
    const issued = await this.#grants.start(family, grant);
    if (!issued) return undefined;
    this.#place(family, grant);
    return pairOf(issued);
  }

  async grantOfRefresh(refreshToken: string): Promise<Grant | undefined> {
    const grant = await this.#grants.ofRefreshToken(refreshToken);
    return grant && this.#placed(grant.id, grant);
  }

  async grantOfAccess(token: string): Promise<Grant | undefined> {
    const grant = await this.#grants.verify(token);
    return grant && this.#placed(grant.id, grant);
  }

  async rotate(refreshToken: string): Promise<TokenPair | undefined> {
    const refreshed = await this.#grants.refresh(refreshToken);
    return refreshed.kind === 'issued' ? pairOf(refreshed.issued) : undefined;
  }

  async revoke(token: string): Promise<void> {
    await this.#grants.revokeToken(token);
  }

  async startDevice(request: DeviceRequest): Promise<boolean> {
    const { deviceCodeHash, userCode, expiresMs, ...wish } = request;
    return (await this.#devices.start(deviceCodeHash, userCode, wish, expiresMs)) === 'made';
  }

  async findDevice(userCode: string): Promise<DeviceRequest | undefined> {
    const found = await this.#devices.find(userCode);
    return found && { ...found, deviceCodeHash: '', userCode };
  }

  async decideDevice(
    userCode: string,
    approval: { grant: Grant; family: string } | undefined,
  ): Promise<boolean> {
    const { grant, family } = approval ?? {};
    const settled = await this.#devices.settle(
      userCode,
      grant && { user: grant.user, organisation: grant.organisation, grantId: family ?? '' },
    );
    if (settled && grant && family !== undefined) this.#place(family, grant);
    return settled;
  }

  pollDevice(deviceCodeHash: string): Promise<DevicePoll> {
    const taken = this.#devices.take(deviceCodeHash);
    if (taken.kind !== 'approved') return Promise.resolve({ kind: pollKinds[taken.kind] });
    const { grantId: family, user, request } = taken;
    const grant = this.#placed(family, { ...request, user });
    return Promise.resolve(grant ? { kind: 'approved', grant, family } : { kind: 'expired' });
  }

  /** Also those that are about to begin. */
  endAllOf(userId: number): void {
    this.#services.sql.transaction(() => {
      this.#grantCodes.revokeAllOf(userId);
      this.#devices.revokeAllOf(userId);
      this.#grants.revokeAllOf(userId);
    });
  }

  clean(): void {
    const { sql } = this.#services;
    for (const store of [this.#grants, this.#grantCodes, this.#devices, this.#tries]) store.clean();
    sql.run(
      `DELETE FROM grant_organisations WHERE grant_id NOT IN
        (SELECT id FROM grants UNION SELECT grant_id FROM grant_codes
          UNION SELECT grant_id FROM device_grants)`,
    );
  }

  #place(grantId: string, { organisation }: Grant): void {
    this.#services.sql.run(
      'INSERT OR REPLACE INTO grant_organisations VALUES (?, ?, ?)',
      grantId,
      organisation.id,
      organisation.login,
    );
  }

  #placed(
    grantId: string,
    { user, scopes, device }: Pick<Grant, 'user' | 'scopes' | 'device'>,
  ): Grant | undefined {
    const [row] = this.#services.sql.all(
      'SELECT organisation_id, login FROM grant_organisations WHERE grant_id = ?',
      grantId,
    );
    if (!row) return undefined;
    const organisation = { id: Number(row.organisation_id), login: String(row.login) };
    return { user, organisation, scopes, device };
  }
}

/** To a machine all of these mean: begin anew; the words are the login's (RFC 8628 §3.5). */
const pollKinds = {
  slow_down: 'slow-down',
  authorization_pending: 'pending',
  access_denied: 'denied',
  expired_token: 'expired',
  invalid_grant: 'expired',
} as const satisfies Record<
  Exclude<Polled | Taken, { kind: 'issued' | 'approved' }>['kind'],
  string
>;

function pairOf({ grant, accessToken, refreshToken }: grants.Issued): TokenPair {
  return {
    accessToken,
    accessLifeS: grants.accessLifeMs / 1000,
    refreshToken,
    scopes: grant.scopes,
  };
}
