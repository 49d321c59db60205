/** An agent in its own process, between an app in the test's process and a stand-in for the connector. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer as createHttpServer, request } from 'node:http';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { WebSocketServer } from 'ws';
import { stringify } from 'yaml';
import type { AgentAbout, InterceptHeader, InterceptSpec } from '#protocol/control.ts';
import { CloseCode, ResetCode } from '#protocol/frame.ts';
import { helloOf } from '#protocol/hello.ts';
import { maxMessageBytes } from '#protocol/limits.ts';
import { runtimeOf } from '#protocol/runtime.ts';
import type { Session } from '#protocol/session.ts';
import { spliceSocket } from '#protocol/splice.ts';
import type { Stream, StreamHandler } from '#protocol/stream.ts';
import { startSession } from '#protocol/tunnel.ts';
import { portOf, startFile, type Running } from '#sandbox/process.ts';
import { until } from '../world.ts';

const token = '0123456789abcdef';

export function specOf(
  id: string,
  headers: InterceptHeader[],
  port: string,
  address: string,
): InterceptSpec {
  return {
    id,
    name: `name-${id}`,
    client: 'c'.repeat(32),
    owner: { id: 1001, login: 'alice' },
    workload: 'web',
    namespace: 'default',
    port: { name: port, number: 80 },
    mechanism: headers.length > 0 ? 'http' : 'tcp',
    headers,
    laptop: { name: 'alices-laptop', address },
  };
}

/** Accepts the agent as the connector does and dials laptops itself. */
export class ConnectorStandIn {
  session: Session | undefined;
  about: AgentAbout | undefined;
  authorization: string | undefined;
  peers: (string | undefined)[] = [];
  #server = createHttpServer();
  #port = 0;
  #specs: InterceptSpec[] = [];
  #revision = 0;
  #applied = 0;
  #laptops = new Map<string, number>();

  get port(): number {
    return this.#port;
  }

  async start(): Promise<void> {
    this.#server = createHttpServer();
    const webSockets = new WebSocketServer({
      noServer: true,
      perMessageDeflate: false,
      maxPayload: maxMessageBytes,
    });
    this.#server.on('upgrade', (incoming, socket: Socket, early) => {
      this.authorization = incoming.headers.authorization;
      webSockets.handleUpgrade(incoming, socket, early, (webSocket) => {
        const session: Session = startSession(
          webSocket,
          'accepted',
          helloOf('stand-in', { role: 'connector' }),
          runtimeOf(globalThis),
          {
            onHello: (peer) => {
              this.about = peer.about as unknown as AgentAbout;
              this.session = session;
              this.#tell();
            },
            onOpen: (stream, head) => this.#open(stream, head),
            onControl: (message) => {
              if (message.type === 'applied') this.#applied = Number(message.revision);
            },
            onGoaway() {},
            onClose: () => {
              if (this.session === session) this.session = undefined;
            },
          },
        );
      });
    });
    await new Promise<void>((done) => this.#server.listen(this.#port, '127.0.0.1', done));
    this.#port = (this.#server.address() as AddressInfo).port;
  }

  async stop(): Promise<void> {
    this.session?.close(CloseCode.goingAway, 'stop');
    const closed = new Promise((done) => this.#server.close(done));
    this.#server.closeAllConnections();
    await closed;
  }

  /** These are all intercepts from now on; resolves when the agent has applied them. */
  async intercepts(...wanted: { spec: InterceptSpec; laptop?: number }[]): Promise<void> {
    this.#specs = wanted.map(({ spec }) => spec);
    this.#laptops = new Map(
      wanted.flatMap(({ spec, laptop }) => (laptop === undefined ? [] : [[spec.id, laptop]])),
    );
    const revision = this.#tell();
    await until(async () => (this.#applied >= revision ? true : undefined), 'not applied');
  }

  #tell(): number {
    this.#revision += 1;
    this.session?.control({
      type: 'intercepts',
      revision: this.#revision,
      intercepts: this.#specs.map((spec) => ({ spec, ticket: `ticket-${spec.id}` })),
    });
    return this.#revision;
  }

  #open(stream: Stream, head: string[]): StreamHandler | ResetCode {
    this.peers.push(head[0] === 'peer' ? head[1] : undefined);
    const port = this.#laptops.get(stream.target);
    if (port === undefined) return ResetCode.interceptGone;
    const socket = connect({ host: '127.0.0.1', port, allowHalfOpen: true, noDelay: true });
    let open = false;
    socket.on('connect', () => {
      open = true;
      stream.head([], false);
    });
    socket.on('error', () => {
      if (!open) stream.reset(ResetCode.dialRefused);
    });
    return spliceSocket(stream, socket, () => open);
  }
}

