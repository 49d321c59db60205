/** A server in GitHub's place that answers what the test tells it to, and remembers what it was asked. */
import { generateKeyPairSync } from 'node:crypto';
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gitHubConfigOf, type GitHubConfig } from '#edge/github/config.ts';
import { Installations, type InstallationToken } from '#edge/github/installation.ts';
import type { GitHubServices } from '#edge/github/rest.ts';

export interface Asked {
  method: string;
  /** With the query. */
  url: string;
  headers: IncomingHttpHeaders;
  body: string;
}

export interface Told {
  status?: number;
  headers?: Record<string, string>;
  /** JSON; nothing for 204. */
  body?: unknown;
  /** Instead of an answer: the connection is cut, or nothing is ever said. */
  fault?: 'cut' | 'silent';
}

type Answering = (asked: Asked, url: URL) => Told | Promise<Told>;

const keys = generateKeyPairSync('rsa', { modulusLength: 2048 });
export const publicKey = keys.publicKey;
export const pkcs1Pem = keys.privateKey.export({ type: 'pkcs1', format: 'pem' }).toString();

/** Of an app at github.com. */
export const goodConfig: GitHubConfig = {
  webUrl: 'https://github.com',
  apiUrl: 'https://api.github.com',
  appId: 42,
  clientId: 'Iv23liSample',
  clientSecret: 'secret',
  privateKey: pkcs1Pem,
  webhookSecrets: ['0123456789abcdef'],
  slug: 'byway-sample',
};

export const organisation = { id: 77, login: 'acme' };
export const installationId = 5;
export const at = { organisationId: organisation.id, installationId };
export const alice = { id: 1001, login: 'alice' };

/** What a good GitHub says of the one installation, its one organisation and alice. */
export const answers = {
  installation: {
    id: installationId,
    account: { ...organisation, type: 'Organization' },
    target_type: 'Organization',
    permissions: { members: 'read', metadata: 'read', pull_requests: 'write' },
    suspended_at: null,
  },
  membership: {
    url: 'https://github.example/x',
    state: 'active',
    role: 'member',
    user: alice,
    organization: organisation,
  },
};

export class ScratchGitHub {
  readonly asked: Asked[] = [];
  readonly logged: string[] = [];
  nowMs = Date.UTC(2026, 0, 1);
  readonly #routes = new Map<string, Answering>();
  readonly #server: Server;
  url = '';

  constructor() {
    this.#server = createServer((request, response) => {
      const parts: Buffer[] = [];
      request.on('data', (part: Buffer) => parts.push(part));
      request.on('end', () => {
        const { method = '', url = '', headers } = request;
        const asked = { method, url, headers, body: Buffer.concat(parts).toString() };
        this.asked.push(asked);
        void this.#answer(asked).then(({ status = 200, headers: more, body, fault }) => {
          if (fault === 'cut') return request.socket.destroy();
          if (fault === 'silent') return undefined;
          response.writeHead(status, {
            'content-type': 'application/json; charset=utf-8',
            ...more,
          });
          return response.end(
            body === undefined ? '' : typeof body === 'string' ? body : JSON.stringify(body),
          );
        });
      });
    });
  }

  async start(): Promise<this> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    this.url = `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
    return this;
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  /** `route`: method and path without query; a later answer replaces the former. */
  on(route: string, answer: Told | Answering): this {
    this.#routes.set(route, typeof answer === 'function' ? answer : () => answer);
    return this;
  }

  /** The installation, its tokens `ghs_1`, `ghs_2`, … of one hour, and alice. */
  withInstallation(): this {
    let minted = 0;
    return this.on(`GET /api/app/installations/${installationId}`, { body: answers.installation })
      .on(`POST /api/app/installations/${installationId}/access_tokens`, () => ({
        status: 201,
        body: {
          token: `ghs_${(minted += 1)}`,
          expires_at: new Date(this.nowMs + 3_600_000).toISOString(),
        },
      }))
      .on(`GET /api/user/${alice.id}`, { body: alice })
      .on('GET /api/orgs/acme/memberships/alice', { body: answers.membership });
  }

  /** What `route` answers, for a path that must answer the same. */
  tell(route: string, asked: Asked): Told | Promise<Told> {
    return this.#routes.get(route)?.(asked, new URL(asked.url, this.url)) ?? { status: 404 };
  }

  /** What was asked of routes that contain `part`. */
  askedOf(part: string): Asked[] {
    return this.asked.filter(({ method, url }) => `${method} ${url}`.includes(part));
  }

  get config(): GitHubConfig {
    return gitHubConfigOf({
      webUrl: this.url,
      apiUrl: `${this.url}/api`,
      appId: 42,
      clientId: 'Iv23liSample',
      clientSecret: 'client-secret-of-the-test',
      privateKey: pkcs1Pem,
      webhookSecrets: ['webhook-secret-of-the-test'],
      slug: 'byway-sample',
    });
  }

  get services(): GitHubServices {
    const keep = (fields: object, message: string): void => {
      this.logged.push(`${message} ${JSON.stringify(fields)}`);
    };
    return { clock: { nowMs: () => this.nowMs }, log: { info: keep, warn: keep } };
  }

  installations(
    tokens = new Map<number, InstallationToken>(),
    services = this.services,
  ): Installations {
    return new Installations(this.config, services, {
      get: (id) => tokens.get(id),
      set: (id, token) => void (token ? tokens.set(id, token) : tokens.delete(id)),
    });
  }

  async #answer(asked: Asked): Promise<Told> {
    const url = new URL(asked.url, this.url);
    const answer = this.#routes.get(`${asked.method} ${url.pathname}`);
    return answer ? answer(asked, url) : { status: 404, body: { message: 'Not Found' } };
  }
}
