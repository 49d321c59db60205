/** What the browser shows during a set-up. */
import { createHash } from 'node:crypto';
import type { ServerResponse } from 'node:http';

export interface SetupPage {
  status: number;
  title: string;
  /** HTML; text of others is escaped already. */
  content: string;
  /** The page's only script. */
  script?: string;
  cookie?: string;
}

const style =
  'body{font:1.1rem/1.5 system-ui,sans-serif;max-width:36rem;margin:18vh auto;padding:0 1rem;color-scheme:light dark}button,.go{font:inherit;padding:.4rem 1rem}';
const submit = 'document.forms[0].submit()';

/** Sends the manifest to GitHub by itself, or by its button where scripts are off. */
export function formPage(action: string, manifest: string, cookie: string): SetupPage {
  return {
    status: 200,
    title: 'On to GitHub',
    content:
      '<p>GitHub shows what the app may do and asks you for its name. If GitHub wants you to sign in first, come back to this page afterwards.</p>' +
      `<form method="post" action="${escape(action)}"><input type="hidden" name="manifest" value="${escape(manifest)}"><button>Go on to GitHub</button></form>`,
    script: submit,
    cookie,
  };
}

export function donePage(slug: string, organisation: string, installationUrl: string): SetupPage {
  return {
    status: 200,
    title: 'The GitHub App is registered',
    content:
      `<p>${escape(slug)} belongs to ${escape(organisation)}, and its secrets are stored. Let the edge read them first: the terminal says how. Then:</p>` +
      `<p><a class="go" href="${escape(installationUrl)}">Install it in ${escape(organisation)}</a></p>`,
  };
}

export const failedPage: SetupPage = {
  status: 500,
  title: 'That did not work',
  content: '<p>Go back to the terminal: it says why, and what to do. You can close this page.</p>',
};

export const openedPage: SetupPage = {
  status: 410,
  title: 'This page has been opened already',
  content:
    '<p>It is for the browser that opened it first. If that was not yours, end the command in the terminal with Ctrl-C, and run it again.</p>',
};

export const foreignPage: SetupPage = {
  status: 400,
  title: 'This is not the answer that byway waits for',
  content: '<p>Nothing was changed. Go back to the terminal and use the address that it shows.</p>',
};

/** Ends the connection too: the listener is about to go. */
export function send(response: ServerResponse, page: SetupPage): void {
  const { status, title, content, script, cookie } = page;
  const element = script === undefined ? '' : `<script>${script}</script>`;
  const text = `<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>${title} · byway</title><style>${style}</style><main><h1>${title}</h1>${content}</main>${element}</html>\n`;
  // No form-action: it would hold for where GitHub sends the form on to as well, such as a sign-in.
  const policy = [
    "default-src 'none'",
    "style-src 'unsafe-inline'",
    ...(script === undefined ? [] : [`script-src 'sha256-${sha256(script)}'`]),
    "base-uri 'none'",
    "frame-ancestors 'none'",
  ];
  response.writeHead(status, {
    'Content-Type': 'text/html; charset=utf-8',
    'Content-Length': Buffer.byteLength(text),
    'Content-Security-Policy': policy.join('; '),
    // The path is secret; GitHub wants to know which origin a form comes from.
    'Referrer-Policy': 'strict-origin',
    'X-Content-Type-Options': 'nosniff',
    'Cache-Control': 'no-store',
    'Cross-Origin-Opener-Policy': 'same-origin',
    Connection: 'close',
    ...(cookie === undefined ? {} : { 'Set-Cookie': cookie }),
  });
  response.end(text);
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('base64');
}

function escape(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&#39;');
}
