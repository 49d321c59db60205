/** The authorization request of the CLI (RFC 6749 §4.1.1 with RFC 7636 §4.3 and RFC 8252). */
import { challengeFault } from '../gate/pkce.ts';
import { clientId, deviceName, isLoopbackRedirect, isOrganisationLogin } from './client.ts';
import { scopesOf, type Scope } from './scopes.ts';
import { one, repeated } from './visit.ts';

export interface AuthorizationRequest {
  redirectUri: string;
  state: string;
  codeChallenge: string;
  scopes: Scope[];
  /** Login of the organisation to act for, when the person named one. */
  organisation: string | undefined;
  device: string;
}

export type ReadRequest =
  | { kind: 'request'; request: AuthorizationRequest }
  /** Nobody is sent anywhere: client or redirect are not to be trusted (RFC 6749 §4.1.2.1). */
  | { kind: 'page'; reason: string }
  | { kind: 'redirect'; redirectUri: string; state: string | undefined; error: OAuthFault };

export interface OAuthFault {
  error: string;
  description: string;
}

const statePattern = /^[\x21-\x7e]{8,512}$/;
const maxQueryCharacters = 2048;

export function readAuthorizationRequest(query: URLSearchParams): ReadRequest {
  const redirectUri = one(query, 'redirect_uri');
  if (one(query, 'client_id') !== clientId) {
    return { kind: 'page', reason: 'the client_id is not one that this gateway knows' };
  }
  if (redirectUri === undefined || !isLoopbackRedirect(redirectUri)) {
    const reason = 'the redirect_uri must be http://127.0.0.1:<port>/<random path>';
    return { kind: 'page', reason };
  }
  const given = one(query, 'state');
  const state = given !== undefined && statePattern.test(given) ? given : undefined;
  const refuse = (error: string, description: string): ReadRequest => ({
    kind: 'redirect',
    redirectUri,
    state,
    error: { error, description },
  });
  const twice = repeated(query);
  if (twice !== undefined) return refuse('invalid_request', 'a parameter is there twice');
  if (query.toString().length > maxQueryCharacters) {
    return refuse('invalid_request', 'the request is too long');
  }
  if (state === undefined) return refuse('invalid_request', 'state must have 8 to 512 characters');
  if (one(query, 'response_type') !== 'code') {
    return refuse('unsupported_response_type', 'response_type must be code');
  }
  const codeChallenge = one(query, 'code_challenge');
  const fault = challengeFault(codeChallenge, one(query, 'code_challenge_method'));
  if (fault !== undefined || codeChallenge === undefined) {
    return refuse('invalid_request', fault ?? 'code_challenge is missing');
  }
  const scopes = scopesOf(one(query, 'scope'));
  if (!scopes) return refuse('invalid_scope', 'scope names something unknown');
  const organisation = one(query, 'organisation');
  if (organisation !== undefined && !isOrganisationLogin(organisation)) {
    return refuse('invalid_request', 'organisation must be the login of an organisation');
  }
  const device = deviceName(one(query, 'device'));
  const request = { redirectUri, state, codeChallenge, scopes, organisation, device };
  return { kind: 'request', request };
}

/** Back to the CLI; `iss` says which server answered (RFC 9207). */
export function redirectTo(
  redirectUri: string,
  issuer: string,
  state: string | undefined,
  answer: Readonly<Record<string, string>>,
): string {
  const query = new URLSearchParams(answer);
  if (state !== undefined) query.set('state', state);
  query.set('iss', issuer);
  return `${redirectUri}?${query}`;
}
