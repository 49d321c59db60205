/** The login as a source of bearers: read from its file at each use, renewed before it ends. */
import { RequestError } from '#protocol/requests.ts';
import type { EdgeAccess } from './authorized-call.ts';
import { whileLocked } from './credentials-lock.ts';
import { loadCredentials, saveCredentials, type Credentials } from './credentials.ts';
import { sameEdge } from './edge-url.ts';
import { discover } from './metadata.ts';
import { OauthRefusal, requestGrant } from './token-endpoint.ts';

/** An access token is renewed that long before it ends. */
export const renewBeforeMs = 5 * 60_000;

/** Errors that say nothing about the refresh token (RFC 6749 §4.1.2.1). */
const passing = new Set(['server_error', 'temporarily_unavailable']);

export class LoginAccess implements EdgeAccess {
  readonly source = 'login';
  readonly url: string;
  readonly #file: string;
  #renewing: Promise<string> | undefined;
  /** A refresh token that the edge has refused, so that it is not asked again and again. */
  #dead: { refreshToken: string; reason: string } | undefined;

  /** `url`: the edge that the credentials in `file` must be for. */
  constructor(file: string, url: string) {
    this.#file = file;
    this.url = url;
  }

  /** Why the login cannot be used any more; '' while it can. */
  get problem(): string {
    const found = this.#load();
    return this.#dead && found?.refresh_token === this.#dead.refreshToken ? this.#dead.reason : '';
  }

  get isPerson(): boolean {
    return Boolean(this.#load()?.user);
  }

  bearer = async (refused?: string): Promise<string> => {
    const found = this.#load();
    if (!found) throw notLoggedIn(this.url);
    if (usable(found, refused)) return found.access_token;
    this.#renewing ??= whileLocked(this.#file, () => this.#renew(refused)).finally(() => {
      this.#renewing = undefined;
    });
    return this.#renewing;
  };

  #load(): Credentials | undefined {
    const found = loadCredentials(this.#file);
    return found && sameEdge(found.edge_url, this.url) ? found : undefined;
  }

  async #renew(refused: string | undefined): Promise<string> {
    // Another process may have been faster, or have logged out.
    const found = this.#load();
    if (!found) throw notLoggedIn(this.url);
    if (usable(found, refused)) return found.access_token;
    const { refresh_token: refreshToken } = found;
    if (refreshToken === null) {
      // Nothing can be renewed: whoever asks learns from the edge's answer that it is over.
      return found.access_token;
    }
    if (this.#dead?.refreshToken === refreshToken) throw again(this.#dead.reason);
    try {
      const server = await discover(this.url);
      const form = { grant_type: 'refresh_token', refresh_token: refreshToken };
      const grant = await requestGrant(server, form);
      saveCredentials(this.#file, {
        ...found,
        access_token: grant.accessToken,
        access_expires_ms: grant.expiresMs,
        refresh_token: grant.refreshToken ?? refreshToken,
      });
      return grant.accessToken;
    } catch (error) {
      if (error instanceof OauthRefusal && !passing.has(error.code)) {
        const reason = `the edge ${this.url} does not renew the login: ${error.message}`;
        this.#dead = { refreshToken, reason };
        throw again(reason);
      }
      // Until it ends the present one will do; the edge keeps the former refresh token for one retry.
      const { access_expires_ms: endMs } = found;
      const lives = endMs === null || endMs > Date.now();
      if (lives && refused === undefined) return found.access_token;
      const { message } = error as Error;
      throw new RequestError('unreachable', `the login cannot be renewed: ${message}`);
    }
  }
}

function usable({ access_token, access_expires_ms }: Credentials, refused?: string): boolean {
  if (refused !== undefined) return access_token !== refused;
  return access_expires_ms === null || access_expires_ms - Date.now() > renewBeforeMs;
}

function again(reason: string): RequestError {
  return new RequestError('not_configured', `${reason}; log in again: byway login`);
}

export function notLoggedIn(edge: string): RequestError {
  return new RequestError('not_configured', `not logged in to ${edge}; log in: byway login`);
}
