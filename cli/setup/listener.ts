/**
 * The page on 127.0.0.1 that brings a manifest to GitHub, and the place that GitHub sends the browser
 * back to with a code (threat 53).
 */
import { randomBytes } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { ExitCode, Failure } from '../failure.ts';
import { randomSecret, sameSecret } from '../login/proof.ts';
import { foreignPage, formPage, openedPage, send, type SetupPage } from './page.ts';

/** For somebody who looks at what the app may do, and asks a colleague. */
export const setupLimitMs = 30 * 60_000;
const requestLimitMs = 10_000;
const cookieName = 'byway_setup';

export interface SetupAnswer {
  code: string;
  /** What the person's browser shows; resolves when it has got it, or has gone. */
  show(page: SetupPage): Promise<void>;
}

export interface SetupListener {
  /** To be opened in a browser of this machine. */
  pageUrl: string;
  /** The one answer with the right state. Rejects with Failure when none came in time. */
  answer: Promise<SetupAnswer>;
  /** Nothing listens any more when it resolves. */
  close(): Promise<void>;
}

export interface ListenOptions {
  /** Where the form goes: `…/settings/apps/new`, without the state. */
  action: string;
  /** The manifest as text, for GitHub to come back to `redirectUrl`. */
  manifest(redirectUrl: string): string;
  /** A request to the right path that is not the answer, and why. */
  onForeign(reason: string): void;
  limitMs?: number;
}

/** @throws Failure */
export async function listenForCode(options: ListenOptions): Promise<SetupListener> {
  const [pagePath, callbackPath] = [randomPath(), randomPath()];
  const [state, cookie] = [randomSecret(), randomSecret()];
  const action = new URL(options.action);
  action.searchParams.set('state', state);
  let host = '';
  let opened = false;
  let taken = false;
  const { promise: answer, resolve, reject } = Promise.withResolvers<SetupAnswer>();
  // Whoever waits hears of it; without a listener it must not end the process.
  answer.catch(() => {});

  /** For the browser that opens it first, and for no other: it holds the state. */
  const showForm = (request: IncomingMessage, response: ServerResponse): void => {
    if (opened && !sameSecret(cookieOf(request), cookie)) {
      options.onForeign('another browser has opened the page before');
      send(response, openedPage);
      return;
    }
    opened = true;
    const manifest = options.manifest(`http://${host}${callbackPath}`);
    const line = `${cookieName}=${cookie}; Path=${pagePath}; HttpOnly; SameSite=Strict`;
    send(response, formPage(action.href, manifest, line));
  };

  const take = (query: string, response: ServerResponse): void => {
    const read = codeIn(query, state);
    if (taken || 'fault' in read) {
      if ('fault' in read) options.onForeign(read.fault);
      send(response, foreignPage);
      return;
    }
    taken = true;
    resolve({
      code: read.code,
      show(page) {
        const gone = new Promise<void>((done) => response.once('close', () => done()));
        if (response.closed) return Promise.resolve();
        send(response, page);
        return gone;
      },
    });
  };

  const server = createServer(
    { headersTimeout: requestLimitMs, requestTimeout: requestLimitMs },
    (request, response) => {
      request.resume();
      const [path = '', query = ''] = (request.url ?? '').split(/\?(.*)/s, 2);
      // Another name for it is a page that has rebound its own (DNS rebinding).
      const isOurs = request.headers.host === host && request.method === 'GET';
      if (isOurs && sameSecret(path, pagePath)) showForm(request, response);
      else if (isOurs && sameSecret(path, callbackPath)) take(query, response);
      else send(response, foreignPage);
    },
  );
  await new Promise<void>((listening, failed) => {
    server.once('error', ({ message }) =>
      failed(
        new Failure(
          ExitCode.internal,
          `cannot listen on 127.0.0.1 (${message}); docs/github-app.md says how to register the app by hand`,
        ),
      ),
    );
    server.listen(0, '127.0.0.1', listening);
  });
  host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  const { limitMs = setupLimitMs } = options;
  const timer = setTimeout(() => {
    const text = `GitHub has sent nobody back within ${limitMs / 60_000} minutes; run byway setup github again. Should the app exist at GitHub already, delete it there first`;
    reject(new Failure(ExitCode.notConfigured, text));
  }, limitMs);
  return {
    pageUrl: `http://${host}${pagePath}`,
    answer,
    close() {
      clearTimeout(timer);
      const closed = new Promise<void>((done) => server.close(() => done()));
      server.closeAllConnections();
      return closed;
    },
  };
}

function randomPath(): string {
  return `/${randomBytes(16).toString('base64url')}`;
}

function cookieOf({ headers }: IncomingMessage): string {
  return new RegExp(`(?:^|; )${cookieName}=([\\w-]+)`).exec(headers.cookie ?? '')?.[1] ?? '';
}

/** `fault`: why it is not GitHub's answer to this set-up. */
function codeIn(query: string, state: string): { code: string } | { fault: string } {
  const parameters = new URLSearchParams(query);
  const once = (name: string): string => {
    const [value = '', ...more] = parameters.getAll(name);
    return more.length > 0 ? '' : value;
  };
  if (!sameSecret(once('state'), state)) return { fault: 'its state is not that of this set-up' };
  const code = once('code');
  return /^[\w-]{1,255}$/.test(code) ? { code } : { fault: 'it has no code' };
}
