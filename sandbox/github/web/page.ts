/** What all pages of the sandbox look like: no script, nothing from elsewhere. */
import { escape } from '#protocol/pages.ts';
import type { Outgoing } from '../http.ts';

/** HTML that is safe to put into a page as it is. */
export class Html {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

type Piece = Html | string | number | readonly Html[];

/** Template tag: what is put in is text and gets escaped, unless it is HTML already. */
export function html(parts: TemplateStringsArray, ...pieces: readonly Piece[]): Html {
  const text = pieces.map((piece) => {
    if (piece instanceof Html) return piece.text;
    if (Array.isArray(piece)) return (piece as readonly Html[]).map((one) => one.text).join('\n');
    return escape(String(piece));
  });
  return new Html(parts.map((part, index) => part + (text[index] ?? '')).join(''));
}

const style = `
:root { color-scheme: light dark; --ink: #1f2328; --soft: #59636e; --paper: #f6f8fa; --card: #fff; --line: #d1d9e0; --go: #1f7a37; --stop: #b3261e; }
@media (prefers-color-scheme: dark) { :root { --ink: #f0f6fc; --soft: #9198a1; --paper: #0d1117; --card: #161b22; --line: #3d444d; --go: #57ab5a; --stop: #ff938a; } }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 40rem; padding: 2rem 1.25rem; background: var(--paper); color: var(--ink); font: 1rem/1.5 system-ui, sans-serif; }
h1 { margin: 0 0 .5rem; font-size: 1.5rem; line-height: 1.25; }
h2 { margin: 2rem 0 .5rem; font-size: 1.1rem; }
p { margin: .5rem 0; overflow-wrap: anywhere; }
a { color: inherit; }
ul { display: grid; gap: .5rem; margin: 1rem 0; padding: 0; list-style: none; }
li { display: flex; flex-wrap: wrap; gap: .25rem 1rem; align-items: center; justify-content: space-between; padding: .75rem 1rem; background: var(--card); border: 1px solid var(--line); border-radius: .5rem; }
.soft, footer { color: var(--soft); font-size: .9rem; }
button { padding: .4rem .9rem; border: 1px solid var(--line); border-radius: .4rem; background: var(--paper); color: var(--ink); font: inherit; cursor: pointer; }
button.go { border-color: var(--go); color: var(--go); }
button.stop { border-color: var(--stop); color: var(--stop); }
button:focus-visible, a:focus-visible, select:focus-visible { outline: 3px solid; outline-offset: 2px; }
form.row { display: flex; flex-wrap: wrap; gap: .5rem; align-items: center; }
select { padding: .4rem; font: inherit; }
footer { margin-top: 2.5rem; }
`;

export function page(title: string, content: Html, status = 200): Outgoing {
  const body = html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <link rel="icon" href="data:," />
        <title>${title}</title>
        <style>
          ${new Html(style)}
        </style>
      </head>
      <body>
        <main>${content}</main>
        <footer>This is a sandbox in GitHub's place. Nothing here is github.com.</footer>
      </body>
    </html> `;
  return {
    status,
    headers: {
      'content-type': 'text/html; charset=utf-8',
      'content-security-policy':
        "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; frame-ancestors 'none'",
      'x-content-type-options': 'nosniff',
    },
    body: body.text,
  };
}

export function errorPage(status: number, title: string, explanation: string): Outgoing {
  return page(
    title,
    html`<h1>${title}</h1>
      <p role="alert">${explanation}</p>`,
    status,
  );
}
