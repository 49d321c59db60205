/** The CLI’s half of a login: what it asks for and redeems. */
import { expect } from 'vitest';
import { challengeOf } from '#edge/gate/pkce.ts';
import { Browser, type Seen } from './browser.ts';
import { appOrigin } from './login-stack.ts';
import { browser, stack } from './use-login.ts';

export const redirectUri = 'http://127.0.0.1:49152/cb/s3cr3tpath';
export const verifier = 'verifier-of-the-test-verifier-of-the-test-1';
export const state = 'state-of-the-cli';
export const tokenUrl = `${appOrigin}/oauth/token`;

export async function authorizeUrl(
  change: Record<string, string | undefined> = {},
): Promise<string> {
  const parameters = {
    client_id: 'byway-cli',
    response_type: 'code',
    redirect_uri: redirectUri,
    state,
    code_challenge: await challengeOf(verifier),
    code_challenge_method: 'S256',
    device: "bob's laptop",
    ...change,
  };
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(parameters)) if (value) query.set(name, value);
  return `${appOrigin}/oauth/authorize?${query}`;
}

/** What the CLI's own listener is sent. */
export function back({ status, headers }: Seen): Record<string, string> {
  const location = new URL(headers.get('location')!);
  expect(status).toBe(303);
  expect(location.origin + location.pathname).toBe(redirectUri);
  expect(headers.get('referrer-policy')).toBe('no-referrer');
  return Object.fromEntries(location.searchParams);
}

export async function codeFor(as: string, change = {}): Promise<string> {
  const page = await browser.open(await authorizeUrl(change), as);
  return back(await browser.submit(page, { decision: 'allow' })).code!;
}

export async function post(url: string, fields: Record<string, string | undefined>) {
  const body = new URLSearchParams();
  for (const [name, value] of Object.entries(fields))
    if (value !== undefined) body.set(name, value);
  const headers = { accept: 'application/json' };
  const answer = await new Browser(stack).send(url, {
    method: 'POST',
    body: body.toString(),
    headers,
  });
  expect(answer.headers.get('cache-control')).toBe('no-store');
  return { status: answer.status, ...(JSON.parse(answer.text) as Record<string, string>) };
}

export const redeem = (code: string, change: Record<string, string | undefined> = {}) =>
  post(tokenUrl, {
    grant_type: 'authorization_code',
    client_id: 'byway-cli',
    code,
    redirect_uri: redirectUri,
    code_verifier: verifier,
    ...change,
  });
export const refresh = (refresh_token: string) =>
  post(tokenUrl, { grant_type: 'refresh_token', client_id: 'byway-cli', refresh_token });
export const invalidGrant = { status: 400, error: 'invalid_grant' };
