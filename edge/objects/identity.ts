/**
 * Who is signed in, everywhere: logins of browsers and grants of machines. They belong to a person, who
 * may belong to several organisations, so they are in one object of their own; whether the person may
 * see anything is each organisation's to say.
 */
import type { LoginCode } from '../gate/preview-login.ts';
import type { Rate } from '../gate/rate-limit.ts';
import type { GitHubConfig } from '../github/config.ts';
import type { Identity as Identified } from '../github/oauth.ts';
import type {
  DevicePoll,
  DeviceRequest,
  Grant,
  GrantCode,
  Login,
  TokenPair,
} from '../login/ports.ts';
import type { Alarm, Log } from '../ports.ts';
import { migrate } from '../schema.ts';
import type { IdentityCalls, Objects } from './calls.ts';
import { dayMs, Facts, steps as factSteps } from './facts.ts';
import { MachineGrants } from './machine-grants.ts';
import { Pushes, steps as pushSteps, subjectOfWithdrawal } from './pushes.ts';
import { Redelivery, type RedeliveryFact } from './redelivery.ts';
import * as loginCodes from './stores/login-codes.ts';
import * as logins from './stores/logins.ts';
import { Paces } from './stores/paces.ts';
import type { StoreServices } from './stores/services.ts';
import * as sessions from './stores/sessions.ts';
import * as tokenHomes from './stores/token-homes.ts';

export interface IdentityServices extends StoreServices {
  objects: Pick<Objects, 'clusterOfLabel' | 'org'>;
  alarm: Alarm;
  log: Log;
  /** undefined: nothing is redelivered. */
  github?: GitHubConfig | undefined;
  /** For tests; the engine's own when left out. */
  fetch?: typeof fetch | undefined;
}

export class Identity implements IdentityCalls {
  readonly #services: IdentityServices;
  readonly #logins: logins.Logins;
  readonly #codes: loginCodes.LoginCodes<LoginCode>;
  readonly #machines: MachineGrants;
  readonly #paces: Paces;
  readonly #sessions: sessions.Sessions;
  readonly #homes: tokenHomes.TokenHomes;
  readonly #facts: Facts<RedeliveryFact | 'clean_ms'>;
  readonly #pushes: Pushes;
  readonly #redelivery: Redelivery | undefined;

