/** State pages: one of `errors.ts` as HTML for a person or JSON for a program. */
import { utf8 } from './bytes.ts';
import { errorBody, type ErrorCode, type ErrorParameters } from './errors.ts';

export interface Page {
  status: number;
  reason: string;
  /** Name, value, …; with Content-Length. */
  fields: string[];
  body: Uint8Array;
}

/** The page brings its style and nothing else; `default-src` does not cover the last three. */
const policy =
  "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/** `accept`: the request's Accept field; HTML only where it is asked for. */
export function renderPage(
  code: ErrorCode,
  parameters: ErrorParameters,
  accept: string | undefined,
): Page {
  const { error } = errorBody(code, parameters);
  const html = accept !== undefined && /\btext\/html\b/i.test(accept);
  const body = utf8(html ? htmlOf(error) : `${JSON.stringify({ error })}\n`);
  const fields = [
    'Content-Type',
    html ? 'text/html; charset=utf-8' : 'application/json',
    'Content-Length',
    String(body.length),
    'Cache-Control',
    'no-store',
    'X-Content-Type-Options',
    'nosniff',
    'X-Byway-Error',
    code,
  ];
  if (html) fields.push('Content-Security-Policy', policy);
  // RFC 9110 §11.6.1: a 401 names a scheme. Bearer makes no browser ask for a password.
  if (error.status === 401) fields.push('WWW-Authenticate', 'Bearer realm="byway"');
  if (error.status === 503) fields.push('Retry-After', '3');
  return { status: error.status, reason: error.title.replaceAll(/[^ -~]/g, ''), fields, body };
}

function htmlOf(error: ReturnType<typeof errorBody>['error']): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<title>${escape(error.title)}</title>
<style>
:root { color-scheme: light dark; --ink: #1d2430; --soft: #5b6472; --paper: #f6f7f9; --line: #d9dde3; }
@media (prefers-color-scheme: dark) { :root { --ink: #e8ebf0; --soft: #a0a9b8; --paper: #14181f; --line: #2b323d; } }
body { margin: 0; min-height: 100vh; display: grid; place-items: center; background: var(--paper); color: var(--ink); font: 1rem/1.55 system-ui, sans-serif; }
main { max-width: 34rem; padding: 2rem; }
h1 { font-size: 1.5rem; line-height: 1.25; margin: 0 0 1rem; }
p { margin: 0 0 1rem; overflow-wrap: anywhere; }
footer { border-top: 1px solid var(--line); padding-top: 1rem; color: var(--soft); font-size: .875rem; }
</style>
</head>
<body>
<main>
<h1>${escape(error.title)}</h1>
<p>${escape(error.detail)}</p>
<p>${escape(error.action)}</p>
<footer>Byway · <code>${error.code}</code> · ${error.status}</footer>
</main>
</body>
</html>
`;
}

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** Text made safe inside HTML. */
export function escape(text: string): string {
  return text.replaceAll(/[&<>"']/g, (character) => entities[character] ?? '');
}
