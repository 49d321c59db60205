/** What stands behind the login in tests: everything in memory, membership from the GitHub sandbox. */
import type { Account } from '#edge/github/shapes.ts';
import { take, type Bucket, type Rate } from '#edge/gate/rate-limit.ts';
import type { LoginCode } from '#edge/gate/preview-login.ts';
import type { GitHubConfig } from '#edge/github/config.ts';
import { Installations, type InstallationToken } from '#edge/github/installation.ts';
import { membershipOf, type Membership } from '#edge/github/membership.ts';
import type { Identity } from '#edge/github/oauth.ts';
import type { GitHubServices } from '#edge/github/rest.ts';
import {
  loginLifeMs,
  type DevicePoll,
  type DeviceRequest,
  type Grant,
  type GrantCode,
  type Login,
  type LoginPort,
  type PreviewPlace,
  type TokenPair,
} from '#edge/login/ports.ts';

interface Family {
  grant: Grant;
  generation: number;
}

export class MemoryPort implements LoginPort {
  readonly previews = new Map<string, PreviewPlace>();
  readonly logins = new Map<string, Login>();
  readonly codes = new Map<string, LoginCode>();
  readonly families = new Map<string, Family>();
  /** Installations by organisation. */
  readonly installed = new Map<number, number>();
  /** Every call, by name. */
  readonly calls: string[] = [];
  readonly #nowMs: () => number;
  readonly #installations: Installations;
  readonly #grantCodes = new Map<string, { code: GrantCode; used: boolean }>();
  readonly #endedFamilies = new Set<string>();
  readonly #devices = new Map<
    string,
    { request: DeviceRequest; poll: DevicePoll; polledMs: number; intervalMs: number }
  >();
  readonly #buckets = new Map<string, Bucket>();
  #count = 0;

