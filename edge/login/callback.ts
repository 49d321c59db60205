/** `GET /auth/github/callback`: GitHub sends somebody back. */
import type { Page } from '#protocol/pages.ts';
import { identifierPattern } from '../gate/base62.ts';
import { clearCookie, cookieName, setCookie, transactionCookieName } from '../gate/cookies.ts';
import { equalInConstantTime } from '../gate/constant-time.ts';
import { sha256 } from '../gate/digest.ts';
import type { Transaction } from '../gate/transaction.ts';
import type { Identification, Identity } from '../github/oauth.ts';
import { admitTo, type Admission } from './admit.ts';
import { withAsk } from './ask.ts';
import { denied, toPreview, transactionOf } from './authorize.ts';
import { denialPage, type Denial } from './denials.ts';
import { loginOf, redirectUriOf, toGitHub, urlOf } from './github-login.ts';
import { tooMany } from './limits.ts';
import { seeOther, withCookies } from './page.ts';
import type { Login } from './ports.ts';
import { unseal, unsealGoal, type GitHubTransaction, type Goal } from './sealed.ts';
import type { LoginServices } from './services.ts';
import { one, type Visit } from './visit.ts';

/** As `identifierPattern` says. */
const identifierCharacters = 22;
const codePattern = /^[\x21-\x7e]{1,512}$/;

/** Single use: the cookie goes with the answer, whatever it is, and GitHub takes a code once. */
export async function gitHubCallback(services: LoginServices, visit: Visit): Promise<Page> {
  const state = one(visit.query, 'state') ?? '';
  const id = state.slice(0, identifierCharacters);
  if (!identifierPattern.test(id)) return denialPage({ kind: 'bad-callback' }, visit.accept);
  const name = transactionCookieName('github', id);
  const cleared = visit.cookies.names.has(name) ? [clearCookie(name)] : [];
  const { sealKeys, clock } = services;
  const sealed = visit.cookies.values.get(name);
  const begun = sealed && (await unseal(sealKeys, sealed, clock.nowMs()));
  const stated = await unsealGoal(sealKeys, state.slice(identifierCharacters + 1));
  const goal = (begun && begun.goal) || stated;
  const isOurs = begun && equalInConstantTime(begun.stateHash, await sha256(state));
  const page =
    isOurs && goal
      ? await finished(services, visit, begun, goal)
      : await strayed(services, visit, stated, name);
  return withCookies(page, cleared);
}

/**
 * The cookie is gone: three later tabs took its place, or it is not this browser's login. Nothing of
 * what came is used but the goal; who is signed in by another tab goes there, and while other tabs are
 * at GitHub still this one begins anew (threat 8). Where nothing is under way, that could go round for
 * ever: perhaps the browser keeps no cookies.
 */
async function strayed(
  services: LoginServices,
  visit: Visit,
  goal: Goal | undefined,
  ownCookie: string,
): Promise<Page> {
  if (goal && (await loginOf(services, visit))) return seeOther(urlOf(goal));
  const pending = transactionCookieName('github', '');
  const others = [...visit.cookies.names].some(
    (each) => each.startsWith(pending) && each !== ownCookie,
  );
  if (goal && others) return toGitHub(services, visit, goal);
  const links = goal ? [{ text: 'Try again', url: urlOf(goal) }] : [];
  return denialPage({ kind: 'bad-callback', links }, visit.accept);
}

async function finished(
  services: LoginServices,
  visit: Visit,
  begun: GitHubTransaction,
  goal: Goal,
): Promise<Page> {
  const { accept, query } = visit;
  const { verifier } = begun;
  // What GitHub says beside the code of the error is not shown: anybody can write it (threat 10).
  if (query.has('error')) {
    const kind = one(query, 'error') === 'access_denied' ? 'cancelled' : 'bad-callback';
    return denied(services, { kind }, goal, visit);
  }
  const code = one(query, 'code');
  if (code === undefined || !codePattern.test(code))
    return denied(services, { kind: 'bad-callback' }, goal, visit);
  const refused = await tooMany(services, 'login', visit.address, accept);
  if (refused) return refused;
  const identification = await services.oauth.identify(code, verifier, redirectUriOf(services));
  if (identification.kind !== 'identified')
    return denied(services, denialFor(identification), goal, visit);
  return signedIn(services, visit, begun, goal, identification);
}

