/** Waits on 127.0.0.1 for the browser to come back from the edge (RFC 8252 §7.3). */
import { randomBytes } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { ExitCode, Failure } from '../failure.ts';
import { judgeCallback, type Callback } from './callback.ts';
import { sendPage } from './page.ts';

/** As long as the edge keeps a sign-in at GitHub open. */
export const loginLimitMs = 10 * 60_000;
const requestLimitMs = 10_000;

export type Accepted = Exclude<Callback, { kind: 'foreign' }>;

export interface Loopback {
  redirectUri: string;
  /** The one answer with the right state and issuer. Rejects with Failure when none came in time. */
  answer: Promise<Accepted>;
  /** Nothing listens any more when it resolves. */
  close(): Promise<void>;
}

/** Requests that are not the answer get 400 and are told to `onForeign`. @throws Failure */
export async function listenForAnswer(
  { state, issuer }: { state: string; issuer: string },
  onForeign: (reason: string) => void = () => {},
  limitMs: number = loginLimitMs,
): Promise<Loopback> {
  const path = `/cb/${randomBytes(16).toString('base64url')}`;
  let host = '';
  let taken = false;
  const { promise: answer, resolve, reject } = Promise.withResolvers<Accepted>();
  // Whoever waits hears of it; without a listener it must not end the process.
  answer.catch(() => {});
  const server = createServer(
    { headersTimeout: requestLimitMs, requestTimeout: requestLimitMs },
    (request, response) => {
      request.resume();
      const callback = judgeCallback(request, { host, path, state, issuer });
      if (callback.kind === 'foreign' || taken) {
        sendPage(response, 'foreign');
        if (callback.kind === 'foreign' && callback.reason !== undefined)
          onForeign(callback.reason);
        return;
      }
      taken = true;
      // After the page has left: the process may end at once.
      response.once('close', () => resolve(callback));
      sendPage(response, callback.kind === 'code' ? 'done' : 'refused');
    },
  );
  await new Promise<void>((listening, failed) => {
    server.once('error', (error) =>
      failed(
        new Failure(
          ExitCode.internal,
          `cannot listen on 127.0.0.1 (${error.message}); use byway login --device`,
        ),
      ),
    );
    server.listen(0, '127.0.0.1', listening);
  });
  host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  const timer = setTimeout(() => {
    const text = `nobody has logged in within ${limitMs / 60_000} minutes; run byway login again, or byway login --device where no browser can reach this machine`;
    reject(new Failure(ExitCode.notConfigured, text));
  }, limitMs);
  return {
    redirectUri: `http://${host}${path}`,
    answer,
    close() {
      clearTimeout(timer);
      const closed = new Promise<void>((done) => server.close(() => done()));
      server.closeAllConnections();
      return closed;
    },
  };
}
