/**
 * The preview host's half of a login: it begins there, goes to the app host and GitHub, and ends there
 * with a session. Pure but for chance and keys; both engines write the pages that come out. No page
 * holds a secret, since the app's own scripts share the origin (threat 10).
 */
import type { Head } from '#protocol/head.ts';
import { renderPage, type Page } from '#protocol/pages.ts';
import { denialPage } from '../login/denials.ts';
import { html, htmlPage, jsonPage, seeOther, withCookies } from '../login/page.ts';
import type { Random } from '../ports.ts';
import { randomIdentifier } from './base62.ts';
import { codeHash, redeems, type CodeRecord } from './code.ts';
import {
  clearCookie,
  cookieName,
  readCookies,
  setCookie,
  surplusTransactions,
  transactionCookieName,
  type GatewayCookies,
} from './cookies.ts';
import { isNavigation } from './navigation.ts';
import { returnPath } from './return-path.ts';
import { sessionLifeS, signSession, type NewSession } from './session-token.ts';
import type { KeyRing } from './signing.ts';
import { beginTransaction, transactionLifeS, verifyTransaction } from './transaction.ts';

/** The preview that a request is for, and what its half of the login works with. */
export interface PreviewHost {
  ring: KeyRing;
  random: Random;
  /** The app host's origin. */
  appOrigin: string;
  label: string;
  /** Of this preview. */
  origin: string;
  nowMs: number;
}

/** What a code stands for; kept under its hash for a minute. */
export interface LoginCode extends CodeRecord {
  organisationId: number;
  /** Of the preview when the code was made: access that was taken away since stays away. */
  epoch: number;
  /** When the login on the app host ends. */
  untilMs: number;
}

/** Gives the code of that hash once and removes it, whatever becomes of it (threat 5). */
export type Consume = (hash: string) => Promise<LoginCode | undefined>;

/** What a token is worth on this preview; undefined: nothing. */
export type Exchange = (
  token: string,
) => Promise<Omit<NewSession, 'label' | 'origin' | 'jti'> | undefined>;

/**
 * Counts sessions that began in the last minute. Who needs another login after two of them has a
 * browser or an app that loses sessions, and would go round for ever.
 */
const landingsCookie = transactionCookieName('preview', 'landings');
const maxLandings = 2;
const landingsLifeS = 60;

/** How often a tab waits a second for another tab's login, before it begins one of its own. */
const maxWaits = 2;

/**
 * The answer to a request without a good credential: a person who looks at the page is sent to sign in,
 * everything else gets 401 in JSON and no cookie (threat 9). The same for every label.
 */
export async function askToSignIn(
  host: PreviewHost,
  { method, target, head }: { method: string; target: string; head: Head },
): Promise<Page> {
  return isNavigation(method, head)
    ? beginLogin(host, { target, cookies: readCookies(head) })
    : renderPage('BW-1001', {}, undefined);
}

/** A navigation that needs a login: to the app host, with a nonce that stays here. */
export async function beginLogin(
  host: PreviewHost,
  { target, cookies }: { target: string; cookies: GatewayCookies },
): Promise<Page> {
  const { ring, random, appOrigin, label, origin } = host;
  if (landingsOf(cookies) >= maxLandings) {
    const links = [{ text: 'Try again', url: returnPath(target, origin) }];
    const page = denialPage({ kind: 'not-kept', links }, 'text/html');
    return withCookies(page, [clearCookie(landingsCookie)]);
  }
  const path = returnPath(target, origin);
  const begun = await beginTransaction(ring, random, { label, returnPath: path }, host);
  const name = transactionCookieName('preview', begun.jti);
  return seeOther(`${appOrigin}/authorize?tx=${begun.token}`, [
    ...surplusTransactions(underWay(cookies), 'preview').map((each) => clearCookie(each)),
    setCookie(name, begun.nonce, { sameSite: 'Lax', maxAgeS: transactionLifeS }),
  ]);
}

export interface CallbackRequest {
  method: string;
  /** Path and query. */
  target: string;
  cookies: GatewayCookies;
  accept: string | undefined;
  /** Whether the request has a session whose login, epoch and membership hold now. */
  signedIn: boolean;
}

/** `GET /.byway/callback`: the code becomes a session, if this browser has the nonce (threats 3–6). */
export async function finishLogin(
  host: PreviewHost,
  request: CallbackRequest,
  consume: Consume,
): Promise<Page> {
  const { method, target, cookies, accept, signedIn } = request;
  const { ring, label, origin } = host;
  if (method !== 'GET') return wrongMethod('GET', accept);
  const query = new URL(target, origin).searchParams;
  const token = query.getAll('tx').length === 1 ? (query.get('tx') ?? '') : '';
  const tx = await verifyTransaction(ring, token, host);
  if (tx === undefined || tx.label !== label) return denialPage({ kind: 'bad-link' }, accept);
  const goal = returnPath(tx.returnPath, origin);
  const name = transactionCookieName('preview', tx.jti);
  const cleared = cookies.names.has(name) ? [clearCookie(name)] : [];
  const nonce = cookies.values.get(name);
  const code = nonce === undefined ? undefined : await redeemed(host, query, nonce, consume);
  if (code !== undefined) {
    const { viewer, organisationId, sid, epoch, untilMs } = code;
    const session = { viewer, organisationId, sid, epoch, untilMs };
    return seeOther(goal, [...cleared, await sessionCookie(host, session), landed(cookies)]);
  }
  // Another tab was faster, and took this one's nonce or place (threat 8).
  if (signedIn) return seeOther(goal, cleared);
  const waits = Number(/^[0-9]$/.exec(query.get('wait') ?? '')?.[0] ?? 0);
  const others = [...underWay(cookies).names].some((each) => isPending(each) && each !== name);
  // Other tabs have cookies here, so the next login keeps its own: nobody goes round for ever.
  if (others) return waits < maxWaits ? waitPage(token, waits, cleared) : seeOther(goal, cleared);
  const links = [{ text: 'Open the preview again', url: goal }];
  return withCookies(denialPage({ kind: 'bad-callback', links }, accept), cleared);
}

