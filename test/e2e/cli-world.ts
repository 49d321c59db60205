/** Real `byway` processes with directories of their own, a stand-in connector and a stand-in edge. */
import { spawn, type ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo, Server as NetServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { WebSocketServer, type WebSocket } from 'ws';
import { stringify } from 'yaml';
import { ResetCode } from '#protocol/frame.ts';
import { helloOf } from '#protocol/hello.ts';
import { maxMessageBytes } from '#protocol/limits.ts';
import { RequestError, Requests, type Answer } from '#protocol/requests.ts';
import { runtimeOf } from '#protocol/runtime.ts';
import type { Session } from '#protocol/session.ts';
import { startSession } from '#protocol/tunnel.ts';

export const root = join(import.meta.dirname, '../..');
export const bin = join(root, 'cli/bin/byway.mjs');
export const cluster = 'abcdefgh';
const laptopToken = 'laptop-token-0123456789';
export const operatorToken = 'operator-token-0123456789';

type Fields = Record<string, unknown>;

export interface Minted {
  id: string;
  name: string;
  ticket: string;
}

/** The connector's side of the protocol: mints what it is asked for, and remembers. */
export class StandInConnector {
  /** Answers that a test replaces. */
  answers: Record<string, Answer> = {};
  ingresses = [{ host: '10.0.0.1', port: 80, tls: false, l5: 'shop.localhost' }];
  minted: Minted[] = [];
  left: string[] = [];
  asked: { method: string; params: Fields }[] = [];
  /** What each HELLO said, in order. */
  abouts: { client: string; tickets: string[] }[] = [];
  session: Session | undefined;
  #server: Server | undefined;
  port = 0;

  async start(): Promise<void> {
    const sockets = new WebSocketServer({ noServer: true, maxPayload: maxMessageBytes });
    this.#server = createServer();
    this.#server.on('upgrade', (request, socket, early) => {
      if (request.headers.authorization !== `Bearer ${laptopToken}`) return socket.destroy();
      sockets.handleUpgrade(request, socket, early, (webSocket) => this.#accept(webSocket));
    });
    this.port = await listening(this.#server, this.port);
  }

  /** Nothing listens on the port any more. */
  async stop(): Promise<void> {
    this.session?.close(1001, 'the test stops it');
    const server = this.#server;
    this.#server = undefined;
    server?.closeAllConnections();
    if (server) await new Promise((resolve) => server.close(resolve));
  }

  mint(params: Fields): Fields {
    const id = randomBytes(16).toString('hex');
    const name = String(params.name);
    const ticket = `ticket-of-${id}`;
    this.minted.push({ id, name, ticket });
    const http = params.mechanism === 'http';
    const given = params.headers as Fields[];
    const byDefault = [{ name: 'x-telepresence-intercept-id', value: `${id}:${name}` }];
    const spec = {
      id,
      name,
      client: this.abouts.at(-1)!.client,
      owner: { id: 7, login: 'alice' },
      workload: params.workload,
      namespace: 'default',
      port: { name: 'http', number: 80 },
      mechanism: params.mechanism,
      headers: http && given.length === 0 ? byDefault : given,
      laptop: params.laptop,
    };
    return { spec, ticket, state: 'ACTIVE', environment: { COLOUR: 'blue' } };
  }

  #accept(webSocket: WebSocket): void {
    const hello = helloOf('stand-in', { role: 'connector' });
    const session = startSession(webSocket, 'accepted', hello, runtimeOf(globalThis), {
      onHello: (peer) => {
        this.abouts.push(peer.about as { client: string; tickets: string[] });
        this.session = session;
      },
      onOpen: () => ResetCode.refused,
      onControl: (message) => void requests.take(message),
      onGoaway: () => {},
      onClose: () => {
        requests.lost();
        if (this.session === session) this.session = undefined;
      },
    });
    const own: Record<string, Answer> = {
      list: () => ({
        workloads: [
          {
            name: 'web',
            namespace: 'default',
            ports: [{ name: 'http', number: 80, agents: 1, protocol: 'http' }],
            intercepts: [],
          },
        ],
        ingresses: this.ingresses,
        edge: { cluster, connected: true, reason: '' },
      }),
      check: () => ({ port: { name: 'http', number: 80 } }),
      intercept: (params) => this.mint(params),
      leave: ({ id }) => {
        this.left.push(String(id));
        return {};
      },
      status: () => ({ edge: { cluster, connected: true, reason: '' }, account: {} }),
    };
    const answerOf = (method: string): Answer => {
      return (params) => {
        this.asked.push({ method, params });
        return (this.answers[method] ?? own[method]!)(params);
      };
    };
    const requests = new Requests(
      session,
      Object.fromEntries(Object.keys(own).map((method) => [method, answerOf(method)])),
    );
  }
}

