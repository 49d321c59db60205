/**
 * Calls of GitHub's REST API. Whatever happens comes back as an answer: errors of the client library
 * carry the request, so none leaves this file.
 */
import { Octokit } from '@octokit/core';
import { retry } from '@octokit/plugin-retry';
import type { z } from 'zod';
import type { Clock, Log } from '../ports.ts';
import { pauseAskedFor } from './pause.ts';

export interface GitHubServices {
  clock: Clock;
  log: Log;
  /** The engine's own when left out. */
  fetch?: typeof fetch;
  /** Of one call, head and body; default `callTimeoutMs`. */
  timeoutMs?: number;
}

/** A person waits for most of these calls; GitHub answers nearly all within a second. */
export const callTimeoutMs = 10_000;
/** What to wait after a failure that names no time. */
export const defaultRetryAfterMs = 5_000;

/** GitHub says no. `ssoUrl`: because the token's user has no SAML session there. */
export interface Refused {
  kind: 'refused';
  status: number;
  ssoUrl?: string;
  /** Of a repository that has another name now: its id. */
  movedId?: number;
}
/** No answer, one that makes no sense, or too many calls. */
export interface Unavailable {
  kind: 'unavailable';
  retryAfterMs: number;
}
/** `next`: the URL of the next page, on the origin of `apiUrl`. */
export type Answer<T> = { kind: 'ok'; data: T; next: string | undefined } | Refused | Unavailable;

export interface Call<T> {
  /** `GET /orgs/{org}/members`, or the `next` of an answer. */
  route: string;
  /** For the path's braces, then the query (GET) or the body. */
  parameters?: Readonly<Record<string, unknown>>;
  /** The header's value; left out: asked as a stranger. */
  authorization?: string;
  /** What a good answer's body must be. */
  shape: z.ZodType<T>;
}

interface Reply {
  status: number;
  headers: Readonly<Record<string, string | number | undefined>>;
  data: unknown;
}

const RetryingOctokit = Octokit.plugin(retry);
/** Renames of 2026 and later would change shapes; GitHub Enterprise Server knows only this one. */
const apiVersion = '2022-11-28';
const silent = { debug() {}, info() {}, warn() {}, error() {} };

/**
 * One object's way to GitHub with one kind of credential, since the pauses that GitHub asks for are
 * kept for all calls; never shared between objects. `retries`: how often a failed call is
 * repeated, 1, 4, 9 s later; only for work that nobody waits for.
 */
export class Rest {
  readonly apiUrl: string;
  readonly #services: GitHubServices;
  readonly #octokit: InstanceType<typeof RetryingOctokit>;
  /** GitHub asked to be left alone until then; calling on would lengthen it. */
  #quietUntilMs = 0;

  constructor(apiUrl: string, services: GitHubServices, retries = 0) {
    this.apiUrl = apiUrl;
    this.#services = services;
    this.#octokit = new RetryingOctokit({
      baseUrl: apiUrl,
      userAgent: 'byway',
      log: silent,
      request: { fetch: fetchOf(services), log: silent },
      // A 429 names its own pause, mostly far longer.
      retry: {
        enabled: retries > 0,
        retries,
        doNotRetry: [400, 401, 403, 404, 410, 422, 429, 451],
      },
    });
  }

  async call<T>({ route, parameters, authorization, shape }: Call<T>): Promise<Answer<T>> {
    const waitMs = this.#quietUntilMs - this.#services.clock.nowMs();
    if (waitMs > 0) return { kind: 'unavailable', retryAfterMs: waitMs };
    const headers = {
      ...(authorization !== undefined && { authorization }),
      'x-github-api-version': apiVersion,
    };
    let reply: Reply | undefined;
    try {
      reply = await this.#octokit.request(route, { ...parameters, headers });
    } catch (error) {
      reply = replyOf(error);
    }
    return this.#answer(route, reply, shape);
  }

  #answer<T>(route: string, reply: Reply | undefined, shape: z.ZodType<T>): Answer<T> {
    if (!reply) return this.#unavailable(route, 'no answer');
    const { status, headers, data } = reply;
    if (status >= 500 || status === 429 || (status === 403 && isRateLimit(reply))) {
      const pauseMs = pauseAskedFor(headers, this.#services.clock.nowMs());
      if (pauseMs !== undefined) this.#quietUntilMs = this.#services.clock.nowMs() + pauseMs;
      return this.#unavailable(route, `status ${status}`, pauseMs);
    }
    // Redirects are not followed: the token would go where the answer says.
    if (status >= 300) return { kind: 'refused', status, ...ssoOf(headers), ...movedOf(headers) };
    const parsed = shape.safeParse(data);
    if (!parsed.success) return this.#unavailable(route, `status ${status} with an unknown body`);
    const [, next] = /<([^<>]+)>;\s*rel="next"/.exec(String(headers.link ?? '')) ?? [];
    if (next === undefined) return { kind: 'ok', data: parsed.data, next };
    if (!URL.canParse(next, this.apiUrl)) return this.#unavailable(route, 'no next page');
    return { kind: 'ok', data: parsed.data, next: hereOf(next, this.apiUrl) };
  }

  #unavailable(route: string, why: string, retryAfterMs = defaultRetryAfterMs): Unavailable {
    this.#services.log.warn({ route, why, retryAfterMs }, 'GitHub is not available');
    return { kind: 'unavailable', retryAfterMs };
  }
}

/** Each attempt has its own time, redirects stay visible. */
export function fetchOf({ fetch: given, timeoutMs = callTimeoutMs }: GitHubServices): typeof fetch {
  const send = given ?? fetch;
  return (url, init) =>
    send(reachable(String(url)), {
      ...init,
      redirect: 'manual',
      signal: AbortSignal.timeout(timeoutMs),
    });
}

/** Names below `localhost` are this machine (RFC 6761 §6.3), but not every resolver knows. */
function reachable(text: string): string {
  const url = new URL(text);
  if (url.hostname.endsWith('.localhost')) url.hostname = '127.0.0.1';
  return url.href;
}

/** undefined: there was no answer. */
function replyOf(error: unknown): Reply | undefined {
  if (typeof error !== 'object' || error === null || !('response' in error)) return undefined;
  return error.response as Reply | undefined;
}

function isRateLimit({ headers, data }: Reply): boolean {
  if (headers['retry-after'] !== undefined) return true;
  if (Number(headers['x-ratelimit-remaining'] ?? 1) === 0) return true;
  const message = typeof data === 'object' && data && 'message' in data ? data.message : '';
  return /rate limit/i.test(String(message));
}

/** `X-GitHub-SSO: required; url=https://…` */
function ssoOf(headers: Reply['headers']): { ssoUrl?: string } {
  const [, ssoUrl] =
    /^required;\s*url=(https:\/\/\S+)$/.exec(String(headers['x-github-sso'])) ?? [];
  return ssoUrl === undefined ? {} : { ssoUrl };
}

/** Renamed or transferred: `…/repositories/ID`, perhaps with more. */
function movedOf({ location }: Reply['headers']): { movedId?: number } {
  const [, repositoryId] = /\/repositories\/(\d{1,15})(?:\/|$)/.exec(String(location ?? '')) ?? [];
  return repositoryId === undefined ? {} : { movedId: Number(repositoryId) };
}

/** A link (RFC 8288) by path and query only: a page elsewhere would get the token. */
function hereOf(link: string, apiUrl: string): string {
  const { pathname, search } = new URL(link, apiUrl);
  return new URL(apiUrl).origin + pathname + search;
}