export interface PortSetting {
  name: string;
  protocol: 'http' | 'tcp' | 'auto';
  app: number;
}

export class AgentWorld {
  readonly dir = mkdtempSync(join(tmpdir(), 'byway-agent-'));
  readonly connector = new ConnectorStandIn();
  agent!: Running;

  async start(ports: PortSetting[], more: Record<string, unknown> = {}): Promise<void> {
    await this.connector.start();
    this.writeConfig(ports, more);
    await this.startAgent();
    await until(async () => this.connector.session, 'no tunnel');
  }

  writeConfig(ports: PortSetting[], more: Record<string, unknown> = {}): void {
    writeFileSync(join(this.dir, 'token'), `${token}\n`);
    writeFileSync(
      join(this.dir, 'agent.yaml'),
      stringify({
        connector: { url: `http://127.0.0.1:${this.connector.port}`, token_file: 'token' },
        ports: ports.map(({ app, ...port }) => ({
          ...port,
          listen: { host: '127.0.0.1', port: 0 },
          app: { host: '127.0.0.1', port: app },
        })),
        metrics: { host: '127.0.0.1', port: 0 },
        ...more,
      }),
    );
  }

  async startAgent(): Promise<void> {
    this.agent = await startFile('agent/main.ts', ['--config', join(this.dir, 'agent.yaml')]);
  }

  port(name = 'http'): number {
    return portOf(this.agent, name);
  }

  /** Of the agent's own address. */
  own(path: string): Promise<{ status: number; text: string }> {
    return new Promise((resolve, reject) => {
      request({ host: '127.0.0.1', port: this.port('metrics'), path, agent: false }, (response) => {
        let text = '';
        response.on('data', (bytes: Buffer) => (text += bytes.toString()));
        response.on('end', () => resolve({ status: response.statusCode ?? 0, text }));
      })
        .on('error', reject)
        .end();
    });
  }

  async metric(name: string): Promise<number> {
    const { text } = await this.own('/metrics');
    const line = text.split('\n').find((each) => each.startsWith(`${name} `));
    return Number(line?.split(' ')[1]);
  }

  /** Nothing is open, queued or owed towards the connector. */
  async quiet(): Promise<void> {
    await until(async () => {
      const names = ['byway_streams', 'byway_queued_bytes', 'byway_held_bytes'];
      for (const name of names) if ((await this.metric(name)) !== 0) return undefined;
      return (await this.metric('byway_credit_whole')) === 1 ? true : undefined;
    }, 'the tunnel does not come to rest');
  }

  async stop(): Promise<void> {
    await this.agent?.stop();
    await this.connector.stop();
    rmSync(this.dir, { recursive: true, force: true });
  }
}

/** A TCP server whose connections are the test's to answer. */
export class RawServer {
  readonly sockets: Socket[] = [];
  readonly #server: Server;
  onSocket: (socket: Socket) => void = () => {};

  constructor() {
    this.#server = createServer({ allowHalfOpen: true, noDelay: true }, (socket) => {
      this.sockets.push(socket);
      socket.on('error', () => {});
      this.onSocket(socket);
    });
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  listen(port = 0): Promise<void> {
    return new Promise((done) => this.#server.listen(port, '127.0.0.1', done));
  }

  async close(): Promise<void> {
    const closed = new Promise((done) => this.#server.close(done));
    for (const socket of this.sockets) socket.destroy();
    await closed;
  }
}

/** A client that writes bytes and keeps what comes. */
export class RawClient {
  readonly socket: Socket;
  text = '';
  ended = false;
  closed = false;
  error: string | undefined;

  constructor(port: number) {
    this.socket = connect({ host: '127.0.0.1', port, allowHalfOpen: true, noDelay: true });
    this.socket.on('data', (bytes: Buffer) => (this.text += bytes.toString('latin1')));
    this.socket.on('end', () => (this.ended = true));
    this.socket.on('close', () => (this.closed = true));
    this.socket.on('error', (error: NodeJS.ErrnoException) => (this.error = error.code));
  }

  write(text: string | Buffer): void {
    this.socket.write(typeof text === 'string' ? Buffer.from(text, 'latin1') : text);
  }

  /** Waits until what has come passes. */
  async until(test: (client: this) => boolean, what = 'the client waits in vain'): Promise<void> {
    await until(
      async () => (test(this) ? true : undefined),
      `${what}; it has ${JSON.stringify(this.text.slice(-500))}`,
      8000,
    );
  }

  destroy(): void {
    this.socket.destroy();
  }
}
