/** The laptop's tunnel: announces intercepts, asks the connector, takes connections of pods. */
import { connect } from 'node:net';
import { WebSocket } from 'ws';
import { Dialer } from '#protocol/dialer.ts';
import { CloseCode, ResetCode } from '#protocol/frame.ts';
import { helloOf } from '#protocol/hello.ts';
import { RequestError, Requests } from '#protocol/requests.ts';
import type { Runtime } from '#protocol/runtime.ts';
import type { Session } from '#protocol/session.ts';
import { spliceSocket } from '#protocol/splice.ts';
import { StreamKind, type Stream, type StreamHandler } from '#protocol/stream.ts';
import { tunnelAddress } from '#protocol/tunnel-address.ts';

export interface ConnectorTunnelOptions {
  url: string;
  token: string;
  client: string;
  laptop: string;
  version: string;
  runtime: Runtime;
  tickets(): string[];
  /** Where the connections of an intercept go; undefined: no such intercept. */
  local(interceptId: string): { host: string; port: number } | undefined;
  onState(id: string, state: string, reason: string): void;
  onChange(connected: boolean, reason: string): void;
}

const dialTimeoutMs = 10_000;

export class ConnectorTunnel {
  readonly #options: ConnectorTunnelOptions;
  readonly #dialer: Dialer;
  #requests: Requests | undefined;
  #waiting: (() => void)[] = [];

  constructor(options: ConnectorTunnelOptions) {
    this.#options = options;
    const { url: base, token, client, laptop, version, runtime } = options;
    this.#dialer = new Dialer({
      connect() {
        const { url, options: dial } = tunnelAddress(base, '/tunnel/laptop', token);
        return new WebSocket(url, dial);
      },
      hello: () =>
        helloOf(`byway/${version}`, { role: 'laptop', client, laptop, tickets: options.tickets() }),
      runtime,
      events: (session) => {
        let requests: Requests | undefined;
        return {
          onHello: () => {
            const own = session();
            if (!own) return;
            requests = new Requests(own, {});
            this.#requests = requests;
            options.onChange(true, '');
            for (const go of this.#waiting.splice(0)) go();
          },
          onOpen: (stream) => this.#open(stream),
          onControl: (message) => {
            if (message.type === 'intercept') {
              options.onState(String(message.id), String(message.state), String(message.reason));
            } else requests?.take(message);
          },
          onGoaway: () => {},
          onClose: () => {
            requests?.lost();
            if (this.#requests === requests) this.#requests = undefined;
          },
        };
      },
      onWaiting: (reason) => options.onChange(false, reason),
    });
  }

  get connected(): boolean {
    return this.#dialer.connected;
  }

  get reason(): string {
    return this.#dialer.reason;
  }

  get session(): Session | undefined {
    return this.#dialer.session;
  }

  /** @throws RequestError with the connector's code, or `unreachable` when it is not there in time */
  async ask(
    method: string,
    params: Record<string, unknown>,
    patienceMs = 6_000,
  ): Promise<Record<string, unknown>> {
    if (!this.#requests) await this.#connecting(patienceMs);
    const requests = this.#requests;
    if (!requests) {
      const { url } = this.#options;
      throw new RequestError(
        'unreachable',
        `the connector ${url} cannot be reached: ${this.reason}`,
      );
    }
    return requests.ask(method, params);
  }

  stop(): void {
    this.#dialer.stop(CloseCode.goingAway, 'the daemon stops');
  }

  #connecting(patienceMs: number): Promise<void> {
    return new Promise((resolve) => {
      const cancel = this.#options.runtime.after(patienceMs, resolve);
      this.#waiting.push(() => {
        cancel();
        resolve();
      });
    });
  }

  #open(stream: Stream): StreamHandler | ResetCode {
    if (stream.kind !== StreamKind.tcp) return ResetCode.refused;
    const local = this.#options.local(stream.target);
    if (!local) return ResetCode.interceptGone;
    const socket = connect({ ...local, allowHalfOpen: true, noDelay: true });
    let connected = false;
    let failed = false;
    const fail = (code: ResetCode): void => {
      if (connected || failed) return;
      failed = true;
      socket.destroy();
      stream.reset(code);
    };
    socket.setTimeout(dialTimeoutMs, () => fail(ResetCode.dialTimeout));
    socket.once('error', () => fail(ResetCode.dialRefused));
    socket.once('connect', () => {
      connected = true;
      socket.setTimeout(0);
      stream.head([], false);
    });
    const spliced = spliceSocket(stream, socket, () => connected);
    return spliced;
  }
}