  constructor(services: IdentityServices) {
    const { sql, clock } = services;
    this.#services = services;
    migrate(sql, logins.steps, 'logins');
    migrate(sql, loginCodes.steps, 'login_codes');
    migrate(sql, sessions.steps, 'sessions');
    migrate(sql, tokenHomes.steps, 'token_homes');
    migrate(sql, factSteps, 'facts');
    migrate(sql, pushSteps, 'pushes');
    this.#logins = new logins.Logins(services);
    this.#codes = new loginCodes.LoginCodes(services);
    this.#machines = new MachineGrants(services);
    this.#paces = new Paces(clock);
    this.#sessions = new sessions.Sessions(services);
    this.#homes = new tokenHomes.TokenHomes(services);
    this.#facts = new Facts(sql);
    const { log, objects, github } = services;
    this.#pushes = new Pushes({
      sql,
      clock,
      log,
      send: (label, what) => objects.clusterOfLabel(label)?.withdrawHere(what),
      subjectOf: subjectOfWithdrawal,
      onChange: () => this.#setAlarm(),
    });
    this.#redelivery = github && new Redelivery({ ...services, github }, this.#facts);
    if (this.#facts.get('clean_ms') === undefined) {
      this.#facts.set('clean_ms', clock.nowMs() + dayMs);
    }
    // An alarm that went off while nobody listened is set again here.
    this.#setAlarm();
  }

  async startLogin(identified: Identified): Promise<{ secret: string; login: Login }> {
    const { secret, login, ended } = await this.#logins.begin(identified);
    await this.#end(() => ended);
    return { secret, login: loginOf(login) };
  }

  async login(secret: string): Promise<Login | undefined> {
    const login = await this.#logins.find(secret);
    return login && loginOf(login);
  }

  async loginUntil(sid: string): Promise<number | undefined> {
    return this.#logins.byId(sid)?.untilMs;
  }

  endLogin(sid: string): Promise<void> {
    return this.#end(() => (this.#logins.end(sid) ? [sid] : []));
  }

  endLoginsOf({ user }: Login): Promise<void> {
    return this.#end(() => this.#logins.endAllOf(user.id));
  }

  async endPerson(userId: number): Promise<void> {
    const { objects } = this.#services;
    // Whatever happens to one organisation, the others hear of it.
    const outcomes = await Promise.allSettled([
      this.#end(() => {
        this.#machines.endAllOf(userId);
        return this.#logins.endAllOf(userId);
      }),
      ...this.#homes.organisationsOf(userId).map((id) => objects.org(id).revokePersonal(userId)),
    ]);
    for (const outcome of outcomes) if (outcome.status === 'rejected') throw outcome.reason;
  }

  storeCode(hash: string, code: LoginCode): Promise<void> {
    this.#codes.store(hash, code);
    return Promise.resolve();
  }

  async consumeCode(hash: string): Promise<LoginCode | undefined> {
    const consumed = this.#codes.consume(hash);
    if (consumed.kind === 'replay') await this.endLogin(consumed.sid);
    if (consumed.kind !== 'first') return undefined;
    const { sid, label } = consumed.record;
    // A login that ended in that minute takes its codes with it.
    const login = this.#logins.byId(sid);
    if (!login) return undefined;
    this.#sessions.remember(sid, label, login.untilMs);
    return consumed.record;
  }

  async placeToken(id: string, organisationId: number, userId: number | undefined): Promise<void> {
    this.#homes.place(id, organisationId, userId);
  }

  async homeOfToken(id: string): Promise<number | undefined> {
    return this.#homes.of(id);
  }

  async dropToken(id: string): Promise<void> {
    this.#homes.drop(id);
  }

  /** What did not arrive is sent again; failed webhooks are asked for again; old rows go. */
  async alarm(): Promise<void> {
    try {
      await this.#pushes.retry();
      this.#clean();
      await this.#redelivery?.look();
    } catch (error) {
      this.#services.log.warn({ error: String(error) }, 'the upkeep was not finished');
    }
    this.#setAlarm();
  }

  storeGrantCode(hash: string, code: GrantCode): Promise<void> {
    return this.#machines.storeGrantCode(hash, code);
  }

  redeemGrantCode(hash: string): Promise<GrantCode | undefined> {
    return this.#machines.redeemGrantCode(hash);
  }

  startFamily(family: string, grant: Grant): Promise<TokenPair | undefined> {
    return this.#machines.startFamily(family, grant);
  }

  grantOfRefresh(refreshToken: string): Promise<Grant | undefined> {
    return this.#machines.grantOfRefresh(refreshToken);
  }

  grantOfAccess(token: string): Promise<Grant | undefined> {
    return this.#machines.grantOfAccess(token);
  }

  rotate(refreshToken: string): Promise<TokenPair | undefined> {
    return this.#machines.rotate(refreshToken);
  }

  revoke(token: string): Promise<void> {
    return this.#machines.revoke(token);
  }

  startDevice(request: DeviceRequest): Promise<boolean> {
    return this.#machines.startDevice(request);
  }

  findDevice(userCode: string): Promise<DeviceRequest | undefined> {
    return this.#machines.findDevice(userCode);
  }

  decideDevice(
    userCode: string,
    approval: { grant: Grant; family: string } | undefined,
  ): Promise<boolean> {
    return this.#machines.decideDevice(userCode, approval);
  }

  pollDevice(deviceCodeHash: string): Promise<DevicePoll> {
    return this.#machines.pollDevice(deviceCodeHash);
  }

  take(
    bucket: string,
    rate: Rate,
    cost?: number,
  ): Promise<{ allowed: boolean; retryAfterS: number }> {
    return Promise.resolve(this.#paces.take(bucket, rate, cost));
  }

  /** Sessions of ended logins close before it resolves; where one does not, the alarm tries again. */
  async #end(end: () => string[]): Promise<void> {
    const pushes = this.#services.sql.transaction(() => {
      const places = this.#sessions.take(end());
      return places.flatMap(({ label, sids, untilMs }) =>
        this.#pushes.add([label], { kind: 'logins', sids }, untilMs),
      );
    });
    await this.#pushes.deliver(pushes);
  }

  #setAlarm(): void {
    const cleanMs = this.#facts.get('clean_ms') ?? Infinity;
    const lookMs = this.#redelivery?.nextMs ?? Infinity;
    this.#services.alarm.set(Math.min(cleanMs, lookMs, this.#pushes.nextMs));
  }

  #clean(): void {
    const nowMs = this.#services.clock.nowMs();
    if (nowMs < (this.#facts.get('clean_ms') ?? Infinity)) return;
    this.#facts.set('clean_ms', nowMs + dayMs);
    const stores = [this.#logins, this.#codes, this.#machines, this.#sessions, this.#homes];
    for (const store of stores) store.clean();
  }
}

function loginOf({ id: sid, user, organisations, untilMs }: logins.Login): Login {
  return { sid, user, organisations, untilMs };
}