async function signedIn(
  services: LoginServices,
  visit: Visit,
  begun: GitHubTransaction,
  goal: Goal,
  { user, organisations }: Identity,
): Promise<Page> {
  const identity = { user, organisations };
  const isInOne = organisations.length > 0;
  // Whether somebody who is in no organisation gets a login is for the preview to say. Of the others'
  // organisations GitHub can be asked only after the login, which tells them of their installation.
  const early = isInOne ? undefined : await arrivalOf(services, goal, identity);
  const mayStay = isInOne || early?.admission.kind === 'admitted';
  const started = await newLogin(services, visit, begun, identity, mayStay);
  const cookie = started
    ? setCookie(cookieName.sso, started.secret, {
        sameSite: 'Lax',
        maxAgeS: Math.max(1, Math.floor((started.login.untilMs - services.clock.nowMs()) / 1000)),
      })
    : clearCookie(cookieName.sso);
  const arrival = isInOne ? await arrivalOf(services, goal, identity) : early;
  const page = await onwards(services, visit, goal, identity, arrival, started?.login);
  return withCookies(page, [cookie]);
}

/**
 * A new login always, and the one that the browser brought is dead (threat 7); unless another tab of it
 * signed the same person in since this login began, or ten tabs would end each other (threat 8). An
 * account that reaches no organisation gets none, unless it is a guest's or reader's: nothing here is for it.
 */
async function newLogin(
  { port }: LoginServices,
  { cookies }: Visit,
  { ssoHash }: GitHubTransaction,
  identity: Identity,
  mayStay: boolean,
): Promise<{ secret: string; login: Login } | undefined> {
  const { organisations } = identity;
  const secret = cookies.values.get(cookieName.sso);
  const former = secret === undefined ? undefined : await port.login(secret);
  if (secret !== undefined && former) {
    const isNew = (await sha256(secret)) !== ssoHash;
    const isSame = former.user.id === identity.user.id;
    if (isNew && isSame && mayStay) {
      return { secret, login: { ...former, organisations } };
    }
    await port.endLogin(former.sid);
  }
  return mayStay ? port.startLogin(identity) : undefined;
}

interface Arrival {
  tx: Transaction;
  admission: Admission;
}

/** undefined: the way leads to no preview, or began too long ago. */
async function arrivalOf(
  services: LoginServices,
  goal: Goal,
  identity: Identity,
): Promise<Arrival | undefined> {
  const tx = goal.kind === 'preview' ? await transactionOf(services, goal.tx) : undefined;
  return tx && { tx, admission: await admitTo(services.port, tx.label, identity) };
}

async function onwards(
  services: LoginServices,
  visit: Visit,
  goal: Goal,
  identity: Identity,
  arrival: Arrival | undefined,
  login: Login | undefined,
): Promise<Page> {
  if (goal.kind === 'path') {
    if (login) return seeOther(goal.path);
    const parameters = { login: identity.user.login };
    return denied(services, { kind: 'wrong-account', parameters }, goal, visit);
  }
  if (!arrival) return denialPage({ kind: 'bad-link' }, visit.accept);
  const { tx, admission } = arrival;
  if (admission.kind === 'denied') {
    const denial = await withAsk(services, admission.denial, tx.label, identity);
    return denied(services, denial, goal, visit);
  }
  if (!login) throw new Error('a member whose organisation is not in their login');
  return toPreview(services, tx, goal.tx, admission.preview, login);
}

const misconfigurations = {
  credentials: 'the client secret is wrong',
  'redirect-uri': 'the callback URL is not registered with the app',
  token: 'it gives a token and does not take it',
  other: 'for a reason of its own',
};

function denialFor(failure: Exclude<Identification, { kind: 'identified' }>): Denial {
  if (failure.kind === 'unavailable') {
    return { kind: 'unavailable', retryAfterMs: failure.retryAfterMs };
  }
  const { reason } = failure;
  if (reason === 'code') return { kind: 'bad-callback' };
  if (reason === 'email') return { kind: 'email' };
  return { kind: 'misconfigured', parameters: { reason: misconfigurations[reason] } };
}
