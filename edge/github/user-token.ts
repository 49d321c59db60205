/**
 * GitHub's user access token of one login: got, used twice, given back. It is a string between these
 * functions and their caller `oauth.ts`, is never stored and appears in no answer, error or log line.
 */
import { z } from 'zod';
import type { GitHubConfig } from './config.ts';
import { allPages } from './pages.ts';
import { pauseAskedFor } from './pause.ts';
import {
  defaultRetryAfterMs,
  fetchOf,
  type Answer,
  type GitHubServices,
  type Refused,
  type Rest,
  type Unavailable,
} from './rest.ts';
import { account, userInstallations, type Account } from './shapes.ts';

/** 10,000 organisations; nobody is in as many. */
const maxPages = 100;

/** Why GitHub gave no token. All but `code` are mistakes in the app's settings. */
export type ExchangeFault = 'code' | 'credentials' | 'redirect-uri' | 'email' | 'other';
export type Exchange =
  | { kind: 'token'; token: string }
  | { kind: 'not-exchanged'; reason: ExchangeFault }
  | Unavailable;

export interface Organisation extends Account {
  installationId: number;
}

const faults: Readonly<Record<string, ExchangeFault>> = {
  bad_verification_code: 'code',
  incorrect_client_credentials: 'credentials',
  redirect_uri_mismatch: 'redirect-uri',
  unverified_user_email: 'email',
};

/** A scheme other than Bearer would be a token of another kind. */
const granted = z.object({
  access_token: z.string().min(1),
  token_type: z.string().regex(/^bearer$/i),
});
/** Comes with status 200. */
const notGranted = z.object({ error: z.string() });

/** RFC 6749 §4.1.3 with the verifier of RFC 7636 §4.5. Sent once: the code is good for one try. */
export async function exchange(
  config: GitHubConfig,
  services: GitHubServices,
  { code, verifier, redirectUri }: { code: string; verifier: string; redirectUri: string },
): Promise<Exchange> {
  const form = new URLSearchParams({
    client_id: config.clientId,
    client_secret: config.clientSecret,
    code,
    redirect_uri: redirectUri,
    code_verifier: verifier,
  });
  let response: Response;
  let body: unknown;
  try {
    response = await fetchOf(services)(`${config.webUrl}/login/oauth/access_token`, {
      method: 'POST',
      headers: {
        accept: 'application/json',
        'content-type': 'application/x-www-form-urlencoded',
        'user-agent': 'byway',
      },
      body: form.toString(),
    });
    body = await response.json();
  } catch {
    // The error may quote the request: it is told by its effect only.
    return unavailable(services, 'no answer');
  }
  if (response.status >= 500 || response.status === 429) {
    const pauseMs = pauseAskedFor(
      { 'retry-after': response.headers.get('retry-after') ?? undefined },
      services.clock.nowMs(),
    );
    return unavailable(services, `status ${response.status}`, pauseMs);
  }
  const refusal = notGranted.safeParse(body);
  if (refusal.success) {
    return { kind: 'not-exchanged', reason: faults[refusal.data.error] ?? 'other' };
  }
  const grant = granted.safeParse(body);
  if (response.status === 200 && grant.success) {
    return { kind: 'token', token: grant.data.access_token };
  }
  return { kind: 'not-exchanged', reason: 'other' };
}

export function userOf(rest: Rest, token: string): Promise<Answer<Account>> {
  return rest.call({ route: 'GET /user', authorization: `Bearer ${token}`, shape: account });
}

/**
 * The organisations that have the app and that the token reaches. One is missing when its single
 * sign-on asks for a session that the user does not have, or when the user can see nothing in it.
 */
export async function installationsOf(
  rest: Rest,
  token: string,
): Promise<{ kind: 'ok'; organisations: Organisation[] } | Refused | Unavailable> {
  const list = await allPages(rest, {
    route: 'GET /user/installations',
    authorization: `Bearer ${token}`,
    shape: userInstallations,
    itemsOf: ({ installations }) => installations,
    maxPages,
  });
  if (list.kind !== 'ok') return list;
  const organisations = list.items.flatMap((each) => {
    const owner = account.safeParse(each.account);
    if (each.target_type !== 'Organization' || !owner.success) return [];
    return [{ ...owner.data, installationId: each.id }];
  });
  return { kind: 'ok', organisations };
}

/** True: GitHub no longer takes the token, or never did. */
export async function forget(rest: Rest, config: GitHubConfig, token: string): Promise<boolean> {
  const answer = await rest.call({
    route: 'DELETE /applications/{client_id}/token',
    parameters: { client_id: config.clientId, access_token: token },
    authorization: `Basic ${btoa(`${config.clientId}:${config.clientSecret}`)}`,
    shape: z.unknown(),
  });
  if (answer.kind === 'refused') return answer.status === 404 || answer.status === 422;
  return answer.kind === 'ok';
}

function unavailable(
  { log }: GitHubServices,
  why: string,
  retryAfterMs = defaultRetryAfterMs,
): Unavailable {
  log.warn({ why, retryAfterMs }, 'GitHub is not available');
  return { kind: 'unavailable', retryAfterMs };
}
