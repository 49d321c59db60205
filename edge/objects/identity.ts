/**
 * Who is signed in, everywhere: logins of browsers and grants of machines. They belong to a person, who
 * may belong to several organisations, so they are in one object of their own; whether the person may
 * see anything is each organisation's to say.
 */
import type { LoginCode } from '../gate/preview-login.ts';
import type { Rate } from '../gate/rate-limit.ts';
import type { Identity as Identified } from '../github/oauth.ts';
import type {
  DevicePoll,
  DeviceRequest,
  Grant,
  GrantCode,
  Login,
  LoginPort,
  TokenPair,
} from '../login/ports.ts';
import { migrate } from '../schema.ts';
import * as authorizationCodes from './stores/authorization-codes.ts';
import * as codeTries from './stores/code-tries.ts';
import * as deviceGrants from './stores/device-grants.ts';
import type { Polled, Taken } from './stores/device-request.ts';
import * as grants from './stores/grants.ts';
import * as loginCodes from './stores/login-codes.ts';
import * as logins from './stores/logins.ts';
import { Paces } from './stores/paces.ts';
import type { StoreServices } from './stores/services.ts';

/** What an organisation and a preview answer for themselves. */
export type IdentityCalls = Omit<LoginPort, 'preview' | 'membership'> & {
  /** Gives a code once. A second time its login is ended: somebody has a copy (threat 5). */
  consumeCode(hash: string): Promise<LoginCode | undefined>;
  /** Whether the login still lives. */
  lives(sid: string): Promise<boolean>;
  /** Whose an access token is. */
  grantOfAccess(token: string): Promise<Grant | undefined>;
};

const steps = [
  [
    `CREATE TABLE grant_organisations (
      grant_id TEXT PRIMARY KEY, organisation_id INTEGER NOT NULL, login TEXT NOT NULL)`,
  ],
];

export interface IdentityServices extends StoreServices {
  /** These logins are over: what was opened with them has to close. */
  onEnded(sids: readonly string[]): void;
}

export class Identity implements IdentityCalls {
  readonly #services: IdentityServices;
  readonly #logins: logins.Logins;
  readonly #codes: loginCodes.LoginCodes<LoginCode>;
  readonly #grants: grants.Grants;
  readonly #grantCodes: authorizationCodes.AuthorizationCodes;
  readonly #devices: deviceGrants.DeviceGrants;
  readonly #paces: Paces;

  constructor(services: IdentityServices) {
    const { sql, clock } = services;
    this.#services = services;
    migrate(sql, steps, 'identity');
    migrate(sql, logins.steps, 'logins');
    migrate(sql, loginCodes.steps, 'login_codes');
    migrate(sql, grants.steps, 'grants');
    migrate(sql, authorizationCodes.steps, 'authorization_codes');
    migrate(sql, deviceGrants.steps, 'device_grants');
    migrate(sql, codeTries.steps, 'code_tries');
    this.#logins = new logins.Logins(services);
    this.#codes = new loginCodes.LoginCodes(services);
    this.#grants = new grants.Grants(services);
    this.#grantCodes = new authorizationCodes.AuthorizationCodes(services, this.#grants);
    this.#devices = new deviceGrants.DeviceGrants(
      services,
      this.#grants,
      new codeTries.CodeTries(services),
    );
    this.#paces = new Paces(clock);
  }

  async startLogin(identified: Identified): Promise<{ secret: string; login: Login }> {
    const { secret, login } = await this.#logins.begin(identified);
    return { secret, login: loginOf(login) };
  }

  async login(secret: string): Promise<Login | undefined> {
    const login = await this.#logins.find(secret);
    return login && loginOf(login);
  }

  lives(sid: string): Promise<boolean> {
    return Promise.resolve(this.#logins.byId(sid) !== undefined);
  }

  endLogin(sid: string): Promise<void> {
    if (this.#logins.end(sid)) this.#services.onEnded([sid]);
    return Promise.resolve();
  }

  endLoginsOf({ user }: Login): Promise<void> {
    const sids = this.#logins.endAllOf(user.id);
    if (sids.length > 0) this.#services.onEnded(sids);
    return Promise.resolve();
  }

  storeCode(hash: string, code: LoginCode): Promise<void> {
    this.#codes.store(hash, code);
    return Promise.resolve();
  }

  async consumeCode(hash: string): Promise<LoginCode | undefined> {
    const consumed = this.#codes.consume(hash);
    if (consumed.kind === 'replay') await this.endLogin(consumed.sid);
    if (consumed.kind !== 'first') return undefined;
    // A login that ended in that minute takes its codes with it.
    return this.#logins.byId(consumed.record.sid) ? consumed.record : undefined;
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

  take(bucket: string, rate: Rate): Promise<{ allowed: boolean; retryAfterS: number }> {
    return Promise.resolve(this.#paces.take(bucket, rate));
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

function loginOf({ id: sid, user, organisations, untilMs }: logins.Login): Login {
  return { sid, user, organisations, untilMs };
}

function pairOf({ grant, accessToken, refreshToken }: grants.Issued): TokenPair {
  return {
    accessToken,
    accessLifeS: grants.accessLifeMs / 1000,
    refreshToken,
    scopes: grant.scopes,
  };
}
