/** The app host with its login, two previews and the GitHub sandbox, in one process. */
import { verifySession, type SessionClaims } from '#edge/gate/session-token.ts';
import { cookieName, readCookies } from '#edge/gate/cookies.ts';
import { acceptFirstVisit } from '#edge/gate/first-visit.ts';
import {
  askToSignIn,
  finishLogin,
  leave,
  openSession,
  type PreviewHost,
} from '#edge/gate/preview-login.ts';
import { KeyRing } from '#edge/gate/signing.ts';
import { gitHubConfigOf } from '#edge/github/config.ts';
import { OAuth } from '#edge/github/oauth.ts';
import { loginRoutes } from '#edge/login/routes.ts';
import type { LoginServices } from '#edge/login/services.ts';
import { responseOf } from '#edge/login/visit.ts';
import { startGitHub, type GitHubSandbox } from '#sandbox/github/github.ts';
import { defaultSeed } from '#sandbox/github/seed.ts';
import { MemoryPort } from './memory-port.ts';

export const appOrigin = 'http://byway.localhost';
export const callbackUrl = `${appOrigin}/auth/github/callback`;
export const label = 'amber-otter';
export const origin = `http://${label}.preview.localhost`;
export const otherLabel = 'cobalt-heron';
export const otherOrigin = `http://${otherLabel}.preview.localhost`;
export const organisationId = 1;
export const random = { bytes: (count: number) => crypto.getRandomValues(new Uint8Array(count)) };

/** Like the sandbox's own, and a second organisation of alice and mallory. */
export function seed() {
  const world = defaultSeed({ callbackUrls: [callbackUrl] });
  const [installation] = world.installations;
  return {
    ...world,
    users: [...world.users, { id: 1005, login: 'nobody', name: null }],
    organizations: [
      ...world.organizations,
      {
        id: 2,
        login: 'others',
        name: null,
        members: [{ user_id: 1001, role: 'admin' as const }, { user_id: 1003 }],
      },
    ],
    installations: [installation!, { ...installation!, id: 502, account_id: 2 }],
  };
}

export class LoginStack {
  readonly gitHub: GitHubSandbox;
  readonly port: MemoryPort;
  readonly services: LoginServices;
  readonly ring: KeyRing;
  readonly logged: unknown[] = [];
  /** What the clock of the gateway is ahead. */
  aheadMs = 0;
  /** Tokens that a preview takes, for `/.byway/session`. */
  readonly tokens = new Map<string, string>();
  readonly #app;

  private constructor(gitHub: GitHubSandbox, ring: KeyRing) {
    this.gitHub = gitHub;
    this.ring = ring;
    const [app] = gitHub.state.world.apps;
    const config = gitHubConfigOf({
      webUrl: gitHub.url,
      apiUrl: gitHub.apiUrl,
      appId: app!.id,
      clientId: app!.client_id,
      clientSecret: app!.client_secret,
      privateKey: app!.private_key,
      webhookSecrets: [app!.webhook_secret],
      slug: app!.slug,
    });
    const clock = { nowMs: () => this.nowMs() };
    const write = (fields: unknown, message: string) => void this.logged.push([fields, message]);
    const log = { info: write, warn: write };
    this.port = new MemoryPort(config, { clock, log });
    this.port.installed.set(1, 501).set(2, 502);
    const place = { organisationId, epoch: 3, ended: false, guests: [] };
    this.port.previews.set(label, { ...place, origin });
    this.port.previews.set(otherLabel, { ...place, origin: otherOrigin });
    this.services = {
      port: this.port,
      ring,
      oauth: new OAuth(config, { clock, log }),
      sealKeys: [new Uint8Array(32).fill(7)],
      appOrigin: () => appOrigin,
      addressOf: (c) => c.req.header('x-test-address') ?? '192.0.2.1',
      clock,
      random,
      log,
    };
    this.#app = loginRoutes(this.services);
  }

  static async start(): Promise<LoginStack> {
    const gitHub = await startGitHub({ seed: seed(), callbackUrls: [callbackUrl] });
    return new LoginStack(
      gitHub,
      await KeyRing.from([{ kid: 'a', seed: new Uint8Array(32).fill(1) }]),
    );
  }

  nowMs(): number {
    return Date.now() + this.aheadMs;
  }

  host(of = label): PreviewHost {
    const { ring } = this;
    const host = `http://${of}.preview.localhost`;
    return { ring, random, appOrigin, label: of, origin: host, nowMs: this.nowMs() };
  }

  /** A request as a browser sends it; no redirects. */
  async fetch(
    url: URL,
    init: RequestInit & { headers: Record<string, string> },
  ): Promise<Response> {
    if (url.origin === appOrigin) return this.#app.request(url, init);
    if (url.origin === this.gitHub.url) {
      const target = this.gitHub.loopbackUrl + url.pathname + url.search;
      return fetch(target, { ...init, redirect: 'manual' });
    }
    return this.#preview(url, init);
  }

  /** The part of an engine that the gate's half of the login is in. */
  async #preview(
    url: URL,
    init: RequestInit & { headers: Record<string, string> },
  ): Promise<Response> {
    const host = this.host(url.hostname.split('.')[0]);
    const head = Object.entries(init.headers).flat();
    const method = init.method ?? 'GET';
    const target = url.pathname + url.search;
    const cookies = readCookies(head);
    const accept = init.headers['accept'];
    const session = await this.session(host, cookies.values.get(cookieName.session));
    switch (url.pathname) {
      case '/.byway/callback': {
        const request = { method, target, cookies, accept, signedIn: session !== undefined };
        return responseOf(await finishLogin(host, request, this.port.consume));
      }
      case '/.byway/session': {
        const token = init.headers['x-byway-token'];
        const exchange = async (text: string) =>
          this.tokens.get(text) === host.label
            ? { ...viewer, organisationId, sid: 'token', epoch: 3, untilMs: this.nowMs() + 60_000 }
            : undefined;
        return responseOf(await openSession(host, { method, token }, exchange));
      }
      case '/.byway/logout':
        return responseOf(leave(host, { method, originField: init.headers['origin'], accept }));
      case '/.byway/seen': {
        const form = String(init.body ?? '');
        const originField = init.headers['origin'];
        const request = { method, originField, accept, origin: host.origin, form };
        return responseOf(acceptFirstVisit(request));
      }
    }
    if (session?.viewer.kind === 'person')
      return new Response(`the app, to ${session.viewer.login}`);
    return responseOf(await askToSignIn(host, { method, target, head }));
  }

  /** The session, if its login and epoch hold. */
  async session(host: PreviewHost, token = ''): Promise<SessionClaims | undefined> {
    const time = { issuer: appOrigin, nowMs: host.nowMs };
    const session = await verifySession(this.ring, token, { ...time, ...host });
    if (!session) return undefined;
    const alive = session.sid === 'token' || this.port.logins.has(session.sid);
    const current = this.port.previews.get(host.label)?.epoch === session.epoch;
    return alive && current ? session : undefined;
  }

  async stop(): Promise<void> {
    await this.gitHub.stop();
  }
}

const viewer = { viewer: { kind: 'person' as const, id: 1002, login: 'bob' } };
