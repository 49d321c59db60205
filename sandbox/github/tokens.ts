/** The tokens that the sandbox has given out. */
import type { Clock } from './clock.ts';
import { randomBase62 } from './random-text.ts';
import type { Permissions } from './world.ts';

/** https://docs.github.com/en/apps/creating-github-apps/authenticating-with-a-github-app/generating-a-user-access-token-for-a-github-app */
export const userTokenLifeSeconds = 28_800;
export const refreshTokenLifeSeconds = 15_897_600;
export const installationTokenLifeMs = 3_600_000;

export interface UserToken {
  readonly kind: 'user';
  readonly appId: number;
  readonly userId: number;
  readonly expiresAtMs: number;
}

export interface InstallationToken {
  readonly kind: 'installation';
  readonly installationId: number;
  readonly permissions: Permissions;
  /** Undefined: all repositories of the installation. */
  readonly repositoryIds: readonly number[] | undefined;
  readonly expiresAtMs: number;
}

export interface UserTokenPair {
  readonly token: string;
  readonly refreshToken: string;
}

export class TokenStore {
  readonly #clock: Clock;
  readonly #tokens = new Map<string, UserToken | InstallationToken>();
  readonly #refresh = new Map<string, UserToken & { readonly token: string }>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  clear(): void {
    this.#tokens.clear();
    this.#refresh.clear();
  }

  issueUser(appId: number, userId: number): UserTokenPair {
    const now = this.#clock.now();
    const holder = { kind: 'user', appId, userId } as const;
    const pair = { token: `ghu_${randomBase62(36)}`, refreshToken: `ghr_${randomBase62(76)}` };
    this.#tokens.set(pair.token, { ...holder, expiresAtMs: now + userTokenLifeSeconds * 1000 });
    this.#refresh.set(pair.refreshToken, {
      ...holder,
      token: pair.token,
      expiresAtMs: now + refreshTokenLifeSeconds * 1000,
    });
    return pair;
  }

  /** Gives a new pair for a refresh token; the old pair ends. */
  refreshUser(refreshToken: string, appId: number): UserTokenPair | undefined {
    const known = this.#refresh.get(refreshToken);
    if (known?.appId !== appId || known.expiresAtMs <= this.#clock.now()) return undefined;
    this.#refresh.delete(refreshToken);
    this.#tokens.delete(known.token);
    return this.issueUser(known.appId, known.userId);
  }

  addInstallation(token: string, what: Omit<InstallationToken, 'kind' | 'expiresAtMs'>): number {
    const expiresAtMs = this.#clock.now() + installationTokenLifeMs;
    this.#tokens.set(token, { kind: 'installation', ...what, expiresAtMs });
    return expiresAtMs;
  }

  /** What a token is good for, or undefined: unknown, expired or revoked. */
  find(token: string): UserToken | InstallationToken | undefined {
    const known = this.#tokens.get(token);
    return known !== undefined && known.expiresAtMs > this.#clock.now() ? known : undefined;
  }

  /** Ends one token of a user and what could renew it. */
  revoke(token: string): void {
    this.#tokens.delete(token);
    for (const [refreshToken, known] of this.#refresh) {
      if (known.token === token) this.#refresh.delete(refreshToken);
    }
  }

  /** Ends all that a person has let an app do. */
  revokeUser(appId: number, userId: number): void {
    const theirs = (known: UserToken): boolean => known.appId === appId && known.userId === userId;
    for (const [token, known] of this.#tokens) {
      if (known.kind === 'user' && theirs(known)) this.#tokens.delete(token);
    }
    for (const [token, known] of this.#refresh) if (theirs(known)) this.#refresh.delete(token);
  }

  revokeInstallation(installationId: number): void {
    for (const [token, known] of this.#tokens) {
      if (known.kind === 'installation' && known.installationId === installationId) {
        this.#tokens.delete(token);
      }
    }
  }
}
