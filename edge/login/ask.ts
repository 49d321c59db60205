/**
 * `POST /ask`: somebody who was denied asks to be let in. Who asks, and for what, is sealed into the form
 * of the page that denied them, since whoever is in no organisation has no login. The answer is the
 * same whether or not there is such a preview, and whether or not anybody will hear (threat 19).
 */
import type { Page } from '#protocol/pages.ts';
import { denialPage, type Denial } from './denials.ts';
import { tooMany } from './limits.ts';
import { html, htmlPage } from './page.ts';
import type { Identity } from '../github/oauth.ts';
import { sealAsk, unsealAsk } from './sealed.ts';
import type { LoginServices } from './services.ts';
import { one, ownForm, type Visit } from './visit.ts';

export const askPath = '/ask';

/** The form's field lives as long as somebody may look at the page. */
const ticketLifeMs = 60 * 60_000;

/** Where asking to be let in is of use. */
export const mayAsk: ReadonlySet<Denial['kind']> = new Set([
  'wrong-account',
  'not-member',
  'not-reader',
]);

/** The denial with a button, for those who may ask. */
export async function withAsk(
  { sealKeys, clock }: LoginServices,
  denial: Denial,
  label: string,
  { user }: Identity,
): Promise<Denial> {
  if (!mayAsk.has(denial.kind)) return denial;
  const expiresMs = clock.nowMs() + ticketLifeMs;
  return { ...denial, ticket: await sealAsk(sealKeys, { label, user, expiresMs }) };
}

export async function askForAccess(services: LoginServices, visit: Visit): Promise<Page> {
  const read = await ownForm(services, visit);
  if (!read.ok) return read.page;
  const { sealKeys, clock, port } = services;
  const ticket = one(read.form, 'ticket') ?? '';
  const ask = await unsealAsk(sealKeys, ticket, clock.nowMs());
  if (!ask) return denialPage({ kind: 'bad-link' }, visit.accept);
  const refused = await tooMany(services, 'ask', ask.user.id, visit.accept);
  if (refused) return refused;
  await port.askFor(ask.label, ask.user);
  return htmlPage(
    'You have asked',
    html`<p>
        If there is something here, the people whom it belongs to can see that ${ask.user.login}
        asks to be let in.
      </p>
      <p>When somebody has let you in, open the link again. Nobody is told anything else.</p>`,
  );
}
