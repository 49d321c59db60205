/**
 * `POST /login/oauth/access_token`. Errors come with status 200, as GitHub sends them:
 * https://docs.github.com/en/apps/oauth-apps/maintaining-oauth-apps/troubleshooting-oauth-app-access-token-request-errors
 */
import { verifierFits } from '../grants.ts';
import { fieldsOf, json, type Incoming, type Outgoing } from '../http.ts';
import type { GitHubState } from '../state.ts';
import { refreshTokenLifeSeconds, userTokenLifeSeconds, type UserTokenPair } from '../tokens.ts';
import type { App } from '../world.ts';

const descriptions = {
  incorrect_client_credentials: 'The client_id and/or client_secret passed are incorrect.',
  redirect_uri_mismatch:
    'The redirect_uri MUST match the registered callback URL for this application.',
  bad_verification_code: 'The code passed is incorrect or expired.',
  bad_refresh_token: 'The refresh token passed is incorrect or expired.',
  unsupported_grant_type: 'The grant_type is not one that is supported.',
};

type Problem = keyof typeof descriptions;

export function accessToken(incoming: Incoming, state: GitHubState): Outgoing {
  const fields = new Map([...incoming.url.searchParams, ...fieldsOf(incoming)]);
  const app = state.appByClientId(fields.get('client_id') ?? '');
  if (app === undefined || app.client_secret !== fields.get('client_secret')) {
    return refused(incoming, 'incorrect_client_credentials');
  }
  const grantType = fields.get('grant_type');
  if (grantType === 'refresh_token') {
    const pair = state.tokens.refreshUser(fields.get('refresh_token') ?? '', app.id);
    return pair === undefined ? refused(incoming, 'bad_refresh_token') : granted(incoming, pair);
  }
  if (grantType !== undefined && grantType !== 'authorization_code') {
    return refused(incoming, 'unsupported_grant_type');
  }
  const result = exchanged(fields, app, state);
  return typeof result === 'string' ? refused(incoming, result) : granted(incoming, result);
}

function exchanged(
  fields: ReadonlyMap<string, string>,
  app: App,
  state: GitHubState,
): UserTokenPair | Problem {
  // Taken before anything is checked: a wrong guess uses the code up.
  const grant = state.grants.take(fields.get('code') ?? '');
  if (grant?.appId !== app.id) return 'bad_verification_code';
  const redirectUri = fields.get('redirect_uri');
  if (redirectUri !== undefined && redirectUri !== grant.redirectUri)
    return 'redirect_uri_mismatch';
  if (!verifierFits(grant.codeChallenge, fields.get('code_verifier')))
    return 'bad_verification_code';
  return state.tokens.issueUser(app.id, grant.userId);
}

function granted(incoming: Incoming, { token, refreshToken }: UserTokenPair): Outgoing {
  return formatted(incoming, {
    access_token: token,
    expires_in: userTokenLifeSeconds,
    refresh_token: refreshToken,
    refresh_token_expires_in: refreshTokenLifeSeconds,
    token_type: 'bearer',
    // Empty for an app: its permissions are not scopes.
    scope: '',
  });
}

function refused(incoming: Incoming, error: Problem): Outgoing {
  const anchor = error.replaceAll('_', '-');
  return formatted(incoming, {
    error,
    error_description: descriptions[error],
    error_uri: `https://docs.github.com/apps/managing-oauth-apps/troubleshooting-oauth-app-access-token-request-errors/#${anchor}`,
  });
}

/** "By default, the response takes the following form": of a form, unless JSON is asked for. */
function formatted({ headers }: Incoming, value: Record<string, string | number>): Outgoing {
  if (String(headers['accept'] ?? '').includes('json')) return json(200, value);
  const form = new URLSearchParams();
  for (const [name, field] of Object.entries(value)) form.set(name, String(field));
  return {
    status: 200,
    headers: { 'content-type': 'application/x-www-form-urlencoded; charset=utf-8' },
    body: form.toString(),
  };
}
