/** What all pages of the sandbox look like: no script, nothing from elsewhere. */
import { escape } from '#protocol/pages.ts';
import type { Outgoing } from '../http.ts';
import { style } from './style.ts';

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

/** @param header above the content: where one is, and as whom */
export function page(title: string, content: Html, status = 200, header = html``): Outgoing {
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
        ${header}
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
