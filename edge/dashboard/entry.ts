/** Who comes to the dashboard, for which organisation, and whether they may. */
import type { Page } from '#protocol/pages.ts';
import type { Person } from '../api/principal.ts';
import { isNavigation } from '../gate/navigation.ts';
import { denialOf, membershipFor } from '../login/admit.ts';
import { denied } from '../login/authorize.ts';
import { denialPage, type Denial } from '../login/denials.ts';
import { loginOf, toGitHub } from '../login/github-login.ts';
import { html, htmlPage, jsonPage } from '../login/page.ts';
import type { Login } from '../login/ports.ts';
import { allScopes } from '../login/scopes.ts';
import { ownForm, type Visit } from '../login/visit.ts';
import type { Account } from '../objects/calls.ts';
import { hasDash } from './dash-cookie.ts';
import type { DashboardServices } from './services.ts';

export interface Session {
  login: Login;
  organisation: Account;
  /** Somebody with all scopes: at the dashboard a person is in person. */
  person: Person;
  /** Whether the request was begun on one of our own pages. */
  isOwn: boolean;
}

export type Entry = { ok: true; session: Session } | { ok: false; page: Page };

/** Longer ones are not gone back to after a login. */
const maxPathCharacters = 500;

/** For reading. Somebody who opens a page and has no login goes to GitHub first. */
export async function enter(
  services: DashboardServices,
  visit: Visit,
  request: Request,
): Promise<Entry> {
  const { login: forLogin } = services;
  const url = new URL(request.url);
  const chooseAccount = visit.query.get('account') === 'choose';
  url.searchParams.delete('account');
  const wanted = url.pathname + url.search;
  const goal = {
    kind: 'path',
    path: wanted.length > maxPathCharacters ? '/dashboard' : wanted,
  } as const;
  const login = chooseAccount ? undefined : await loginOf(forLogin, visit);
  if (!login) {
    const head = [...request.headers].flat();
    if (!isNavigation(request.method, head)) return { ok: false, page: signInFirst(visit) };
    return { ok: false, page: await toGitHub(forLogin, visit, goal, { chooseAccount }) };
  }
  return admitted(services, visit, login, (denial) => denied(forLogin, denial, goal, visit));
}

/** For changing: a form of a page of ours, sent by somebody who is in the dashboard (threat 39). */
export async function enterWithForm(
  services: DashboardServices,
  visit: Visit,
  request: Request,
): Promise<(Entry & { ok: false }) | { ok: true; session: Session; form: URLSearchParams }> {
  const { login: forLogin } = services;
  const site = request.headers.get('sec-fetch-site') ?? 'same-origin';
  const foreign = () => denialPage({ kind: 'foreign-form' }, visit.accept);
  if (visit.originField !== forLogin.appOrigin() || site !== 'same-origin') {
    return { ok: false, page: foreign() };
  }
  const login = await loginOf(forLogin, visit);
  if (!login) return { ok: false, page: signInFirst(visit) };
  if (!(await hasDash(forLogin, visit, login))) return { ok: false, page: foreign() };
  const read = await ownForm(forLogin, visit);
  if (!read.ok) return read;
  const entry = await admitted(services, visit, login, (denial) =>
    denialPage(denial, visit.accept),
  );
  return entry.ok ? { ...entry, form: read.form } : entry;
}

/**
 * The organisation is one of the login's own, whatever the request names (threats 36 and 42), and
 * GitHub's word on the membership is asked for each time.
 */
async function admitted(
  services: DashboardServices,
  visit: Visit,
  login: Login,
  refuse: (denial: Denial) => Page,
): Promise<Entry> {
  const organisation = organisationIn(login, visit.query.get('organisation'));
  const { user } = login;
  if (!organisation) {
    return { ok: false, page: refuse({ kind: 'not-member', parameters: { login: user.login } }) };
  }
  const { id } = organisation;
  const membership = await membershipFor(services.login.port, id, login);
  const denial = denialOf(membership, login);
  if (denial || membership.kind !== 'member') {
    const links = othersThan(organisation, login);
    const why: Denial = denial ?? { kind: 'not-member', parameters: { login: user.login } };
    return { ok: false, page: refuse({ ...why, links: [...(why.links ?? []), ...links] }) };
  }
  const person: Person = {
    kind: 'person',
    actor: `gh:${user.id}`,
    user,
    organisationId: id,
    organisationLogin: organisation.login,
    role: membership.role,
    scopes: allScopes,
  };
  const isOwn = await hasDash(services.login, visit, login);
  return { ok: true, session: { login, organisation, person, isOwn } };
}

function organisationIn({ organisations }: Login, name: string | null): Account | undefined {
  if (name === null) return organisations[0];
  return organisations.find(({ login }) => login.toLowerCase() === name.toLowerCase());
}

function othersThan({ id }: Account, { organisations }: Login) {
  const others = organisations.filter((each) => each.id !== id);
  return others.map(({ login }) => ({
    text: `Go to ${login}`,
    url: `/dashboard?${new URLSearchParams({ organisation: login })}`,
  }));
}

function signInFirst({ accept }: Visit): Page {
  if (accept === undefined || !/\btext\/html\b/i.test(accept)) {
    const error = {
      code: 'BW-5001',
      status: 401,
      title: 'Not signed in',
      detail: 'The login is missing or has ended.',
      action: 'Open /dashboard in the browser.',
    };
    return jsonPage(401, { error });
  }
  return htmlPage(
    'You are signed out',
    html`<p>The login has ended, so nothing was changed.</p>
      <p><a href="/dashboard">Sign in with GitHub</a></p>`,
    { status: 401 },
  );
}
