/** Pages of a preview host for those who do not get in, with the reason and nothing about the preview. */
import { renderPage, type Page } from '#protocol/pages.ts';
import { denialOf } from '../login/admit.ts';
import { denialPage } from '../login/denials.ts';
import type { Known } from '../objects/admission.ts';
import type { Admission } from '../objects/stores/quotas.ts';

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