export { RequestError };

/** The edge's API: keeps previews in a list. */
export class StandInEdge {
  previews: { label: string; intercept: { id: string; name: string }; body: Fields }[] = [];
  /** Set by a test: gets the answer to a creation, after the preview was made. */
  onCreate: ((request: IncomingMessage, response: ServerResponse) => void) | undefined;
  /** What it says of each preview that lives. */
  facts: Fields = {
    access: 'private',
    public_until: null,
    expires_at: new Date(Date.now() + 14 * 86_400_000 + 60_000).toISOString(),
    idle_expires_at: new Date(Date.now() + 3 * 86_400_000 + 60_000).toISOString(),
    hits: 0,
    last_used_at: null,
  };
  /** Takes questions and never answers. */
  isSilent = false;
  /** Why those that are gone are gone. */
  ending: Fields | undefined;
  /** Set by a test: refuses creations with that status. */
  refuse: number | undefined;
  port = 0;
  #server: Server | undefined;
  #next = 1;

  async start(): Promise<void> {
    this.#server = createServer((request, response) => void this.#handle(request, response));
    this.port = await listening(this.#server, this.port);
  }

  async stop(): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    server?.closeAllConnections();
    if (server) await new Promise((resolve) => server.close(resolve));
  }

  #show(url: string, send: (status: number, body?: unknown) => void): void {
    const [, label, about] = /^\/api\/v1\/previews\/([^/?]+)(\/ending)?$/.exec(url) ?? [];
    if (label === undefined) return send(200, { previews: this.previews });
    if (about) return this.ending ? send(200, { label, ...this.ending }) : send(404, {});
    const found = this.previews.find((each) => each.label === label);
    send(found ? 200 : 404, found ? { ...found, ...this.facts } : {});
  }

  async #handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const send = (status: number, body?: unknown): void => {
      response.writeHead(status).end(body === undefined ? undefined : JSON.stringify(body));
    };
    const error = { code: 'BW-5001', detail: 'It will not do.', action: 'Try another.' };
    if (request.headers.authorization !== `Bearer ${operatorToken}`) return send(401, { error });
    if (this.isSilent) return;
    if (request.method === 'GET') return this.#show(request.url ?? '', send);
    if (request.method === 'DELETE') {
      const label = /^\/api\/v1\/previews\/([^/]+)\?reason=left$/.exec(request.url ?? '')?.[1];
      const there = this.previews.some((each) => each.label === label);
      this.previews = this.previews.filter((each) => each.label !== label);
      return send(there ? 204 : 404, there ? undefined : { error });
    }
    let text = '';
    for await (const part of request) text += String(part);
    if (this.refuse !== undefined) return send(this.refuse, { error });
    const body = JSON.parse(text) as Fields & { intercept: { id: string; name: string } };
    const label = `amber-otter-${this.#next++}`;
    this.previews.push({ label, intercept: body.intercept, body });
    if (this.onCreate) return this.onCreate(request, response);
    send(201, { label, url: `http://${label}.preview.localhost:${this.port}`, ...this.facts });
  }
}

export interface Ended {
  code: number | null;
  stdout: string;
  stderr: string;
}

export class CliWorld {
  readonly dir = mkdtempSync(join(tmpdir(), 'byway-cli-'));
  readonly connector = new StandInConnector();
  readonly edge = new StandInEdge();
  readonly config = join(this.dir, 'config.yaml');
  readonly #children = new Set<ChildProcess>();

