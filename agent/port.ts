/** One port of the pod: accepts clients, tells their protocol, hands them on. */
import { createServer, type Server, type Socket } from 'node:net';
import { AppUpstream } from './app-upstream.ts';
import type { PortConfig } from './config.ts';
import { kindOf } from './first-bytes.ts';
import { Http1Client } from './http1/client.ts';
import { http2ClientsOf } from './http2/client.ts';
import type { Intercepts } from './intercepts.ts';
import { LaptopUpstream, type OpenStream } from './laptop-upstream.ts';
import type { PortClient, PortCounts, PortView } from './port-view.ts';
import { spliceClient } from './splice.ts';

export interface PortOptions {
  config: PortConfig;
  intercepts: Intercepts;
  /** Opens a stream to the laptop of an intercept. */
  open(
    interceptId: string,
    peer: string,
    handler: Parameters<OpenStream>[0],
  ): ReturnType<OpenStream>;
  onUnreadable(reason: string): void;
}

/** A client of an `auto` port that says nothing for so long waits for its server to speak first. */
const silentMs = 1_000;

export class Port {
  readonly server: Server;
  readonly counts: PortCounts = {
    clients: 0,
    spliced: 0,
    appRequests: 0,
    laptopRequests: 0,
    failedRequests: 0,
  };
  readonly #protocol: PortConfig['protocol'];
  readonly #view: PortView;
  readonly #http2: ReturnType<typeof http2ClientsOf>;
  readonly #clients = new Set<PortClient>();
  #draining = false;

  constructor(options: PortOptions) {
    this.#protocol = options.config.protocol;
    this.#view = viewOf(options, this.counts, () => this.#draining);
    this.#http2 = http2ClientsOf(this.#view);
    this.server = createServer({ allowHalfOpen: true, noDelay: true, keepAlive: true }, (socket) =>
      this.#accept(socket),
    );
  }

  /** Accepts nobody any more; clients leave when their requests are answered. */
  drain(): void {
    this.#draining = true;
    this.server.close();
    for (const client of this.#clients) client.drain();
  }

  sweep(): void {
    for (const client of this.#clients) client.sweep();
  }

  #accept(socket: Socket): void {
    this.counts.clients += 1;
    socket.once('close', () => (this.counts.clients -= 1));
    if (this.#protocol === 'tcp') return this.#splice(socket, undefined);
    const auto = this.#protocol === 'auto';
    let first: Buffer = Buffer.alloc(0);
    const decide = (): void => {
      socket.off('data', onData).off('end', onEnd).off('error', ignore).off('close', forget);
      socket.setTimeout(0).removeAllListeners('timeout');
      forget();
      const kind = kindOf(first);
      if (kind === 'http2') this.#add(socket, this.#http2(socket, first));
      else if (auto && kind !== 'http1') this.#splice(socket, first);
      else this.#add(socket, new Http1Client(socket, this.#view, first));
    };
    const onData = (bytes: Buffer): void => {
      first = first.length === 0 ? bytes : Buffer.concat([first, bytes]);
      if (kindOf(first) !== 'unknown') decide();
    };
    const onEnd = (): void => {
      // Nothing comes any more: those who take it must hear of the end as well.
      decide();
      socket.emit('end');
    };
    const ignore = (): void => {};
    const waiting: PortClient = { drain: () => socket.destroy(), sweep() {} };
    const forget = (): void => void this.#clients.delete(waiting);
    this.#clients.add(waiting);
    socket.on('data', onData).on('end', onEnd).on('error', ignore).on('close', forget);
    if (auto) socket.setTimeout(silentMs, decide);
  }

  #add(socket: Socket, client: PortClient): void {
    if (socket.destroyed) return;
    this.#clients.add(client);
    socket.once('close', () => this.#clients.delete(client));
  }

  #splice(socket: Socket, first: Buffer | undefined): void {
    const { counts, global, connect } = this.#view;
    counts.spliced += 1;
    socket.once('close', () => (counts.spliced -= 1));
    const peer = `${socket.remoteAddress ?? ''}:${socket.remotePort ?? 0}`;
    spliceClient(socket, first, (events) => connect(global(), () => peer, events));
  }
}

function viewOf(
  { config, intercepts, open, onUnreadable }: PortOptions,
  counts: PortCounts,
  isDraining: () => boolean,
): PortView {
  const { name, app } = config;
  return {
    counts,
    app,
    get draining() {
      return isDraining();
    },
    get intercepted() {
      return intercepts.isOn(name);
    },
    get filtered() {
      return intercepts.isFiltered(name);
    },
    holds: (id) => intercepts.holds(id),
    global: () => intercepts.global(name),
    mayMatch: (head) => intercepts.mayMatch(name, head),
    match: (fields) => intercepts.match(name, fields),
    connect: (intercept, peer, events) =>
      intercept
        ? new LaptopUpstream(intercept, (handler) => open(intercept.id, peer(), handler), events)
        : new AppUpstream(app, events),
    onUnreadable,
  };
}
