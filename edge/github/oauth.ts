/**
 * Login with GitHub: who somebody is and which organisations they can show, from one authorization
 * code. The user token lives inside `identify` and is given back before it returns.
 */
import type { GitHubConfig } from './config.ts';
import { Rest, type GitHubServices, type Unavailable } from './rest.ts';
import type { Account } from './shapes.ts';
import {
  exchange,
  forget,
  installationsOf,
  userOf,
  type ExchangeFault,
  type Organisation,
} from './user-token.ts';

export type { Organisation } from './user-token.ts';

export interface AuthorizeQuery {
  /** Exactly one of the app's callback URLs. */
  redirectUri: string;
  state: string;
  /** `challengeOf` (`gate/pkce.ts`) the verifier. */
  codeChallenge: string;
  /** Whom to suggest. */
  login?: string;
  /** Whether a person who is signed in at GitHub chooses the account anew. */
  chooseAccount?: boolean;
}

export interface Identity {
  user: Account;
  organisations: readonly Organisation[];
}

export type Identification =
  | ({ kind: 'identified' } & Identity)
  /** `token`: GitHub gave a token and then did not take it. */
  | { kind: 'not-identified'; reason: ExchangeFault | 'token' }
  | Unavailable;

export class OAuth {
  readonly #config: GitHubConfig;
  readonly #services: GitHubServices;

  constructor(config: GitHubConfig, services: GitHubServices) {
    this.#config = config;
    this.#services = services;
  }

  /** Where to send a person's browser. */
  authorizeUrl(query: AuthorizeQuery): string {
    const url = new URL(`${this.#config.webUrl}/login/oauth/authorize`);
    url.search = new URLSearchParams({
      client_id: this.#config.clientId,
      redirect_uri: query.redirectUri,
      state: query.state,
      code_challenge: query.codeChallenge,
      code_challenge_method: 'S256',
      allow_signup: 'false',
      ...(query.login === undefined ? {} : { login: query.login }),
      ...(query.chooseAccount ? { prompt: 'select_account' } : {}),
    }).toString();
    return url.href;
  }

  /** `redirectUri` as in the authorize URL. Whatever the outcome, the code is spent. */
  async identify(code: string, verifier: string, redirectUri: string): Promise<Identification> {
    const given = { code, verifier, redirectUri };
    const answer = await exchange(this.#config, this.#services, given);
    if (answer.kind === 'not-exchanged') return { ...answer, kind: 'not-identified' };
    if (answer.kind === 'unavailable') return answer;
    try {
      return await this.#identityOf(answer.token);
    } finally {
      const forgotten = await forget(this.#newRest(), this.#config, answer.token);
      // Nobody holds it any more, and it expires by itself within 8 h.
      if (!forgotten) this.#services.log.warn({}, 'GitHub did not take a user token back');
    }
  }

  async #identityOf(token: string): Promise<Identification> {
    const rest = this.#newRest();
    const user = await userOf(rest, token);
    if (user.kind === 'refused') return { kind: 'not-identified', reason: 'token' };
    if (user.kind === 'unavailable') return user;
    const list = await installationsOf(rest, token);
    if (list.kind === 'refused') return { kind: 'not-identified', reason: 'token' };
    if (list.kind === 'unavailable') return list;
    return { kind: 'identified', user: user.data, organisations: list.organisations };
  }

  /** Whoever has used up the calls of their account pauses nobody else's login. */
  #newRest(): Rest {
    return new Rest(this.#config.apiUrl, this.#services);
  }
}
