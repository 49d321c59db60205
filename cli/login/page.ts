/** What the browser shows at the end of a login. It holds nothing of the request. */
import type { ServerResponse } from 'node:http';

export type Ending = 'done' | 'refused' | 'foreign';

const texts: Readonly<Record<Ending, { status: number; title: string; text: string }>> = {
  done: {
    status: 200,
    title: 'Go back to the terminal',
    text: 'byway goes on there. You can close this page.',
  },
  refused: {
    status: 200,
    title: 'Not logged in',
    text: 'The login was not granted. Go back to the terminal: it says why. You can close this page.',
  },
  foreign: {
    status: 400,
    title: 'This is not the answer that byway waits for',
    text: 'Nothing was changed. Go back to the terminal and use the address that it shows.',
  },
};

/** Ends the connection too: the listener is about to go. */
export function sendPage(response: ServerResponse, ending: Ending): void {
  const { status, title, text } = texts[ending];
  const page = `<!doctype html><html lang="en"><meta charset="utf-8"><title>${title} · byway</title><style>body{font:1.1rem/1.5 system-ui,sans-serif;max-width:34rem;margin:20vh auto;padding:0 1rem;color-scheme:light dark}</style><h1>${title}</h1><p>${text}</p></html>\n`;
  response.writeHead(status, {
    'Content-Type': 'text/html; charset=utf-8',
    'Content-Length': Buffer.byteLength(page),
    'Content-Security-Policy':
      "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    'Referrer-Policy': 'no-referrer',
    'X-Content-Type-Options': 'nosniff',
    'Cache-Control': 'no-store',
    'Cross-Origin-Opener-Policy': 'same-origin',
    Connection: 'close',
  });
  response.end(page);
}
