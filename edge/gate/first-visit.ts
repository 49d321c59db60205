/**
 * What a stranger sees before a public preview for the first time: whose it is, and that it is not the
 * real thing (threat 59). Only somebody who looks at the page sees it; programs, scripts and signed-in
 * viewers never do.
 */
import type { Head } from '#protocol/head.ts';
import type { Page } from '#protocol/pages.ts';
import { denialPage } from '../login/denials.ts';
import { html, htmlPage, seeOther } from '../login/page.ts';
import { cookieName, setCookie, type GatewayCookies } from './cookies.ts';
import { isNavigation } from './navigation.ts';
import { returnPath } from './return-path.ts';

/** After a week it is asked again. */
export const seenLifeS = 7 * 24 * 60 * 60;

const maxFormCharacters = 8 * 1024;

export interface FirstVisit {
  method: string;
  target: string;
  head: Head;
  cookies: GatewayCookies;
  /** Whether a verified credential came along. */
  signedIn: boolean;
  /** Of the preview. */
  origin: string;
  /** GitHub login of who shares it. */
  ownerLogin: string;
  /** Where to report abuse. */
  reportUrl: string;
}

/** The notice, or undefined: go on. The preview must be one that everybody may open. */
export function firstVisit(visit: FirstVisit): Page | undefined {
  const { method, target, head, cookies, signedIn, origin, ownerLogin, reportUrl } = visit;
  if (signedIn || cookies.values.has(cookieName.seen) || !isNavigation(method, head)) {
    return undefined;
  }
  const content = html`<p>
      <strong>${ownerLogin}</strong> (on GitHub) shares this preview of work in progress at
      <strong>${new URL(origin).host}</strong>.
    </p>
    <p>
      It is not the finished site. Enter no passwords or payment details unless you trust
      ${ownerLogin}.
    </p>
    <form method="post" action="/.byway/seen">
      <input type="hidden" name="to" value="${returnPath(target, origin)}" />
      <button class="go">Continue to the preview</button>
    </form>
    <p><a href="${reportUrl}" rel="noreferrer">Report this preview</a></p>`;
  return htmlPage('A preview, shared with you', content);
}

export interface SeenRequest {
  method: string;
  /** The Origin field. */
  originField: string | undefined;
  accept: string | undefined;
  /** Of the preview. */
  origin: string;
  /** The body: a form. */
  form: string;
}

/** `POST /.byway/seen`: from our own page only, or a phisher's page could skip the notice. */
export function acceptFirstVisit(request: SeenRequest): Page {
  const { method, originField, accept, origin, form } = request;
  if (method !== 'POST') {
    const fields = ['Allow', 'POST'];
    return denialPage({ kind: 'method', parameters: { reason: 'POST' }, fields }, accept);
  }
  if (originField !== origin) return denialPage({ kind: 'foreign-form' }, accept);
  const to = form.length > maxFormCharacters ? undefined : new URLSearchParams(form).get('to');
  return seeOther(returnPath(to ?? undefined, origin), [
    setCookie(cookieName.seen, '1', { sameSite: 'Lax', maxAgeS: seenLifeS }),
  ]);
}
