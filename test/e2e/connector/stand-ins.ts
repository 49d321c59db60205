/** A connector process between peers that the test plays itself: edge, agent, daemon, ingress. */
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer as createHttpServer } from 'node:http';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { WebSocket, WebSocketServer } from 'ws';
import { stringify } from 'yaml';
import type { InterceptSpec, Route } from '#protocol/control.ts';
import { Flag, type ResetCode } from '#protocol/frame.ts';
import { helloOf } from '#protocol/hello.ts';
import { maxMessageBytes } from '#protocol/limits.ts';
import { Requests } from '#protocol/requests.ts';
import { runtimeOf } from '#protocol/runtime.ts';
import type { Session } from '#protocol/session.ts';
import { StreamKind, type Stream, type StreamHandler } from '#protocol/stream.ts';
import { startSession } from '#protocol/tunnel.ts';
import { startFile, type Running } from '#sandbox/process.ts';
import { until } from '../world.ts';

const runtime = runtimeOf(globalThis);
export const l5 = 'shop.example.com';
export const origin = 'https://label.preview.example.dev';
export const client = 'c'.repeat(32);
const tokens = {
  connector: 'bwc_0123456789abcdef',
  web: 'agent-web-token-0',
  other: 'agent-other-token',
};
export const laptopToken = 'laptop-token-0123';

/** One stream as its opener sees it. */
export class Exchange implements StreamHandler {
  stream!: Stream;
  heads: string[][] = [];
  trailers: string[] | undefined;
  parts: Buffer[] = [];
  /** Whole WebSocket messages; `kind` t or b. */
  messages: { kind: 't' | 'b'; data: Buffer }[] = [];
  close: Buffer | undefined;
  reset: ResetCode | undefined;
  /** False: credit is given back by the test. */
  eager = true;
  readonly ended: Promise<void>;
  #end!: () => void;
  #message: Buffer[] = [];