  get env(): NodeJS.ProcessEnv {
    return {
      ...process.env,
      XDG_RUNTIME_DIR: join(this.dir, 'run'),
      XDG_STATE_HOME: join(this.dir, 'state'),
      BYWAY_CONFIG: this.config,
    };
  }

  async start(): Promise<void> {
    mkdirSync(join(this.dir, 'run'), { mode: 0o700 });
    await this.connector.start();
    await this.edge.start();
    this.configure({ edge_url: this.edgeUrl, operator_token: operatorToken });
  }

  get edgeUrl(): string {
    return `http://byway.localhost:${this.edge.port}`;
  }

  configure(more: Fields): void {
    const connector_url = `http://127.0.0.1:${this.connector.port}`;
    writeFileSync(this.config, stringify({ connector_url, laptop_token: laptopToken, ...more }));
  }

  /** Starts `byway`, with pipes for a terminal. */
  spawn(...args: string[]): { child: ChildProcess; ended: Promise<Ended> } {
    const child = spawn(process.execPath, [bin, ...args], {
      env: this.env,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.#children.add(child);
    let stdout = '';
    let stderr = '';
    child.stdout!.on('data', (bytes: Buffer) => (stdout += bytes.toString()));
    child.stderr!.on('data', (bytes: Buffer) => (stderr += bytes.toString()));
    const ended = new Promise<Ended>((resolve, reject) => {
      child.once('error', reject);
      child.once('close', (code) => {
        this.#children.delete(child);
        resolve({ code, stdout, stderr });
      });
    });
    return { child, ended };
  }

  byway(...args: string[]): Promise<Ended> {
    return this.spawn(...args).ended;
  }

  /** The result of a command that must succeed. */
  async json(...args: string[]): Promise<Fields> {
    const { code, stdout, stderr } = await this.byway(...args, '--output', 'json');
    if (code !== 0) throw new Error(`byway ${args.join(' ')}: ${code}: ${stderr}`);
    return JSON.parse(stdout) as Fields;
  }

  get runtimeDir(): string {
    return join(this.dir, 'run', 'byway');
  }

  /** Of the daemon's files the one that ends so. */
  file(ending: '.sock' | '.pid' | '.json' | '.lock' | '.log'): string {
    const dir =
      ending === '.sock' || ending === '.pid' ? this.runtimeDir : join(this.dir, 'state', 'byway');
    const name = existsSync(dir)
      ? readdirSync(dir).find((each) => each.endsWith(ending))
      : undefined;
    return name === undefined ? '' : join(dir, name);
  }

  get daemonPid(): number | undefined {
    const file = this.file('.pid');
    return file === '' ? undefined : Number(readFileSync(file, 'utf8'));
  }

  get state(): {
    client: string;
    intercepts: { spec: { id: string } }[];
    ending: unknown[];
    creating: unknown[];
  } {
    return JSON.parse(readFileSync(this.file('.json'), 'utf8')) as CliWorld['state'];
  }

  /** kill -9 of the daemon; resolves when it is gone. */
  async killDaemon(): Promise<void> {
    const pid = this.daemonPid;
    if (pid === undefined) throw new Error('no daemon runs');
    process.kill(pid, 'SIGKILL');
    await until(() => !alive(pid), 'the daemon lives');
  }

  async stop(): Promise<void> {
    for (const child of this.#children) child.kill('SIGKILL');
    const pid = this.daemonPid;
    if (pid !== undefined && alive(pid)) await this.killDaemon();
    await this.connector.stop();
    await this.edge.stop();
    rmSync(this.dir, { recursive: true, force: true });
  }
}

export function alive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    // A killed process that nobody has waited for yet is dead all the same.
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ENOENT'
      ? existsSync('/proc') === false
      : false;
  }
}

/** Asks again until it is so; fails with `what` after `limitMs`. */
export async function until(is: () => boolean, what: string, limitMs = 15_000): Promise<void> {
  const deadline = performance.now() + limitMs;
  while (!is()) {
    if (performance.now() > deadline) throw new Error(what);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

export function listening(server: Server | NetServer, port = 0): Promise<number> {
  return new Promise((resolve) => {
    server.listen(port, '127.0.0.1', () => resolve((server.address() as AddressInfo).port));
  });
}
