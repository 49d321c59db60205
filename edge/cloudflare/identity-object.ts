/** The one Durable Object of logins and grants: ports and calls for `objects/identity.ts`. */
import { DurableObject } from 'cloudflare:workers';
import type { LoginCode } from '../gate/preview-login.ts';
import type { Rate } from '../gate/rate-limit.ts';
import type { Identity as Identified } from '../github/oauth.ts';
import type { DeviceRequest, Grant, GrantCode, Login } from '../login/ports.ts';
import type { IdentityCalls } from '../objects/calls.ts';
import { Identity } from '../objects/identity.ts';
import type { Environment } from './environment.ts';
import { gateOf } from './gate.ts';
import { clock, log, random, StoredAlarm } from './ports.ts';
import { sqlOf } from './sql.ts';

export class IdentityObject extends DurableObject<Environment> implements IdentityCalls {
  readonly #alarm: StoredAlarm;
  #identity!: Identity;

  constructor(state: DurableObjectState, env: Environment) {
    super(state, env);
    this.#alarm = new StoredAlarm(state.storage);
    void state.blockConcurrencyWhile(async () => {
      const { secrets, stubs, settings } = await gateOf(env);
      // It sets its alarm while it is made.
      this.#alarm.wake();
      const { tokenHash, formerTokenHash } = secrets;
      this.#identity = new Identity({
        ...{ clock, random, log, tokenHash, formerTokenHash },
        sql: sqlOf(state.storage),
        alarm: this.#alarm,
        objects: stubs,
        github: settings.github,
      });
    });
  }

  override async alarm(): Promise<void> {
    this.#alarm.gone();
    await this.#identity.alarm();
  }

  startLogin(identified: Identified) {
    return this.#identity.startLogin(identified);
  }
  login(secret: string) {
    return this.#identity.login(secret);
  }
  loginUntil(sid: string) {
    return this.#identity.loginUntil(sid);
  }
  endLogin(sid: string) {
    return this.#identity.endLogin(sid);
  }
  endLoginsOf(login: Login) {
    return this.#identity.endLoginsOf(login);
  }
  endPerson(userId: number) {
    return this.#identity.endPerson(userId);
  }
  storeCode(hash: string, code: LoginCode) {
    return this.#identity.storeCode(hash, code);
  }
  consumeCode(hash: string) {
    return this.#identity.consumeCode(hash);
  }
  storeGrantCode(hash: string, code: GrantCode) {
    return this.#identity.storeGrantCode(hash, code);
  }
  redeemGrantCode(hash: string) {
    return this.#identity.redeemGrantCode(hash);
  }
  startFamily(family: string, grant: Grant) {
    return this.#identity.startFamily(family, grant);
  }
  grantOfRefresh(token: string) {
    return this.#identity.grantOfRefresh(token);
  }
  grantOfAccess(token: string) {
    return this.#identity.grantOfAccess(token);
  }
  rotate(token: string) {
    return this.#identity.rotate(token);
  }
  revoke(token: string) {
    return this.#identity.revoke(token);
  }
  startDevice(request: DeviceRequest) {
    return this.#identity.startDevice(request);
  }
  findDevice(userCode: string) {
    return this.#identity.findDevice(userCode);
  }
  decideDevice(userCode: string, approval: { grant: Grant; family: string } | undefined) {
    return this.#identity.decideDevice(userCode, approval);
  }
  pollDevice(hash: string) {
    return this.#identity.pollDevice(hash);
  }
  take(bucket: string, rate: Rate, cost?: number) {
    return this.#identity.take(bucket, rate, cost);
  }
  placeToken(id: string, organisationId: number, userId: number | undefined) {
    return this.#identity.placeToken(id, organisationId, userId);
  }
  homeOfToken(id: string) {
    return this.#identity.homeOfToken(id);
  }
  dropToken(id: string) {
    return this.#identity.dropToken(id);
  }
}
