/**
 * `/.byway/banner`: somebody hides the line at the bottom of a preview's pages, or wants it back. A cookie of
 * the preview's host remembers it. The app's scripts share the origin and could send the form: it changes
 * what this browser shows, and nothing else.
 */
import { fieldOf, type Head } from '#protocol/head.ts';
import type { Page } from '#protocol/pages.ts';
import { clearCookie, cookieName, setCookie, type GatewayCookies } from '../gate/cookies.ts';
import { returnPath } from '../gate/return-path.ts';
import { denialPage } from '../login/denials.ts';
import { html, htmlPage, seeOther } from '../login/page.ts';

export const bannerPath = '/.byway/banner';

/** Then it comes back, for those who have forgotten that it was there. */
export const hiddenLifeS = 30 * 24 * 60 * 60;

export function hidesBanner({ values }: GatewayCookies): boolean {
  return values.get(cookieName.banner) === 'hidden';
}

export interface BannerChoice {
  method: string;
  head: Head;
  cookies: GatewayCookies;
  /** Of the preview. */
  origin: string;
  /** The body: a form. */
  form: string;
}

export function chooseBanner({ method, head, cookies, origin, form }: BannerChoice): Page {
  const accept = fieldOf(head, 'accept');
  if (method === 'GET') return choicePage(hidesBanner(cookies), pageBefore(head, origin));
  if (method !== 'POST') {
    const fields = ['Allow', 'GET, POST'];
    return denialPage({ kind: 'method', parameters: { reason: 'GET and POST' }, fields }, accept);
  }
  if (!isOwnForm(head, origin)) return denialPage({ kind: 'foreign-form' }, accept);
  const fields = new URLSearchParams(form);
  const hides = fields.get('banner') === 'hide';
  const to = fields.get('to');
  const cookie = hides
    ? setCookie(cookieName.banner, 'hidden', { sameSite: 'Lax', maxAgeS: hiddenLifeS })
    : clearCookie(cookieName.banner);
  return seeOther(to === null ? pageBefore(head, origin) : returnPath(to, origin), [cookie]);
}

/** A page whose policy is to tell no referrer sends `Origin: null` with its own forms (Fetch §3.2). */
function isOwnForm(head: Head, origin: string): boolean {
  const from = fieldOf(head, 'origin');
  return from === origin || (from === 'null' && fieldOf(head, 'sec-fetch-site') === 'same-origin');
}

/** Where the form or link was, as far as the browser tells. */
function pageBefore(head: Head, origin: string): string {
  const from = fieldOf(head, 'referer') ?? '';
  if (!URL.canParse(from)) return '/';
  const url = new URL(from);
  return url.origin === origin ? returnPath(url.pathname + url.search, origin) : '/';
}

function choicePage(isHidden: boolean, to: string): Page {
  const [is, button, value] = isHidden
    ? ['does not show', 'Show it again', 'show']
    : ['shows', 'Hide it for 30 days', 'hide'];
  return htmlPage(
    'The line at the bottom of pages',
    html`<p>
        This browser ${is} the line that says whose preview this is, who may see it, and for how
        long.
      </p>
      <form method="post" action="${bannerPath}">
        <input type="hidden" name="banner" value="${value}" />
        <input type="hidden" name="to" value="${to}" />
        <button class="go">${button}</button>
      </form>
      <p><a href="${to}">Back to the preview</a></p>`,
  );
}
