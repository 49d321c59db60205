/**
 * A private preview behind the gate: the GitHub sandbox, a stack with one service, an app that shows what
 * it got, and people with browsers.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { appAddressesOf, gitHubOf, type EdgeGitHub } from '#sandbox/edge-github.ts';
import { freePort } from '#sandbox/free-port.ts';
import { startGitHub, type GitHubSandbox } from '#sandbox/github/github.ts';
import { findNginx, startNginx, type IngressProcess } from '#sandbox/ingress/nginx.ts';
import { Stack } from '#sandbox/stack.ts';
import { Visitor } from '#sandbox/visitor.ts';
import { engine } from '../engine.ts';
import { until } from '../world.ts';

export const organisation = { id: 1, login: 'sandbox' };
/** Users of the sandbox by their part. */
export const people = { admin: 'alice', member: 'bob', outsider: 'mallory', pending: 'pat' };
export const ids = { alice: 1001, bob: 1002, mallory: 1003, pat: 1004 };

const host = 'web.localhost';

/** What the app saw of a request. */
export interface Echo {
  method: string;
  url: string;
  /** Name, value, … */
  headers: string[];
}

const echo: RequestListener = (request, response) => {
  const body: Echo = {
    method: request.method ?? '',
    url: request.url ?? '',
    headers: request.rawHeaders,
  };
  response.setHeader('content-type', 'application/json');
  response.end(JSON.stringify(body));
};

export class GateScene {
  readonly dir = mkdtempSync(join(tmpdir(), 'byway-gate-'));
  github!: GitHubSandbox;
  stack!: Stack;
  laptop!: Server;
  #ingress!: IngressProcess;
  /** As the connector reaches it. */
  ingress = { host: '127.0.0.1', port: 0, tls: false, l5: host };
  #app!: Server;
  #made = 0;

  get appUrl(): string {
    return this.stack.appUrl;
  }

  /** `laptop`: the app that viewers meet. */
  async start(laptop: RequestListener = echo): Promise<this> {
    this.#app = await listen((_request, response) => response.end('the cluster’s version'));
    this.laptop = await listen(laptop);
    const [ingressPort, agentPort, edgePort] = [
      await freePort(),
      await freePort(),
      await freePort(),
    ];
    this.ingress.port = ingressPort;
    const nginx = findNginx();
    if (nginx === undefined) throw new Error('nginx is needed: apt-get install nginx');
    this.#ingress = await startNginx(nginx, {
      dir: join(this.dir, 'nginx'),
      port: ingressPort,
      rules: [{ host, port: agentPort }],
    });
    const addresses = appAddressesOf(`http://byway.localhost:${edgePort}`);
    this.github = await startGitHub(addresses);
    this.stack = new Stack({
      dir: this.dir,
      engine,
      edgePort,
      services: [{ name: 'web', app: portOf(this.#app), listen: agentPort }],
      ingress: { host: '127.0.0.1', port: ingressPort, l5: host },
      github: this.edgeGitHub(),
      organisation,
    });
    await this.stack.start();
    return this;
  }

  /** What the edge is told of GitHub. */
  protected edgeGitHub(): EdgeGitHub {
    return gitHubOf(this.github);
  }

  /** A new preview of the laptop's app; returns its origin. */
  async preview(access: 'private' | 'public' = 'private'): Promise<string> {
    this.#made += 1;
    const made = await this.stack.byway(
      ...['intercept', 'web', '--name', `web-${this.#made}`],
      ...['--http-header', `x-gate=${this.#made}`],
      ...['--port', `${portOf(this.laptop)}:http`, '--preview-access', access],
      ...['--output', 'json'],
    );
    if (made.code !== 0) throw new Error(made.stderr);
    return (JSON.parse(made.stdout) as { preview: { url: string } }).preview.url.replace(/\/$/, '');
  }

  labelOf(origin: string): string {
    return new URL(origin).hostname.split('.')[0] ?? '';
  }

  async setAccess(origin: string, access: 'private' | 'public'): Promise<void> {
    const path = `/api/v1/previews/${this.labelOf(origin)}`;
    const { status, body } = await this.stack.api('PATCH', path, { access });
    if (status !== 200) throw new Error(JSON.stringify(body));
  }

  /** After a restart of the edge or the connector: until every shard has its tunnel again. */
  async connected(): Promise<void> {
    await until(async () => {
      const { body } = await this.stack.api('GET', `/api/v1/clusters/${this.stack.cluster}`);
      const { shards } = body as { shards: { connected: boolean }[] };
      return shards.every(({ connected }) => connected) ? true : undefined;
    }, 'the connector does not come back to every shard');
  }

  /** A service token as the operator makes it. */
  async token(more: Record<string, unknown> = {}): Promise<{ id: string; token: string }> {
    const { status, body } = await this.stack.api('POST', '/api/v1/tokens', {
      kind: 'service',
      name: 'test',
      organisation: organisation.id,
      ...more,
    });
    if (status !== 201) throw new Error(JSON.stringify(body));
    return body as { id: string; token: string };
  }

  /** Somebody whose browser has a session on the preview already. */
  async visitor(login: string, origin: string): Promise<Visitor> {
    const visitor = new Visitor(login);
    const seen = await visitor.open(`${origin}/`);
    if (seen.status !== 200) throw new Error(`${login} gets ${seen.status}: ${seen.text}`);
    return visitor;
  }

  async stop(): Promise<void> {
    const { violations } = this.github.journal;
    await this.stack.stop();
    await this.#ingress.stop();
    await this.github.stop();
    for (const server of [this.#app, this.laptop]) {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    }
    rmSync(this.dir, { recursive: true, force: true });
    if (violations.length > 0) throw new Error(JSON.stringify(violations));
  }
}

export function portOf(server: Server): number {
  return (server.address() as AddressInfo).port;
}

function listen(listener: RequestListener): Promise<Server> {
  const server = createServer(listener);
  return new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(server)));
}
