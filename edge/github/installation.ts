/**
 * Installation tokens: what the edge asks GitHub with about one organisation. Minted with the least
 * that the gate needs, kept by the object that owns the organisation.
 */
import type { GitHubConfig } from './config.ts';
import { appAuthorization } from './app-jwt.ts';
import { Rest, type GitHubServices, type Unavailable } from './rest.ts';
import { account, installation, installationToken, type Account } from './shapes.ts';
import { SingleFlight } from './single-flight.ts';

/** Least life that a token from the store has left: no call begins with one that dies on its way. */
export const tokenReserveMs = 5 * 60_000;

/** What every token may do; asking for what was not granted fails as a whole. */
const wanted = { members: 'read', metadata: 'read' } as const;

export interface InstallationOf {
  organisationId: number;
  installationId: number;
}

/** `token` is opaque: GitHub has several formats. */
export interface InstallationToken {
  token: string;
  expiresAtMs: number;
  /** The organisation under the name that it had when the token was minted. */
  organisation: Account;
}

/** Where an object keeps its tokens. */
export interface TokenStore {
  get(
    installationId: number,
  ): InstallationToken | undefined | Promise<InstallationToken | undefined>;
  /** undefined: forget it, at once. */
  set(installationId: number, token: InstallationToken | undefined): void | Promise<void>;
}

/** Why the organisation cannot be asked about. */
export type InstallationDenial =
  /** Removed, never there, or another organisation's. */
  | { kind: 'not-installed' }
  | { kind: 'suspended' }
  /** Installed without *Organization → Members: read*. */
  | { kind: 'no-permission' }
  | Unavailable;

export type Minted = ({ kind: 'token' } & InstallationToken) | InstallationDenial;

export class Installations {
  readonly rest: Rest;
  readonly #config: GitHubConfig;
  readonly #services: GitHubServices;
  readonly #store: TokenStore;
  readonly #minting = new SingleFlight<number, Minted>();

  constructor(config: GitHubConfig, services: GitHubServices, store: TokenStore, retries = 0) {
    this.#config = config;
    this.#services = services;
    this.#store = store;
    this.rest = new Rest(config.apiUrl, services, retries);
  }

  /** A token with at least `tokenReserveMs` to live. */
  async tokenOf({ organisationId, installationId }: InstallationOf): Promise<Minted> {
    const kept = await this.#store.get(installationId);
    const live = kept && kept.expiresAtMs - this.#services.clock.nowMs() > tokenReserveMs;
    const minted: Minted = live
      ? { kind: 'token', ...kept }
      : await this.#minting.do(installationId, () => this.#mint(installationId));
    if (minted.kind !== 'token' || minted.organisation.id === organisationId) return minted;
    return { kind: 'not-installed' };
  }

  /** Drops a token that GitHub no longer takes. */
  forget(installationId: number): void {
    void this.#store.set(installationId, undefined);
  }

  /**
   * What GitHub says about the installation now: the organisation under its present name, or why it
   * cannot be asked about.
   */
  async organisationOf(
    installationId: number,
  ): Promise<{ kind: 'installed'; organisation: Account } | InstallationDenial> {
    const answer = await this.rest.call({
      route: 'GET /app/installations/{installation_id}',
      parameters: { installation_id: installationId },
      authorization: await appAuthorization(this.#config, this.#services.clock),
      shape: installation,
    });
    if (answer.kind === 'unavailable') return answer;
    if (answer.kind === 'refused') return this.#refused(answer.status);
    const { target_type, permissions, suspended_at } = answer.data;
    const organisation = account.safeParse(answer.data.account);
    if (target_type !== 'Organization' || !organisation.success) return { kind: 'not-installed' };
    if (suspended_at) return { kind: 'suspended' };
    // Without it GitHub knows no members at all, and says 404 for each.
    if (!permissions.members) return { kind: 'no-permission' };
    return { kind: 'installed', organisation: organisation.data };
  }

  /** Which installation an organisation has, by the name that it has now. */
  async ofOrganisation(
    login: string,
  ): Promise<{ kind: 'installed'; id: number; organisation: Account } | InstallationDenial> {
    const answer = await this.rest.call({
      route: 'GET /orgs/{org}/installation',
      parameters: { org: login },
      authorization: await appAuthorization(this.#config, this.#services.clock),
      shape: installation,
    });
    if (answer.kind === 'unavailable') return answer;
    if (answer.kind === 'refused') return this.#refused(answer.status);
    const organisation = account.safeParse(answer.data.account);
    if (!organisation.success) return { kind: 'not-installed' };
    return { kind: 'installed', id: answer.data.id, organisation: organisation.data };
  }

  async #mint(installationId: number): Promise<Minted> {
    const found = await this.organisationOf(installationId);
    if (found.kind !== 'installed') return found;
    const answer = await this.rest.call({
      route: 'POST /app/installations/{installation_id}/access_tokens',
      parameters: { installation_id: installationId, permissions: wanted },
      authorization: await appAuthorization(this.#config, this.#services.clock),
      shape: installationToken,
    });
    if (answer.kind === 'unavailable') return answer;
    if (answer.kind === 'refused') return this.#refused(answer.status);
    const minted: InstallationToken = {
      token: answer.data.token,
      expiresAtMs: Date.parse(answer.data.expires_at),
      organisation: found.organisation,
    };
    await this.#store.set(installationId, minted);
    return { kind: 'token', ...minted };
  }

  #refused(status: number): InstallationDenial {
    if (status === 401) {
      this.#services.log.warn(
        {},
        'GitHub refuses the app: check the App ID, the key and the clock',
      );
    }
    if (status === 403) return { kind: 'suspended' };
    return status === 422 ? { kind: 'no-permission' } : { kind: 'not-installed' };
  }
}
