/** `POST /oauth/token` (RFC 6749 §4.1.3, §6; RFC 8628 §3.4) and `POST /oauth/revoke` (RFC 7009). */
import type { Page } from '#protocol/pages.ts';
import { codeHash } from '../gate/code.ts';
import { sha256 } from '../gate/digest.ts';
import { matchesChallenge } from '../gate/pkce.ts';
import { clientId } from './client.ts';
import { waitFor } from './limits.ts';
import { jsonPage } from './page.ts';
import type { TokenPair } from './ports.ts';
import type { LoginServices } from './services.ts';
import { one, repeated, type Visit } from './visit.ts';

const deviceGrantType = 'urn:ietf:params:oauth:grant-type:device_code';

/** Longer than any code, verifier or token. */
const maxCredentialCharacters = 512;

export const grantTypes = ['authorization_code', 'refresh_token', deviceGrantType];

/** Cheap checks come first, and no cookie counts here: whoever holds the credential may ask. */
export async function token(services: LoginServices, visit: Visit): Promise<Page> {
  const read = await clientForm(services, visit);
  if (!read.ok) return read.page;
  switch (one(read.form, 'grant_type')) {
    case 'authorization_code':
      return fromCode(services, read.form);
    case 'refresh_token':
      return fromRefresh(services, read.form);
    case deviceGrantType:
      return fromDevice(services, read.form);
    case undefined:
      return oauthError('invalid_request', 'grant_type is missing');
    default:
      return oauthError('unsupported_grant_type', `grant_type must be ${grantTypes.join(' or ')}`);
  }
}

/** Says 200 whatever the token was (RFC 7009 §2.2). */
export async function revoke(services: LoginServices, visit: Visit): Promise<Page> {
  const read = await clientForm(services, visit);
  if (!read.ok) return read.page;
  const text = credential(read.form, 'token');
  if (text === undefined) return oauthError('invalid_request', 'token is missing');
  await services.port.revoke(text);
  return jsonPage(200, {});
}

/**
 * The code is used up before anything is compared with it, so that a wrong guess ends it; one that
 * comes twice ends what came of it (threat 5).
 */
async function fromCode({ port, clock }: LoginServices, form: URLSearchParams): Promise<Page> {
  const verifier = one(form, 'code_verifier');
  if (verifier === undefined) {
    return oauthError('invalid_request', 'code_verifier is missing; PKCE is required');
  }
  const hash = await codeHash(one(form, 'code') ?? '');
  const code = hash === undefined ? undefined : await port.redeemGrantCode(hash);
  if (!code || clock.nowMs() >= code.expiresMs) {
    return oauthError('invalid_grant', 'the code is unknown, was used, or has expired');
  }
  if (one(form, 'redirect_uri') !== code.redirectUri) {
    return oauthError('invalid_grant', 'redirect_uri is not the one of the authorization request');
  }
  if (!(await matchesChallenge(verifier, code.codeChallenge))) {
    return oauthError('invalid_grant', 'code_verifier is not the one of the code_challenge');
  }
  return granted(await port.startFamily(code.family, code.grant));
}

async function fromRefresh({ port }: LoginServices, form: URLSearchParams): Promise<Page> {
  const text = credential(form, 'refresh_token');
  const grant = text === undefined ? undefined : await port.grantOfRefresh(text);
  if (text === undefined || !grant) return granted(undefined);
  const membership = await port.membership(grant.organisation.id, grant.user.id);
  if (membership.kind === 'unavailable') {
    const waitS = Math.ceil(membership.retryAfterMs / 1000);
    return later(503, 'temporarily_unavailable', 'GitHub does not answer', waitS);
  }
  if (membership.kind !== 'member') {
    return oauthError('invalid_grant', 'the person is no longer a member of the organisation');
  }
  return granted(await port.rotate(text));
}

async function fromDevice({ port }: LoginServices, form: URLSearchParams): Promise<Page> {
  const text = credential(form, 'device_code');
  if (text === undefined) return oauthError('invalid_request', 'device_code is missing');
  const poll = await port.pollDevice(await sha256(text));
  switch (poll.kind) {
    case 'approved':
      return granted(await port.startFamily(poll.family, poll.grant));
    case 'pending':
      return oauthError('authorization_pending', 'nobody has typed the code yet');
    case 'slow-down':
      return oauthError('slow_down', 'wait 5 s longer between requests');
    case 'denied':
      return oauthError('access_denied', 'the person said no');
    case 'expired':
      return oauthError('expired_token', 'the code has expired or was used');
  }
}

function granted(pair: TokenPair | undefined): Page {
  if (!pair) return oauthError('invalid_grant', 'the token is unknown, was used, or was revoked');
  return jsonPage(200, {
    access_token: pair.accessToken,
    token_type: 'Bearer',
    expires_in: pair.accessLifeS,
    refresh_token: pair.refreshToken,
    scope: pair.scopes.join(' '),
  });
}

type ClientForm = { ok: true; form: URLSearchParams } | { ok: false; page: Page };

/** A form of our client, which has no secret: it only says its name (RFC 6749 §3.2.1). */
export async function clientForm(
  services: LoginServices,
  visit: Visit,
  limit: 'token' | 'device' = 'token',
): Promise<ClientForm> {
  const refuse = (page: Page): ClientForm => ({ ok: false, page });
  const waitS = await waitFor(services, limit, visit.address);
  // To a device that polls this says what to do (RFC 8628 §3.5).
  if (waitS !== undefined) return refuse(later(429, 'slow_down', 'too many requests', waitS));
  const form = await visit.form();
  if (!form) return refuse(oauthError('invalid_request', 'the body is no form, or too large'));
  if (repeated(form) !== undefined) {
    return refuse(oauthError('invalid_request', 'a parameter is there twice'));
  }
  return one(form, 'client_id') === clientId
    ? { ok: true, form }
    : refuse(oauthError('invalid_client', `client_id must be ${clientId}`));
}

/** RFC 6749 §5.2. */
export function oauthError(error: string, description: string): Page {
  return jsonPage(400, { error, error_description: description });
}

function later(status: number, error: string, description: string, waitS: number): Page {
  const body = { error, error_description: description };
  return jsonPage(status, body, ['Retry-After', String(Math.max(1, waitS))]);
}

function credential(form: URLSearchParams, name: string): string | undefined {
  const text = one(form, name);
  return text === undefined || text.length > maxCredentialCharacters ? undefined : text;
}
