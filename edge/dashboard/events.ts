/**
 * `/dashboard/events`: server-sent events (HTML §9.2) that say when a list has changed. An event holds
 * no data of the organisation, only short hashes; the page asks for itself again.
 */
import { denialPage } from '../login/denials.ts';
import { responseOf, type Visit } from '../login/visit.ts';
import { membershipFor } from '../login/admit.ts';
import { utf8 } from '#protocol/bytes.ts';
import type { Session } from './entry.ts';
import type { Feed } from './feed.ts';
import { paceMs } from './feed.ts';
import type { DashboardServices } from './services.ts';

export const maxStreamsPerPerson = 20;
export const heartbeatMs = 15_000;
/** After this the browser connects anew; a request of a Worker may not make calls without end. */
export const streamLifeMs = 10 * 60_000;
/** How soon a stream ends after its login or membership has. */
const askAgainMs = 4000;

/**
 * Only for a page of ours (threat 42): a browser says where a request comes from, and brings the
 * Strict cookie to no other site's.
 */
export function isOwnListener(
  appOrigin: string,
  request: Request,
  { originField }: Visit,
  { isOwn }: Session,
): boolean {
  const site = request.headers.get('sec-fetch-site') ?? 'same-origin';
  return isOwn && site === 'same-origin' && (originField ?? appOrigin) === appOrigin;
}

export class Events {
  readonly #services: DashboardServices;
  readonly #feed: Feed;
  /** Open streams by person. */
  readonly #open = new Map<number, number>();

  constructor(services: DashboardServices, feed: Feed) {
    this.#services = services;
    this.#feed = feed;
  }

  answer(session: Session, { accept }: Visit): Response {
    const { id } = session.login.user;
    const count = this.#open.get(id) ?? 0;
    if (count >= maxStreamsPerPerson) {
      return responseOf(denialPage({ kind: 'too-many', retryAfterMs: 60_000 }, accept));
    }
    this.#open.set(id, count + 1);
    let isOpen = true;
    let isCancelled = false;
    const end = (): void => {
      if (!isOpen) return;
      isOpen = false;
      const left = (this.#open.get(id) ?? 1) - 1;
      if (left > 0) this.#open.set(id, left);
      else this.#open.delete(id);
    };
    const body = new ReadableStream<Uint8Array>({
      start: (controller) => {
        const send = (text: string): void => {
          // Who does not read is no reason to remember without end.
          if ((controller.desiredSize ?? 0) > -maxUnread) controller.enqueue(utf8(text));
          else end();
        };
        void this.#run(session, () => isOpen, send)
          .catch((error: unknown) => this.#services.report?.(asError(error)))
          .finally(() => {
            end();
            if (!isCancelled) controller.close();
          });
      },
      cancel: () => {
        isCancelled = true;
        end();
      },
    });
    return new Response(body, { headers });
  }

  async #run(session: Session, isOpen: () => boolean, send: (text: string) => void): Promise<void> {
    const { clock, parts } = this.#services;
    const pause = parts.pause ?? wait;
    const startMs = clock.nowMs();
    let askedMs = startMs;
    let sentMs = startMs;
    let last = '';
    send('retry: 2000\n\n');
    while (isOpen() && clock.nowMs() - startMs < streamLifeMs) {
      if (clock.nowMs() - askedMs >= askAgainMs) {
        askedMs = clock.nowMs();
        if (!(await this.#mayListen(session))) return send('event: over\ndata: -\n\n');
      }
      // An object that does not answer now may do so later.
      const signatures = await this.#feed.look(session.organisation.id).catch(() => undefined);
      if (!isOpen()) return;
      const text = signatures === undefined ? last : JSON.stringify(signatures);
      const isSilent = clock.nowMs() - sentMs >= heartbeatMs;
      if (text !== last || isSilent) {
        sentMs = clock.nowMs();
        send(text === last ? ': \n\n' : `event: lists\ndata: ${text}\n\n`);
        last = text;
      }
      await pause(paceMs);
    }
  }

  /** GitHub out of reach ends nothing: a membership that was known is believed for a while. */
  async #mayListen({ login, organisation }: Session): Promise<boolean> {
    const { objects, clock, login: forLogin } = this.#services;
    const untilMs = await objects.identity().loginUntil(login.sid);
    if (untilMs === undefined || untilMs <= clock.nowMs()) return false;
    return (await membershipFor(forLogin.port, organisation.id, login)).kind === 'member';
  }
}

/** Events. */
const maxUnread = 100;

const headers = {
  'content-type': 'text/event-stream; charset=utf-8',
  'cache-control': 'no-store',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  // Proxies in front would keep events back until there are more.
  'x-accel-buffering': 'no',
};

function wait(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}
