/** From a page that ends a login of the CLI: the way to its terminal, which waits until then. */
import { readAuthorizationRequest, redirectTo } from './authorization-request.ts';
import { denialBody, type Denial } from './denials.ts';
import type { Goal } from './sealed.ts';
import type { LoginServices } from './services.ts';

/** RFC 6749 §4.1.2.1. Empty where the person was on their way to something else. */
export function wayBack(
  { appOrigin }: Pick<LoginServices, 'appOrigin'>,
  goal: Goal,
  denial: Denial,
): { text: string; url: string }[] {
  if (goal.kind !== 'path' || !goal.path.startsWith('/oauth/authorize?')) return [];
  const [, query = ''] = goal.path.split(/\?(.*)/s, 2);
  const read = readAuthorizationRequest(new URLSearchParams(query));
  if (read.kind !== 'request') return [];
  const { redirectUri, state } = read.request;
  const answer = { error: 'access_denied', error_description: denialBody(denial).error.detail };
  const url = redirectTo(redirectUri, appOrigin(), state, answer);
  return [{ text: 'Give up, and go back to the terminal', url }];
}
