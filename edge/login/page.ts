/** Pages and answers of the gateway's own: no script, nothing from elsewhere, nothing kept. */
import { utf8 } from '#protocol/bytes.ts';
import { escape, type Page } from '#protocol/pages.ts';

/** HTML that is safe to put into a page as it is. */
export class Html {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

type Piece = Html | string | number | readonly Html[];

/** Template tag: what is put in is text and gets escaped, unless it is HTML already (threat 10). */
export function html(parts: TemplateStringsArray, ...pieces: readonly Piece[]): Html {
  const text = pieces.map((piece) => {
    if (piece instanceof Html) return piece.text;
    if (typeof piece === 'object') return piece.map((one) => one.text).join('\n');
    return escape(String(piece));
  });
  return new Html(parts.map((part, index) => part + (text[index] ?? '')).join(''));
}

const style = new Html(`
:root { color-scheme: light dark; --ink: #1d2430; --soft: #5b6472; --paper: #f6f7f9; --card: #fff; --line: #d9dde3; --go: #1a56c4; --on-go: #fff; }
@media (prefers-color-scheme: dark) { :root { --ink: #e8ebf0; --soft: #a0a9b8; --paper: #14181f; --card: #1b2029; --line: #2b323d; --go: #8ab4ff; --on-go: #10141b; } }
* { box-sizing: border-box; }
body { margin: 0; min-height: 100vh; display: grid; place-items: center; background: var(--paper); color: var(--ink); font: 1rem/1.55 system-ui, sans-serif; }
main { width: 100%; max-width: 36rem; padding: 2rem; }
h1 { font-size: 1.5rem; line-height: 1.25; margin: 0 0 1rem; }
p, ul, dl, form { margin: 0 0 1rem; overflow-wrap: anywhere; }
a { color: var(--go); }
code { white-space: nowrap; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .25rem 1rem; padding: 1rem; background: var(--card); border: 1px solid var(--line); border-radius: .5rem; }
dt { color: var(--soft); }
dd { margin: 0; min-width: 0; }
label { display: block; margin: 0 0 .25rem; }
input, select, textarea { font: inherit; padding: .5rem .75rem; width: 100%; margin: 0 0 1rem; color: inherit; background: var(--card); border: 1px solid var(--soft); border-radius: .4rem; }
button { font: inherit; padding: .5rem 1.25rem; border: 1px solid var(--soft); border-radius: .4rem; background: var(--card); color: var(--ink); cursor: pointer; }
button.go { background: var(--go); border-color: var(--go); color: var(--on-go); }
:focus-visible { outline: 3px solid var(--go); outline-offset: 2px; }
footer { border-top: 1px solid var(--line); padding-top: 1rem; color: var(--soft); font-size: .875rem; }
`);

export interface PageOptions {
  status?: number;
  /** Origins beside our own that a form may lead to; browsers follow its redirects by this list. */
  formTargets?: readonly string[];
  /** In small letters at the end. */
  footer?: string;
  /** Name, value, …: further fields. */
  fields?: readonly string[];
  /** Path that the page goes on to by itself after a second. */
  refresh?: string;
  /** CSS after that of every page. */
  style?: Html;
  /** In front of `main`: the way around. */
  header?: Html;
  /** Path of the one script that the page may run; it may call this origin and no other. */
  script?: string;
}

export function htmlPage(title: string, content: Html, options: PageOptions = {}): Page {
  const {
    status = 200,
    formTargets = [],
    footer = 'Byway',
    fields = [],
    refresh,
    script,
  } = options;
  const goOn =
    refresh === undefined ? '' : html`<meta http-equiv="refresh" content="1; url=${refresh}" />`;
  const scripted = script === undefined ? '' : html`<script src="${script}" defer></script>`;
  const { text } = html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="robots" content="noindex" />
        ${goOn}
        <title>${title} · Byway</title>
        <style>
          ${style} ${options.style ?? ''}
        </style>
        ${scripted}
      </head>
      <body>
        ${options.header ?? ''}
        <main id="main">
          <h1>${title}</h1>
          ${content}
          <footer>${footer}</footer>
        </main>
      </body>
    </html> `;
  const body = utf8(text);
  const scripts = script === undefined ? '' : " script-src 'self'; connect-src 'self';";
  const policy = `default-src 'none'; style-src 'unsafe-inline';${scripts} base-uri 'none'; form-action ${["'self'", ...formTargets].join(' ')}; frame-ancestors 'none'`;
  return {
    status,
    reason: reasonOf(status),
    fields: [
      ...['Content-Type', 'text/html; charset=utf-8'],
      ...['Content-Length', String(body.length)],
      ...['Content-Security-Policy', policy],
      ...['X-Frame-Options', 'DENY'],
      ...['Cross-Origin-Opener-Policy', 'same-origin'],
      ...['Cross-Origin-Resource-Policy', 'same-origin'],
      // `no-referrer` would make browsers send `Origin: null` with our own forms (Fetch §3.2).
      ...['Referrer-Policy', 'same-origin'],
      ...['X-Robots-Tag', 'noindex'],
      ...always,
      ...fields,
    ],
    body,
  };
}

const always = ['Cache-Control', 'no-store', 'X-Content-Type-Options', 'nosniff'];

/** To an address that may carry a code: the next host must not learn where somebody came from. */
export function seeOther(location: string, setCookies: readonly string[] = []): Page {
  return {
    status: 303,
    reason: reasonOf(303),
    fields: [
      ...['Location', location, 'Content-Length', '0', 'Referrer-Policy', 'no-referrer'],
      ...always,
      ...cookieFields(setCookies),
    ],
    body: new Uint8Array(0),
  };
}

export function jsonPage(status: number, value: unknown, fields: readonly string[] = []): Page {
  const body = utf8(value === undefined ? '' : `${JSON.stringify(value)}\n`);
  const type = value === undefined ? [] : ['Content-Type', 'application/json'];
  const length = status === 204 ? [] : ['Content-Length', String(body.length)];
  return {
    status,
    reason: reasonOf(status),
    fields: [...type, ...length, ...always, ...fields],
    body,
  };
}

/** The page with cookies set on the way. */
export function withCookies(page: Page, setCookies: readonly string[]): Page {
  return { ...page, fields: [...page.fields, ...cookieFields(setCookies)] };
}

function cookieFields(setCookies: readonly string[]): string[] {
  return setCookies.flatMap((cookie) => ['Set-Cookie', cookie]);
}

const reasons: Readonly<Record<number, string>> = {
  200: 'OK',
  204: 'No Content',
  303: 'See Other',
  400: 'Bad Request',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'Not Found',
  405: 'Method Not Allowed',
  410: 'Gone',
  429: 'Too Many Requests',
  503: 'Service Unavailable',
};

function reasonOf(status: number): string {
  return reasons[status] ?? 'Other';
}