  constructor() {
    this.ended = new Promise((resolve) => (this.#end = resolve));
  }
  onHead(head: string[], fin: boolean): void {
    if (this.final) this.trailers = head;
    else this.heads.push(head);
    if (fin) this.#end();
  }
  onData(bytes: Uint8Array, flags: number, fin: boolean): void {
    const data = Buffer.from(bytes);
    this.parts.push(data);
    if (this.eager) this.stream.consumed(bytes.length);
    if (flags & Flag.close) this.close = data;
    else if (this.stream.kind === StreamKind.ws && data.length > 0) {
      this.#message.push(data);
      if (!(flags & Flag.cont)) {
        const kind = flags & Flag.text ? 't' : 'b';
        this.messages.push({ kind, data: Buffer.concat(this.#message.splice(0)) });
      }
    }
    if (fin) this.#end();
  }
  onReset(code: ResetCode): void {
    this.reset = code;
    this.#end();
  }
  get final(): string[] | undefined {
    return this.heads.find((head) => head[1] === '101' || !head[1]!.startsWith('1'));
  }
  get status(): number {
    return Number(this.final?.[1] ?? 0);
  }
  get body(): Buffer {
    return Buffer.concat(this.parts);
  }
  /** All values of a field of the final head. */
  field(name: string): string[] {
    const head = this.final ?? [];
    return head.filter(
      (_text, index) => index % 2 === 1 && head[index - 1]!.toLowerCase() === name,
    );
  }
}

export interface Ask {
  label?: string;
  kind?: StreamKind;
  method?: string;
  path?: string;
  fields?: readonly string[];
  /** Left out: no body, FIN on OPEN. */
  body?: Uint8Array | string;
  trailers?: string[];
  /** The body does not end here. */
  open?: boolean;
}

export class Site {
  readonly dir = mkdtempSync(join(tmpdir(), 'byway-connector-'));
  readonly #edge = createHttpServer();
  readonly #servers: Server[] = [];
  readonly #sockets = new Set<Socket>();
  connector!: Running;
  /** The connector's session at the edge. */
  session: Session | undefined;
  requests: Requests | undefined;
  routes: Route[] = [];
  ports: Record<string, number> = {};

  async start(config: Record<string, unknown>): Promise<void> {
    const webSockets = new WebSocketServer({ noServer: true, maxPayload: maxMessageBytes });
    this.#edge.on('upgrade', (request, socket, head) => {
      if (request.headers.authorization !== `Bearer ${tokens.connector}`) return socket.destroy();
      webSockets.handleUpgrade(request, socket, head, (webSocket) => this.#accept(webSocket));
    });
    await listening(this.#edge);
    this.#servers.push(this.#edge);
    for (const [name, token] of Object.entries({ ...tokens, laptop: laptopToken }))
      writeFileSync(join(this.dir, `${name}.token`), token);
    writeFileSync(
      join(this.dir, 'connector.yaml'),
      stringify({
        edge: { url: `http://127.0.0.1:${portOf(this.#edge)}`, token_file: 'connector.token' },
        listen: { port: 0 },
        metrics: { port: 0 },
        ticket_key_file: 'ticket.key',
        agents: ['web', 'other'].map((name) => ({ name, token_file: `${name}.token` })),
        laptops: [{ owner: { id: 7, login: 'alice' }, token_file: 'laptop.token' }],
        workloads: ['web', 'other'].map((name) => ({
          name,
          ports: [{ name: 'http', port: 80, agent: name }],
        })),
        ...config,
      }),
    );
    await this.startConnector();
  }

  async startConnector(): Promise<void> {
    this.connector = await startFile('connector/main.ts', [
      '--config',
      join(this.dir, 'connector.yaml'),
    ]);
    this.ports = this.connector.said.ports as Record<string, number>;
    await until(
      () => Promise.resolve(this.session?.peer && !this.session.closed ? true : undefined),
      'the connector reaches the edge',
    );
  }

  #accept(webSocket: WebSocket): void {
    const about = { role: 'edge', cluster: 'k', app_url: 'http://edge' };
    const hello = { ...helloOf('edge/test', about), features: this.features };
    const session: Session = startSession(webSocket, 'accepted', hello, runtime, {
      onHello: () => {
        this.session = session;
        session.control({ type: 'routes', routes: this.routes });
      },
      onOpen: () => 1,
      onControl: (message) => {
        if (!this.requests?.take(message)) this.reports.push(message);
      },
      onGoaway: () => {},
      onClose: () => this.requests?.lost(),
    });
    this.requests = new Requests(session, {});
  }

  /** Of the edge's HELLO. */
  features: string[] = [];
  /** CONTROL messages that were no questions. */
  reports: Record<string, unknown>[] = [];

  route(port: number, more: Partial<Route['ingress']> = {}, label = 'label'): Promise<unknown> {
    const route: Route = {
      label,
      origin,
      intercept: { id: this.spec.id, name: this.spec.name },
      ingress: { host: '127.0.0.1', port, tls: false, l5, ...more },
    };
    this.routes = [...this.routes.filter((each) => each.label !== label), route];
    return this.requests!.ask('route', { ...route });
  }

  /** All routes anew; resolves when the connector has them. */
  async sendRoutes(): Promise<void> {
    this.session!.control({ type: 'routes', routes: this.routes });
    await this.requests!.ask('unroute', { label: 'none' });
  }

  ask(ask: Ask = {}): Exchange {
    const { label = 'label', kind = StreamKind.http, method = 'GET', path = '/' } = ask;
    const exchange = new Exchange();
    const fin = ask.body === undefined && !ask.open && kind === StreamKind.http;
    const head = [':method', method, ':path', path, ...(ask.fields ?? [])];
    exchange.stream = this.session!.open(kind, label, head, fin, exchange);
    if (ask.body !== undefined) {
      const bytes = Buffer.from(ask.body);
      if (ask.trailers) {
        exchange.stream.write(bytes);
        exchange.stream.head(ask.trailers, true);
      } else if (ask.open) exchange.stream.write(bytes);
      else exchange.stream.end(bytes);
    }
    return exchange;
  }

  async answer(ask: Ask = {}): Promise<Exchange> {
    const exchange = this.ask(ask);
    await exchange.ended;
    return exchange;
  }

  /** An ingress of raw sockets. */
  async raw(onSocket: (socket: Socket) => void): Promise<number> {
    const server = createServer((socket) => {
      socket.on('error', () => {});
      this.#sockets.add(socket);
      onSocket(socket);
    });
    return this.serve(server);
  }

  async serve(server: Server): Promise<number> {
    await listening(server);
    this.#servers.push(server);
    server.on('connection', (socket) => this.#sockets.add(socket));
    return portOf(server);
  }

  // The intercept.

  spec!: InterceptSpec;
  ticket = '';
  laptop!: Peer;
  agents: Record<string, Peer> = {};

  async agent(name: 'web' | 'other', tickets: string[] = []): Promise<Peer> {
    const about = { role: 'agent', ports: [{ name: 'http', protocol: 'http' }], tickets };
    const peer = await Peer.dial(this.ports.listen!, '/tunnel/agent', tokens[name], about);
    this.agents[name] = peer;
    await until(() => Promise.resolve(peer.told), 'the agent is told its intercepts');
    return peer;
  }

  async daemon(tickets: string[] = [], id = client): Promise<Peer> {
    const about = { role: 'laptop', client: id, laptop: 'book', tickets };
    this.laptop = await Peer.dial(this.ports.listen!, '/tunnel/laptop', laptopToken, about);
    await this.laptop.requests.ask('status', {});
    return this.laptop;
  }

  async intercept(params: Record<string, unknown> = {}): Promise<void> {
    const result = await this.laptop.requests.ask('intercept', {
      name: 'web',
      workload: 'web',
      mechanism: 'http',
      headers: [],
      laptop: { name: 'book', address: '127.0.0.1:1' },
      ...params,
    });
    this.spec = result.spec as InterceptSpec;
    this.ticket = String(result.ticket);
  }

  async metrics(): Promise<Record<string, number>> {
    const text = await (await fetch(`http://127.0.0.1:${this.ports.metrics}/metrics`)).text();
    return Object.fromEntries(
      text
        .split('\n')
        .filter((line) => line !== '' && !line.startsWith('#'))
        .map((line) => [line.split(' ')[0], Number(line.split(' ')[1])]),
    );
  }

  quiet(): Promise<unknown> {
    return until(async () => {
      const gauges = await this.metrics();
      const done =
        gauges.byway_streams === 0 &&
        gauges.byway_queued_bytes === 0 &&
        gauges.byway_credit_whole === 1;
      return done ? gauges : undefined;
    }, 'streams, queues and credit of the connector come to rest');
  }

  async stop(): Promise<void> {
    await this.connector?.stop(2_000);
    for (const peer of [this.laptop, ...Object.values(this.agents)]) peer?.webSocket.terminate();
    for (const socket of this.#sockets) socket.destroy();
    for (const server of this.#servers) server.close();
    rmSync(this.dir, { recursive: true, force: true });
  }
}

/** An agent or a daemon. */
export class Peer {
  readonly webSocket: WebSocket;
  session!: Session;
  requests!: Requests;
  controls: Record<string, unknown>[] = [];
  /** Agent: answers `intercepts` at once. */
  acknowledges = true;
  onOpen: (stream: Stream) => StreamHandler | ResetCode = () => 1;

  private constructor(webSocket: WebSocket) {
    this.webSocket = webSocket;
  }

  static async dial(
    port: number,
    path: string,
    token: string,
    about: Record<string, unknown>,
  ): Promise<Peer> {
    const webSocket = new WebSocket(`ws://127.0.0.1:${port}${path}`, {
      headers: { Authorization: `Bearer ${token}` },
      perMessageDeflate: false,
    });
    const peer = new Peer(webSocket);
    await new Promise<void>((resolve, reject) => {
      const events: Parameters<typeof startSession>[4] = {
        onHello: () => resolve(),
        onOpen: (stream) => peer.onOpen(stream),
        onControl: (message) => peer.#take(message),
        onGoaway: () => {},
        onClose: (code, reason) => {
          peer.requests.lost();
          reject(new Error(`${code} ${reason}`));
        },
      };
      webSocket.on('error', reject);
      // The connector's HELLO may be in the same packet as its answer.
      webSocket.on('open', () => {
        peer.session = startSession(webSocket, 'dialled', helloOf('test', about), runtime, events);
        peer.requests = new Requests(peer.session, {});
      });
    });
    return peer;
  }

  #take(message: Record<string, unknown>): void {
    if (this.requests.take(message)) return;
    this.controls.push(message);
    if (message.type === 'intercepts' && this.acknowledges)
      this.session.control({ type: 'applied', revision: message.revision });
  }

  /** Names of the intercepts that the agent was told last. */
  get told(): string[] | undefined {
    const last = this.controls.findLast((message) => message.type === 'intercepts');
    return (last?.intercepts as { spec: InterceptSpec }[] | undefined)?.map(
      ({ spec }) => spec.name,
    );
  }

  async gone(): Promise<void> {
    this.webSocket.terminate();
    if (this.webSocket.readyState !== WebSocket.CLOSED) await once(this.webSocket, 'close');
  }
}

export function portOf(server: Server): number {
  return (server.address() as AddressInfo).port;
}

async function listening(server: Server): Promise<void> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
}
