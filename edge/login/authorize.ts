/** `GET /authorize?tx=…`: a viewer comes from a preview, and goes back with a code. */
import type { Page } from '#protocol/pages.ts';
import { codeLifeMs, makeCode } from '../gate/code.ts';
import { verifyTransaction, type Transaction } from '../gate/transaction.ts';
import { admitTo } from './admit.ts';
import { withAsk } from './ask.ts';
import { denialPage, type Denial } from './denials.ts';
import { loginOf, toGitHub, urlOf } from './github-login.ts';
import { seeOther } from './page.ts';
import type { Login, PreviewPlace } from './ports.ts';
import type { Goal } from './sealed.ts';
import type { LoginServices } from './services.ts';
import { one, type Visit } from './visit.ts';
import { wayBack } from './way-back.ts';

/**
 * Without a login nothing is looked up: all labels look the same to a stranger (threat 19). The host
 * to go back to comes from the preview's record, never from the request (threat 2).
 */
export async function authorize(services: LoginServices, visit: Visit): Promise<Page> {
  const token = one(visit.query, 'tx');
  const tx = token === undefined ? undefined : await transactionOf(services, token);
  if (token === undefined || !tx) return denialPage({ kind: 'bad-link' }, visit.accept);
  const goal: Goal = { kind: 'preview', tx: token };
  const chooseAccount = visit.query.get('account') === 'choose';
  const login = chooseAccount ? undefined : await loginOf(services, visit);
  if (!login) return toGitHub(services, visit, goal, { chooseAccount });
  const admission = await admitTo(services.port, tx.label, login);
  if (admission.kind === 'admitted') {
    return toPreview(services, tx, token, admission.preview, login);
  }
  // What a login reaches is as old as the login: the app may have come to the organisation since.
  if (admission.denial.kind === 'saml') return toGitHub(services, visit, goal);
  const denial = await withAsk(services, admission.denial, tx.label, login);
  return denied(services, denial, goal, visit);
}

export function transactionOf(
  { ring, appOrigin, clock }: LoginServices,
  token: string,
): Promise<Transaction | undefined> {
  return verifyTransaction(ring, token, { appOrigin: appOrigin(), nowMs: clock.nowMs() });
}

export async function toPreview(
  { port, random, clock }: LoginServices,
  { label, nonceHash }: Transaction,
  token: string,
  { origin, organisationId, epoch }: PreviewPlace,
  { user, sid, untilMs }: Login,
): Promise<Page> {
  const { code, hash } = await makeCode(random);
  await port.storeCode(hash, {
    label,
    origin,
    nonceHash,
    viewer: { kind: 'person', id: user.id, login: user.login },
    sid,
    expiresMs: clock.nowMs() + codeLifeMs,
    organisationId,
    epoch,
    untilMs,
  });
  return seeOther(`${origin}/.byway/callback?${new URLSearchParams({ code, tx: token })}`);
}

/** With the ways out of it. */
export function denied(
  services: LoginServices,
  denial: Denial,
  goal: Goal,
  { accept }: Visit,
): Page {
  const again = { text: 'Try again', url: urlOf(goal) };
  const other = { text: 'Use another GitHub account', url: urlOf(goal, { choose: true }) };
  const links = [...(denial.links ?? []), again, other, ...wayBack(services, goal, denial)];
  return denialPage({ ...denial, links }, accept);
}