  constructor(config: GitHubConfig, services: GitHubServices) {
    this.#nowMs = () => services.clock.nowMs();
    const tokens = new Map<number, InstallationToken>();
    this.#installations = new Installations(config, services, {
      get: (id) => tokens.get(id),
      set: (id, token) => void (token ? tokens.set(id, token) : tokens.delete(id)),
    });
  }

  /** Who has asked for what. */
  readonly asked: { label: string; user: Account }[] = [];

  async askFor(label: string, user: Account): Promise<void> {
    if (this.previews.has(label)) this.asked.push({ label, user });
  }

  async preview(label: string): Promise<PreviewPlace | undefined> {
    this.calls.push('preview');
    return this.previews.get(label);
  }

  async startLogin({ user, organisations }: Identity): Promise<{ secret: string; login: Login }> {
    this.calls.push('startLogin');
    const sid = `sid-${(this.#count += 1)}-${crypto.randomUUID()}`;
    const login = { sid, user, organisations, untilMs: this.#nowMs() + loginLifeMs };
    this.logins.set(sid, login);
    return { secret: `secret-of-${sid}`, login };
  }

  async login(secret: string): Promise<Login | undefined> {
    this.calls.push('login');
    return this.logins.get(sidOf(secret));
  }

  async endLogin(sid: string): Promise<void> {
    this.logins.delete(sid);
  }

  async endLoginsOf({ user }: Login): Promise<void> {
    for (const [sid, login] of this.logins) if (login.user.id === user.id) this.logins.delete(sid);
  }

  /** Who may read what: `repository:person`. */
  readonly readers = new Map<string, Membership>();

  async readership(
    _organisationId: number,
    repositoryId: number,
    userId: number,
  ): Promise<Membership> {
    this.calls.push('readership');
    return this.readers.get(`${repositoryId}:${userId}`) ?? { kind: 'none' };
  }

  async membership(organisationId: number, userId: number): Promise<Membership> {
    this.calls.push('membership');
    const installationId = this.installed.get(organisationId);
    if (installationId === undefined) return { kind: 'not-installed' };
    return membershipOf(this.#installations, { organisationId, installationId }, userId);
  }

  async storeCode(hash: string, code: LoginCode): Promise<void> {
    this.codes.set(hash, code);
  }

  /** What the preview's object does. */
  readonly consume = async (hash: string): Promise<LoginCode | undefined> => {
    const code = this.codes.get(hash);
    this.codes.delete(hash);
    return code;
  };

  async storeGrantCode(hash: string, code: GrantCode): Promise<void> {
    this.#grantCodes.set(hash, { code, used: false });
  }

  async redeemGrantCode(hash: string): Promise<GrantCode | undefined> {
    const kept = this.#grantCodes.get(hash);
    if (kept?.used) this.#endFamily(kept.code.family);
    if (!kept || kept.used) return undefined;
    kept.used = true;
    return kept.code;
  }

  async startFamily(family: string, grant: Grant): Promise<TokenPair | undefined> {
    if (this.#endedFamilies.has(family)) return undefined;
    this.families.set(family, { grant, generation: 1 });
    return pairOf(family, 1, grant);
  }

  async grantOfRefresh(text: string): Promise<Grant | undefined> {
    return this.families.get(familyOf(text))?.grant;
  }

  async rotate(text: string): Promise<TokenPair | undefined> {
    const family = this.families.get(familyOf(text));
    if (!family) return undefined;
    const generation = Number(text.split('.')[2]);
    if (generation < family.generation - 1) {
      this.#endFamily(familyOf(text));
      return undefined;
    }
    family.generation = generation + 1;
    return pairOf(familyOf(text), family.generation, family.grant);
  }

  async revoke(text: string): Promise<void> {
    this.#endFamily(familyOf(text));
  }

  async startDevice(request: DeviceRequest): Promise<boolean> {
    if (this.#devices.has(request.userCode)) return false;
    const rest = { poll: { kind: 'pending' } as const, polledMs: 0, intervalMs: 5000 };
    this.#devices.set(request.userCode, { request, ...rest });
    return true;
  }

  async findDevice(userCode: string): Promise<DeviceRequest | undefined> {
    this.calls.push('findDevice');
    const kept = this.#devices.get(userCode);
    const open = kept?.poll.kind === 'pending' && kept.request.expiresMs > this.#nowMs();
    return open ? kept.request : undefined;
  }

  async decideDevice(
    userCode: string,
    approval: { grant: Grant; family: string } | undefined,
  ): Promise<boolean> {
    if (!(await this.findDevice(userCode))) return false;
    const kept = this.#devices.get(userCode)!;
    kept.poll = approval ? { kind: 'approved', ...approval } : { kind: 'denied' };
    return true;
  }

  async pollDevice(hash: string): Promise<DevicePoll> {
    const kept = [...this.#devices.values()].find(({ request }) => request.deviceCodeHash === hash);
    if (!kept || kept.request.expiresMs <= this.#nowMs()) return { kind: 'expired' };
    const tooSoon = this.#nowMs() - kept.polledMs < kept.intervalMs;
    kept.polledMs = this.#nowMs();
    if (kept.poll.kind === 'pending' && tooSoon) {
      kept.intervalMs += 5000;
      return { kind: 'slow-down' };
    }
    const { poll } = kept;
    if (poll.kind === 'approved') kept.poll = { kind: 'expired' };
    return poll;
  }

  async take(
    bucket: string,
    rate: Rate,
    cost?: number,
  ): Promise<{ allowed: boolean; retryAfterS: number }> {
    const taken = take(this.#buckets.get(bucket), this.#nowMs(), rate, cost);
    this.#buckets.set(bucket, taken.bucket);
    return { allowed: taken.allowed, retryAfterS: taken.retryAfterS };
  }

  #endFamily(family: string): void {
    this.#endedFamilies.add(family);
    this.families.delete(family);
  }
}

function pairOf(family: string, generation: number, { scopes }: Grant): TokenPair {
  const rest = { accessLifeS: 3600, scopes };
  return {
    accessToken: `access.${family}.${generation}`,
    refreshToken: `refresh.${family}.${generation}`,
    ...rest,
  };
}

/** Which login a cookie opens. */
export function sidOf(secret: string | undefined): string {
  return /^secret-of-(.*)$/.exec(secret ?? '')?.[1] ?? '';
}

function familyOf(text: string): string {
  return text.split('.')[1] ?? '';
}
