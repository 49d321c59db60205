/** Pages of a preview host for those who do not get in, with the reason and nothing about the preview. */
import type { Head } from '#protocol/head.ts';
import { renderPage, type Page } from '#protocol/pages.ts';
import { denialOf } from '../login/admit.ts';
import { denialPage } from '../login/denials.ts';
import type { Known } from '../objects/admission.ts';
import type { Admission } from '../objects/stores/quotas.ts';
import { isNavigation } from './navigation.ts';

/**
 * Whoever was let in once and is no member looks at the page again: they are sent to sign in as somebody
 * who comes for the first time. Only there, where no app's script reads along, can they ask to be let in
 * (threat 10); and perhaps they have become a member of something since.
 */
export function startsAnew(
  { viewer, why }: Known,
  { method, head }: { method: string; head: Head },
): boolean {
  const mayAsk = asking.has(why?.kind ?? 'none');
  return viewer?.holder.kind === 'person' && mayAsk && isNavigation(method, head);
}

/** Those whom `login/ask.ts` gives a button. */
const asking: ReadonlySet<string> = new Set(['none', 'no-reader']);

/** A viewer who is not admitted; `why` is there then. */
export function refusalPage({ viewer, why }: Known, accept: string | undefined): Page {
  const holder = viewer?.holder;
  const user = holder?.kind === 'person' ? holder : { id: 0, login: 'a token' };
  // Whoever has a session here was in an organisation that has the app.
  const organisations = [{ id: 0, login: '', installationId: 0 }];
  const denial = denialOf(why ?? { kind: 'none' }, { user, organisations });
  return denialPage(denial ?? { kind: 'not-member', parameters: { login: user.login } }, accept);
}

/** A public preview that strangers have used up for now (threat 59). */
export function overQuota(
  { over, retryAfterS }: Admission & { allowed: false },
  accept: string | undefined,
): Page {
  const page = renderPage(over === 'requests' ? 'BW-1008' : 'BW-1009', {}, accept);
  return { ...page, fields: [...page.fields, 'Retry-After', String(retryAfterS)] };
}
