/** A stack with one service whose app and laptop version are in the test's own process. */
import { mkdtempSync, rmSync } from 'node:fs';
import {
  createServer,
  request,
  type Agent,
  type IncomingHttpHeaders,
  type RequestListener,
  type Server,
} from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { engineOfTests } from '#sandbox/edge-part.ts';
import { freePort } from '#sandbox/free-port.ts';
import { findNginx, startNginx, type IngressProcess } from '#sandbox/ingress/nginx.ts';
import { Stack } from '#sandbox/stack.ts';

export const host = 'web.localhost';

export interface Made {
  id: string;
  name: string;
  headers: { name: string; value: string }[];
  preview: { url: string; label: string } | null;
}

export interface Answer {
  status: number;
  headers: IncomingHttpHeaders;
  text: string;
}

export interface Call {
  port: number;
  host?: string;
  path?: string;
  method?: string;
  headers?: Record<string, string>;
  body?: string | Buffer;
  agent?: Agent | false;
}

/** One request to 127.0.0.1; `port` and `host` choose the way in. */
export function call({
  port,
  host: name = host,
  path = '/',
  method = 'GET',
  headers = {},
  body,
  agent = false,
}: Call): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const outgoing = request(
      { host: '127.0.0.1', port, path, method, agent, headers: { Host: name, ...headers } },
      (response) => {
        const parts: Buffer[] = [];
        response.on('data', (part: Buffer) => parts.push(part));
        response.on('error', reject);
        response.on('end', () =>
          resolve({
            status: response.statusCode ?? 0,
            headers: response.headers,
            text: Buffer.concat(parts).toString(),
          }),
        );
      },
    );
    outgoing.on('error', reject);
    outgoing.end(body);
  });
}

export class World {
  readonly dir = mkdtempSync(join(tmpdir(), 'byway-e2e-'));
  app!: Server;
  laptop!: Server;
  stack!: Stack;
  ingress!: IngressProcess;
  ingressPort = 0;

  get appPort(): number {
    return (this.app.address() as AddressInfo).port;
  }
  get laptopPort(): number {
    return (this.laptop.address() as AddressInfo).port;
  }
  get edgePort(): number {
    return this.stack.ports.edge!;
  }
  get agentPort(): number {
    return this.stack.ports['agent-web']!;
  }

  async start(
    app: RequestListener,
    laptop: RequestListener,
    connector: Record<string, unknown> = {},
    edge: Record<string, unknown> = {},
  ): Promise<void> {
    this.app = await listen(app);
    this.laptop = await listen(laptop);
    this.ingressPort = await freePort();
    const agentPort = await freePort();
    this.stack = new Stack({
      dir: this.dir,
      // What edge.yaml alone offers is the Node engine's.
      engine: Object.keys(edge).length > 0 ? 'node' : engineOfTests(),
      services: [{ name: 'web', app: this.appPort, listen: agentPort }],
      ingress: { host: '127.0.0.1', port: this.ingressPort, l5: host },
      connector,
      edge,
    });
    const nginx = findNginx();
    if (nginx === undefined) throw new Error('nginx is needed: apt-get install nginx');
    this.ingress = await startNginx(nginx, {
      dir: join(this.dir, 'nginx'),
      port: this.ingressPort,
      rules: [{ host, port: agentPort }],
    });
    await this.stack.start();
  }

  /** `byway intercept web`, to the laptop's port; a public preview unless `args` say otherwise. */
  async intercept(...args: string[]): Promise<Made> {
    const hasPreview = !args.includes('--preview-url=false') && !args.includes('tcp');
    const all = [
      ...['intercept', 'web', '--port', `${this.laptopPort}:http`],
      ...(hasPreview ? ['--preview-access', 'public'] : []),
      ...['--output', 'json'],
    ];
    const { code, stdout, stderr } = await this.stack.byway(...all, ...args);
    if (code !== 0) throw new Error(stderr);
    return JSON.parse(stdout) as Made;
  }

  /** Waits until nothing is open, queued or owed in any part. */
  quiet(): Promise<Record<string, Record<string, number>>> {
    return this.quietBut(0);
  }

  /** The same while up to `streams` small requests go on. */
  async quietBut(streams: number): Promise<Record<string, Record<string, number>>> {
    return until(async () => {
      const all: Record<string, Record<string, number>> = {};
      for (const part of ['edge', 'connector', 'agent-web'])
        all[part] = await this.stack.metrics(part);
      const done = Object.values(all).every(
        (gauges) =>
          (gauges.byway_streams ?? Infinity) <= 2 * streams &&
          (gauges.byway_queued_bytes === 0 || streams > 0) &&
          gauges.byway_credit_whole === 1,
      );
      return done ? all : undefined;
    }, 'streams, queues and credit do not come to rest');
  }

  async stop(): Promise<void> {
    await this.stack?.stop();
    await this.ingress?.stop();
    for (const server of [this.app, this.laptop]) {
      server?.closeAllConnections();
      server?.close();
    }
    rmSync(this.dir, { recursive: true, force: true });
  }
}

export function listen(listener: RequestListener): Promise<Server> {
  const server = createServer({ keepAliveTimeout: 60_000 }, listener);
  return new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(server)));
}

/** Asks again until there is an answer; fails with `what` after `limitMs`. */
export async function until<T>(
  ask: () => Promise<T | undefined>,
  what: string,
  limitMs = 15_000,
): Promise<T> {
  const deadline = performance.now() + limitMs;
  for (;;) {
    const value = await ask().catch(() => undefined);
    if (value !== undefined) return value;
    if (performance.now() > deadline) throw new Error(what);
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
}
