/** The whole way from a preview URL to the laptop, and clients that look at every byte of it. */
import { request, type IncomingMessage, type RequestListener } from 'node:http';
import { connect, type Socket } from 'node:net';
import { until, World, type Made } from '../world.ts';

const waitMs = 15_000;

export interface Ask {
  method?: string;
  path?: string;
  /** Name, value, …; Host is added unless it is there. */
  fields?: readonly string[];
  body?: Buffer | string;
  /** Body without Content-Length. */
  chunked?: boolean;
  host?: string;
}

export interface Answer {
  status: number;
  reason: string;
  head: IncomingMessage;
  body: Buffer;
}

export class Scene {
  readonly world: World = new World();
  /** The laptop's version; each test brings its own. */
  laptop: RequestListener = (_request, response) => response.end('laptop');
  /** Requests that reached the app in the cluster: through a preview URL none may. */
  inCluster = 0;
  made!: Made;

  async start(): Promise<void> {
    await this.world.start(
      (_request, response) => {
        this.inCluster += 1;
        response.end('cluster');
      },
      (incoming, response) => this.laptop(incoming, response),
    );
    this.made = await this.world.intercept();
  }

  get port(): number {
    return this.world.edgePort;
  }

  get host(): string {
    return hostOf(this.made);
  }

  /** Starts a request without ending it. */
  begin({ method = 'GET', path = '/', fields = [], host = this.host }: Ask) {
    return request({
      host: '127.0.0.1',
      port: this.port,
      method,
      path,
      agent: false,
      headers: ['Host', host, ...fields],
    });
  }

  /** One request and its whole answer. Rejects when the answer is cut short. */
  ask(ask: Ask = {}): Promise<Answer> {
    const { body, chunked = false, fields = [] } = ask;
    const framing =
      body === undefined
        ? []
        : chunked
          ? ['Transfer-Encoding', 'chunked']
          : ['Content-Length', String(Buffer.byteLength(body))];
    const outgoing = this.begin({ ...ask, fields: [...fields, ...framing] });
    outgoing.end(body);
    return answerTo(outgoing);
  }

  /** A connection to the edge on which the test writes what it likes. */
  raw(): Promise<RawClient> {
    return RawClient.to(this.port);
  }

  /** No stream, queued byte or missing credit is left anywhere, nor did the cluster get anything. */
  async quiet(): Promise<void> {
    await this.world.quiet();
    let last = '';
    await until(async () => {
      const { stdout } = await this.world.stack.byway('status', '--output', 'json');
      const { tunnel } = JSON.parse(stdout) as { tunnel: Record<string, number> };
      last = JSON.stringify(tunnel);
      return tunnel.byway_streams === 0 &&
        tunnel.byway_queued_bytes === 0 &&
        tunnel.byway_credit_whole === 1
        ? tunnel
        : undefined;
    }, 'the daemon does not come to rest').catch((error: unknown) => {
      throw new Error(`${String(error)}: ${last}`);
    });
  }

  async stop(): Promise<void> {
    await this.world.stop();
  }
}

export function hostOf(made: Made): string {
  return new URL(made.preview!.url).host;
}

export function answerTo(outgoing: ReturnType<typeof request>): Promise<Answer> {
  return new Promise((resolve, reject) => {
    outgoing.on('error', reject);
    outgoing.on('response', (head) => {
      bodyOf(head).then(
        (body) =>
          resolve({ status: head.statusCode ?? 0, reason: head.statusMessage ?? '', head, body }),
        reject,
      );
    });
  });
}

/** The whole body. Rejects when it is cut short. */
export async function bodyOf(message: IncomingMessage): Promise<Buffer> {
  const parts: Buffer[] = [];
  for await (const part of message) parts.push(part as Buffer);
  return Buffer.concat(parts);
}

/** All values of a field, in their order. */
export function valuesOf({ rawHeaders }: IncomingMessage, name: string): string[] {
  return rawHeaders.filter(
    (_text, index) =>
      index % 2 === 1 && rawHeaders[index - 1]!.toLowerCase() === name.toLowerCase(),
  );
}

/** A promise and the function that keeps it; rejects by itself with `what` when nobody does. */
export function awaited<T = void>(what: string): { done: Promise<T>; resolve(value: T): void } {
  const { promise, resolve, reject } = Promise.withResolvers<T>();
  const timer = setTimeout(() => reject(new Error(`${what}: not within ${waitMs} ms`)), waitMs);
  promise.catch(() => {});
  return {
    done: promise,
    resolve(value) {
      clearTimeout(timer);
      resolve(value);
    },
  };
}

/** A bare TCP client. */
export class RawClient {
  readonly socket: Socket;
  /** How the connection ended: by FIN, or broken off. */
  readonly ended: Promise<'end' | 'reset'>;
  #received: Buffer = Buffer.alloc(0);

  constructor(socket: Socket) {
    this.socket = socket;
    this.ended = new Promise((resolve) => {
      socket.once('end', () => resolve('end'));
      socket.once('error', () => resolve('reset'));
      socket.once('close', () => resolve('reset'));
    });
    socket.on('error', () => {});
    socket.on('data', (bytes: Buffer) => {
      this.#received = Buffer.concat([this.#received, bytes]);
    });
  }

  static to(port: number): Promise<RawClient> {
    return new Promise((resolve, reject) => {
      const socket = connect(port, '127.0.0.1', () => resolve(new RawClient(socket)));
      socket.once('error', reject);
    });
  }

  /** Every byte received, as Latin-1. */
  get received(): string {
    return this.#received.toString('latin1');
  }

  /** `text` goes out as Latin-1. */
  send(text: string): void {
    this.socket.write(text, 'latin1');
  }

  /** Waits until what came matches; then forgets it all. */
  async take(pattern: RegExp): Promise<string> {
    const text = await until(
      () => Promise.resolve(pattern.test(this.received) ? this.received : undefined),
      `${pattern} does not come; there is ${JSON.stringify(this.received.slice(0, 2000))}`,
    );
    this.#received = Buffer.alloc(0);
    return text;
  }

  /** Everything up to the end of the connection. */
  async all(): Promise<string> {
    await this.ended;
    return this.received;
  }
}