/**
 * `POST /.byway/session`: a browser without a person, such as a test's, swaps its token for a cookie.
 * `token`: the value of X-Byway-Token.
 */
export async function openSession(
  host: PreviewHost,
  {
    method,
    token,
    accept,
  }: { method: string; token: string | undefined; accept?: string | undefined },
  exchange: Exchange,
): Promise<Page> {
  if (method !== 'POST') return wrongMethod('POST', accept);
  const session = token === undefined ? undefined : await exchange(token);
  if (session === undefined || session.untilMs - host.nowMs < 1000) {
    return denialPage({ kind: 'bad-token' }, accept);
  }
  return withCookies(jsonPage(204, undefined), [await sessionCookie(host, session)]);
}

/**
 * `/.byway/logout`: ends the session of this host and goes to the app host, where a person may end all
 * of them. The app's scripts can send a form here, so it ends nothing else; a GET ends nothing, and so
 * does another site's form. `originField`: the Origin field.
 */
export function leave(
  { appOrigin, origin }: Pick<PreviewHost, 'appOrigin' | 'origin'>,
  {
    method,
    originField,
    accept,
  }: { method: string; originField?: string | undefined; accept?: string | undefined },
): Page {
  if (method === 'GET') return seeOther(`${appOrigin}/logout`);
  if (method !== 'POST') return wrongMethod('GET and POST', accept);
  if (originField !== origin) return denialPage({ kind: 'foreign-form' }, accept);
  const cookies = [clearCookie(cookieName.session), clearCookie(landingsCookie)];
  return seeOther(`${appOrigin}/logout`, cookies);
}

/** A new session as a `Set-Cookie` value; also to renew one while its login lives. */
export async function sessionCookie(
  host: PreviewHost,
  session: Omit<NewSession, 'label' | 'origin' | 'jti'>,
): Promise<string> {
  const { ring, random, appOrigin, label, origin, nowMs } = host;
  const jti = randomIdentifier(random);
  const time = { issuer: appOrigin, nowMs };
  const token = await signSession(ring, { ...session, label, origin, jti }, time);
  const maxAgeS = Math.min(sessionLifeS, Math.floor((session.untilMs - nowMs) / 1000));
  return setCookie(cookieName.session, token, { sameSite: 'Lax', maxAgeS });
}

async function redeemed(
  { label, origin, nowMs }: PreviewHost,
  query: URLSearchParams,
  nonce: string,
  consume: Consume,
): Promise<LoginCode | undefined> {
  const [text, ...more] = query.getAll('code');
  const hash = text === undefined || more.length > 0 ? undefined : await codeHash(text);
  const code = hash === undefined ? undefined : await consume(hash);
  if (code === undefined || code.untilMs - nowMs < 1000) return undefined;
  return (await redeems(code, { label, origin, nonce, nowMs })) ? code : undefined;
}

function landingsOf(cookies: GatewayCookies): number {
  const value = cookies.values.get(landingsCookie) ?? '0';
  return /^\d$/.test(value) ? Number(value) : 0;
}

function landed(cookies: GatewayCookies): string {
  const count = Math.min(9, landingsOf(cookies) + 1);
  return setCookie(landingsCookie, String(count), { sameSite: 'Lax', maxAgeS: landingsLifeS });
}

/** Without the counter, which is no login. */
function underWay({ values, names }: GatewayCookies): GatewayCookies {
  return { values, names: new Set([...names].filter((name) => name !== landingsCookie)) };
}

function isPending(name: string): boolean {
  return name.startsWith(transactionCookieName('preview', ''));
}

/** 400 all the same: a script or a stranger's browser gets nothing here. */
function waitPage(token: string, waits: number, cleared: readonly string[]): Page {
  const refresh = `/.byway/callback?tx=${token}&wait=${waits + 1}`;
  const content = html`<p>
    Another tab of this browser is signing in to this preview. This one goes on by itself.
  </p>`;
  return withCookies(htmlPage('One moment', content, { status: 400, refresh }), cleared);
}

function wrongMethod(methods: string, accept: string | undefined): Page {
  const fields = ['Allow', methods.replace(' and ', ', ')];
  return denialPage({ kind: 'method', parameters: { reason: methods }, fields }, accept);
}
