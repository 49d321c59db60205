/** A request as GitHub's description speaks of it. */
import { apiRoot } from '../addresses.ts';
import type { ApiRequest } from '../contract/contract.ts';
import type { Incoming } from '../http.ts';
import { ApiError, notFound } from '../reply.ts';
import { fullNameOf } from '../shapes/repositories.ts';
import type { GitHubState } from '../state.ts';

/** @throws ApiError 400, 403, 404 */
export function requestOf(
  { method, url, headers, body }: Incoming,
  state: GitHubState,
): ApiRequest {
  // "All API requests must include a valid User-Agent header."
  // https://docs.github.com/en/rest/using-the-rest-api/getting-started-with-the-rest-api#user-agent
  if (!headers['user-agent']) {
    throw new ApiError(
      403,
      'Request forbidden by administrative rules. Please make sure your request has a User-Agent header.',
    );
  }
  const given = Object.entries(headers).filter(([, value]) => value !== undefined);
  return {
    method,
    path: byName(url.pathname.slice(apiRoot.length), state),
    query: url.search.slice(1),
    headers: Object.fromEntries(given) as Record<string, string | string[]>,
    body: bodyOf(body),
  };
}

/**
 * `/repositories/ID/…` is where the old name of a repository leads; not described, and the same as
 * `/repos/OWNER/NAME/…`.
 */
function byName(path: string, state: GitHubState): string {
  const [, id, rest = ''] = /^\/repositories\/(\d+)(\/.*)?$/.exec(path) ?? [];
  if (id === undefined) return path;
  const repository = state.repository(Number(id));
  if (repository === undefined) throw notFound();
  return `/repos/${fullNameOf(repository, state)}${rest}`;
}

function bodyOf(body: Buffer): unknown {
  if (body.length === 0) return undefined;
  try {
    return JSON.parse(body.toString()) as unknown;
  } catch {
    throw new ApiError(400, 'Problems parsing JSON');
  }
}
