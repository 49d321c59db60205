/** Pages of a preview host for those who do not get in, with the reason and nothing about the preview. */
import type { Head } from '#protocol/head.ts';
import { renderPage, type Page } from '#protocol/pages.ts';
import { denialOf } from '../login/admit.ts';
import { mayAsk } from '../login/ask.ts';
import { denialPage, type Denial } from '../login/denials.ts';
import type { Known } from '../objects/admission.ts';
import type { Admission } from '../objects/stores/quotas.ts';
import { isNavigation } from './navigation.ts';

/**
 * Whoever was let in once and is no member looks at the page again: they are sent to sign in as somebody
 * who comes for the first time. Only there, where no app's script reads along, can they ask to be let in
 * (threat 10); and perhaps they have become a member of something since.
 */
export function startsAnew(
  known: Known,
  { method, head }: { method: string; head: Head },
): boolean {
  const isPerson = known.viewer?.holder.kind === 'person';
  return isPerson && mayAsk.has(refusalOf(known).kind) && isNavigation(method, head);
}

/** A viewer who is not admitted. */
export function refusalPage(known: Known, accept: string | undefined): Page {
  return denialPage(refusalOf(known), accept);
}

/** `why` is there where a viewer is not admitted. */
function refusalOf({ viewer, why }: Known): Denial {
  const holder = viewer?.holder;
  const user = holder?.kind === 'person' ? holder : { id: 0, login: 'a token' };
  // Whoever has a session here was in an organisation that has the app.
  const organisations = [{ id: 0, login: '', installationId: 0 }];
  const denial = denialOf(why ?? { kind: 'none' }, { user, organisations });
  return denial ?? { kind: 'not-member', parameters: { login: user.login } };
}

/** A public preview that strangers have used up for now (threat 59). */
export function overQuota(
  { over, retryAfterS }: Admission & { allowed: false },
  accept: string | undefined,
): Page {
  const page = renderPage(over === 'requests' ? 'BW-1008' : 'BW-1009', {}, accept);
  return { ...page, fields: [...page.fields, 'Retry-After', String(retryAfterS)] };
}
