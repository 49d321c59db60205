/** To GitHub, to find out who somebody is; `callback.ts` takes them back. */
import type { Page } from '#protocol/pages.ts';
import { randomIdentifier } from '../gate/base62.ts';
import {
  clearCookie,
  cookieName,
  setCookie,
  surplusTransactions,
  transactionCookieName,
} from '../gate/cookies.ts';
import { sha256 } from '../gate/digest.ts';
import { challengeOf, makeVerifier } from '../gate/pkce.ts';
import { transactionLifeS } from '../gate/transaction.ts';
import { tooMany } from './limits.ts';
import { seeOther } from './page.ts';
import type { Login } from './ports.ts';
import { seal, sealGoal, type Goal } from './sealed.ts';
import { gitHubCallbackPath, type LoginServices } from './services.ts';
import type { Visit } from './visit.ts';

/** Longer ones are nothing for a URL that GitHub nests in its own; they go into the cookie. */
const maxSealedGoalCharacters = 1500;

/** The login of the browser on the app host; undefined: it has none. */
export async function loginOf(
  { port, clock }: LoginServices,
  { cookies }: Visit,
): Promise<Login | undefined> {
  const secret = cookies.values.get(cookieName.sso);
  const login = secret === undefined ? undefined : await port.login(secret);
  return login && login.untilMs > clock.nowMs() ? login : undefined;
}

/**
 * The verifier stays in a cookie of this host (threat 3); its challenge travels, and `<id>.<goal>` as
 * state, whose hash is in the cookie too.
 */
export async function toGitHub(
  services: LoginServices,
  visit: Visit,
  goal: Goal,
  { chooseAccount = false } = {},
): Promise<Page> {
  const { oauth, random, clock, sealKeys } = services;
  const refused = await tooMany(services, 'login', visit.address, visit.accept);
  if (refused) return refused;
  const id = randomIdentifier(random);
  const sealedGoal = await sealGoal(sealKeys, goal);
  const fits = sealedGoal.length <= maxSealedGoalCharacters;
  const state = fits ? `${id}.${sealedGoal}` : id;
  const verifier = makeVerifier(random);
  const secret = visit.cookies.values.get(cookieName.sso);
  const sealed = await seal(sealKeys, {
    stateHash: await sha256(state),
    verifier,
    goal: fits ? undefined : goal,
    ssoHash: secret === undefined ? undefined : await sha256(secret),
    expiresMs: clock.nowMs() + transactionLifeS * 1000,
  });
  const url = oauth.authorizeUrl({
    redirectUri: redirectUriOf(services),
    state,
    codeChallenge: await challengeOf(verifier),
    chooseAccount,
  });
  const name = transactionCookieName('github', id);
  return seeOther(url, [
    ...surplusTransactions(visit.cookies, 'github').map((each) => clearCookie(each)),
    setCookie(name, sealed, { sameSite: 'Lax', maxAgeS: transactionLifeS }),
  ]);
}

export function redirectUriOf({ appOrigin }: LoginServices): string {
  return appOrigin() + gitHubCallbackPath;
}

/** Where a goal begins on this host, for links; `choose`: the account is asked for again. */
export function urlOf(goal: Goal, { choose = false } = {}): string {
  const path = goal.kind === 'path' ? goal.path : `/authorize?tx=${goal.tx}`;
  return choose ? `${path}${path.includes('?') ? '&' : '?'}account=choose` : path;
}
