/** Whether somebody is logged in here, and as whom: by the configuration's operator token or a login. */
import type { CliConfig } from '../config.ts';
import { LoginAccess } from './access.ts';
import { operatorAccess, type EdgeAccess } from './authorized-call.ts';
import { credentialsFile, loadCredentials, type Credentials } from './credentials.ts';
import { sameEdge } from './edge-url.ts';

/** What of the configuration counts; a command that needs no connector may do without a file. */
export type EdgeConfig = Pick<CliConfig, 'edge' | 'edgeUrl'>;

/** The login that goes with the configuration; undefined: none. @throws Failure */
export function currentLogin({ edge, edgeUrl }: EdgeConfig): Credentials | undefined {
  if (edge) return undefined;
  const found = loadCredentials(credentialsFile());
  return found && sameEdge(edgeUrl ?? found.edge_url, found.edge_url) ? found : undefined;
}

export function isLoggedIn(config: EdgeConfig): boolean {
  return config.edge !== undefined || currentLogin(config) !== undefined;
}

/** As of this moment: people log in and out while a daemon runs. */
export class CurrentAccess {
  readonly #config: EdgeConfig;
  #login: LoginAccess | undefined;

  constructor(config: EdgeConfig) {
    this.#config = config;
  }

  /** undefined: nobody is logged in. @throws Failure */
  get(): EdgeAccess | undefined {
    if (this.#config.edge) return operatorAccess(this.#config.edge);
    const login = currentLogin(this.#config);
    if (!login) return undefined;
    // Kept: it makes one renewal of several that are wanted at once.
    if (this.#login?.url !== login.edge_url) {
      this.#login = new LoginAccess(credentialsFile(), login.edge_url);
    }
    return this.#login;
  }

  /** Renews the login where its end is near. @throws RequestError, Failure */
  async renew(): Promise<void> {
    const access = this.get();
    if (access?.source === 'login') await access.bearer();
  }

  /** For `byway status`; null: no login, or an operator token. */
  view(): LoginView | null {
    const login = currentLogin(this.#config);
    if (!login) return null;
    return { ...viewOf(login), problem: this.#login?.problem ?? '' };
  }
}

export interface LoginView {
  edge_url: string;
  organisation: { id: number; login: string };
  user: { id: number; login: string } | null;
  /** Why it cannot be used any more; '' while it can. */
  problem: string;
}

/** A login without its secrets. */
export function viewOf({ edge_url, organisation, user }: Credentials): Omit<LoginView, 'problem'> {
  return { edge_url, organisation, user };
}

/** `alice (acme)` */
export function accountText({
  user,
  organisation,
}: Pick<LoginView, 'user' | 'organisation'>): string {
  return `${user?.login ?? 'a service'} (${organisation.login})`;
}
