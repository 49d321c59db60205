/** One port of the pod: accepts clients, tells their protocol, hands them on. */
import { createServer, type Server, type Socket } from 'node:net';
import type { PortConfig } from './config.ts';
import type { ConnectorTunnel } from './connector-tunnel.ts';
import { Http1Client, type Http1Host } from './http1-client.ts';
import { http2ProxyOf, http2Preface } from './http2-client.ts';
import type { Intercepts } from './intercepts.ts';
import { spliceClient } from './splice.ts';
import { AppUpstream, LaptopUpstream, type UpstreamEvents } from './upstream.ts';

export interface PortOptions {
  config: PortConfig;
  intercepts: Intercepts;
  tunnel: ConnectorTunnel;
  onUnreadable(port: string, reason: string): void;
}

export interface PortCounts {
  clients: number;
  spliced: number;
}

/** A client of an `auto` port that says nothing waits for its server to speak: not HTTP. */
const silentMs = 1_000;

export class Port {
  readonly server: Server;
  readonly counts: PortCounts = { clients: 0, spliced: 0 };
  readonly #options: PortOptions;
  readonly #host: Http1Host;
  readonly #clients = new Set<Http1Client>();
  readonly #http2: (socket: Socket, first: Buffer) => void;

  constructor(options: PortOptions) {
    this.#options = options;
    const { config, intercepts } = options;
    const connect = (
      intercept: Parameters<Http1Host['connect']>[0],
      peer: string,
      events: UpstreamEvents,
    ) =>
      intercept
        ? new LaptopUpstream(intercept, peer, options.tunnel, events)
        : new AppUpstream(config.app, events);
    this.#host = {
      get intercepted() {
        return intercepts.on(config.name).length > 0;
      },
      match: (fields) => intercepts.match(config.name, fields),
      global: () => intercepts.global(config.name),
      connect,
      onUnreadable: (reason) => {
        this.counts.spliced += 1;
        options.onUnreadable(config.name, reason);
      },
      appAddress: `${config.app.host}:${config.app.port}`,
    };
    this.#http2 = http2ProxyOf(this.#host);
    this.server = createServer({ allowHalfOpen: true, noDelay: true }, (socket) =>
      this.#accept(socket),
    );
  }

  #accept(socket: Socket): void {
    this.counts.clients += 1;
    socket.once('close', () => (this.counts.clients -= 1));
    if (this.#options.config.protocol === 'tcp') return this.#splice(socket, undefined);
    let first: Buffer = Buffer.alloc(0);
    const decide = (): void => {
      socket.off('data', onData);
      socket.off('error', ignore);
      socket.setTimeout(0);
      socket.removeAllListeners('timeout');
      const kind = kindOf(first);
      if (kind === 'http2') this.#http2(socket, first);
      else if (kind === 'tcp' && this.#options.config.protocol === 'auto')
        this.#splice(socket, first);
      else this.#follow(socket, first);
    };
    const onData = (bytes: Buffer): void => {
      first = first.length === 0 ? bytes : Buffer.concat([first, bytes]);
      if (kindOf(first) !== 'unknown') decide();
    };
    const ignore = (): void => {};
    socket.on('data', onData);
    socket.on('error', ignore);
    if (this.#options.config.protocol === 'auto') {
      socket.setTimeout(silentMs, () => {
        socket.off('data', onData);
        socket.setTimeout(0);
        this.#splice(socket, first.length > 0 ? first : undefined);
      });
    }
  }

  #follow(socket: Socket, first: Buffer): void {
    const client = new Http1Client(socket, this.#host);
    this.#clients.add(client);
    socket.once('close', () => this.#clients.delete(client));
    client.begin(first);
  }

  /** Closes laptops' streams that are not needed; called when intercepts change and once a second. */
  sweep(): void {
    const { config, intercepts } = this.#options;
    const held = new Set(intercepts.on(config.name).map((spec) => spec.id));
    for (const client of this.#clients) client.sweep((id) => held.has(id));
  }

  #splice(socket: Socket, first: Buffer | undefined): void {
    this.counts.spliced += 1;
    socket.once('close', () => (this.counts.spliced -= 1));
    const global = this.#host.global();
    const peer = `${socket.remoteAddress ?? ''}:${socket.remotePort ?? 0}`;
    spliceClient(socket, first, (events) => this.#host.connect(global, peer, events));
    socket.resume();
  }
}

/** By the first bytes: HTTP/2's preface (RFC 9113 §3.4), or a method and a space. */
function kindOf(first: Buffer): 'http1' | 'http2' | 'tcp' | 'unknown' {
  const length = Math.min(first.length, http2Preface.length);
  if (first.subarray(0, length).equals(http2Preface.subarray(0, length))) {
    return length === http2Preface.length ? 'http2' : 'unknown';
  }
  for (let index = 0; index < first.length; index += 1) {
    const byte = first[index] ?? 0;
    if (byte === 32 && index > 0) return 'http1';
    if (byte < 65 || byte > 90 || index > 20) return 'tcp';
  }
  return 'unknown';
}
