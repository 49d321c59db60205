/** The laptop's tunnel: announces intercepts, asks the connector, takes connections of pods. */
import { WebSocket } from 'ws';
import { Dialer } from '#protocol/dialer.ts';
import { CloseCode, ResetCode } from '#protocol/frame.ts';
import { helloOf } from '#protocol/hello.ts';
import { RequestError, Requests } from '#protocol/requests.ts';
import type { Runtime } from '#protocol/runtime.ts';
import type { Session } from '#protocol/session.ts';
import type { SessionEvents } from '#protocol/transport.ts';
import { StreamKind, type Stream, type StreamHandler } from '#protocol/stream.ts';
import { tunnelAddress } from '#protocol/tunnel-address.ts';
import { dialLocal, Undecided, type LocalAddress } from './local-connection.ts';

export interface ConnectorTunnelOptions {
  url: string;
  token: string;
  client: string;
  laptop: string;
  version: string;
  runtime: Runtime;
  tickets(): string[];
  /** Where the connections of an intercept go; undefined: no such intercept. */
  local(interceptId: string): LocalAddress | undefined;
  /** `by`: who has ended it, where the connector names somebody. */
  onState(id: string, state: string, end: { reason: string; by: string | undefined }): void;
  onChange(connected: boolean, reason: string): void;
}

type Fields = Record<string, unknown>;

/** How long a command waits for a tunnel that is being dialled. */
export const patienceMs = 6_000;
/** Longer than the connector waits for agents (10 s). */
export const answerMs = 30_000;

export class ConnectorTunnel {
  readonly #options: ConnectorTunnelOptions;
  readonly #dialer: Dialer;
  #requests: Requests | undefined;
  #waiting: (() => void)[] = [];
  /** Intercepts that the connector is making: their first connections may come before its answer. */
  #making = 0;
  #undecided: { stream: Stream; handler: Undecided }[] = [];

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
      events: (session) => this.#events(session),
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

  /**
   * @throws RequestError with the connector's code, or `unreachable` when it is not there within
   * `patience`, or does not answer within `limit` (both in milliseconds)
   */
  async ask(
    method: string,
    params: Fields,
    { patience = patienceMs, limit = answerMs } = {},
  ): Promise<Fields> {
    if (!this.#requests) await this.#connecting(patience);
    const requests = this.#requests;
    const { url, runtime } = this.#options;
    if (!requests) {
      throw new RequestError(
        'unreachable',
        `the connector ${url} cannot be reached: ${this.reason}`,
      );
    }
    let cancel = (): void => {};
    const late = new Promise<never>((_resolve, reject) => {
      const text = `the connector ${url} has not answered within ${limit / 1000} s`;
      cancel = runtime.after(limit, () => reject(new RequestError('unreachable', text)));
    });
    return Promise.race([requests.ask(method, params), late]).finally(() => cancel());
  }

  /** `intercept`; `keep` takes the answer before the first connection needs it. */
  async make<T>(params: Fields, keep: (answer: Fields) => T): Promise<T> {
    this.#making += 1;
    try {
      return keep(await this.ask('intercept', params));
    } finally {
      this.#making -= 1;
      for (const { stream, handler } of this.#undecided.splice(0)) {
        if (handler.over) continue;
        const answer = this.#open(stream);
        if (typeof answer === 'number') stream.reset(answer);
        else handler.decide(answer);
      }
    }
  }

  stop(): void {
    this.#dialer.stop(CloseCode.goingAway, 'the daemon stops');
  }

  #connecting(limit: number): Promise<void> {
    return new Promise((resolve) => {
      const cancel = this.#options.runtime.after(limit, resolve);
      this.#waiting.push(() => {
        cancel();
        resolve();
      });
    });
  }

  #events(session: () => Session | undefined): SessionEvents {
    const { onChange, onState } = this.#options;
    let requests: Requests | undefined;
    return {
      onHello: () => {
        const own = session();
        if (!own) return;
        requests = new Requests(own, {});
        this.#requests = requests;
        onChange(true, '');
        for (const go of this.#waiting.splice(0)) go();
      },
      onOpen: (stream) => this.#open(stream),
      onControl: (message) => {
        if (message.type === 'intercept') {
          const by = typeof message.by === 'string' ? message.by : undefined;
          const end = { reason: String(message.reason), by };
          onState(String(message.id), String(message.state), end);
        } else requests?.take(message);
      },
      onGoaway: () => {},
      onClose: () => {
        requests?.lost();
        if (this.#requests === requests) this.#requests = undefined;
      },
    };
  }

  #open(stream: Stream): StreamHandler | ResetCode {
    if (stream.kind !== StreamKind.tcp) return ResetCode.refused;
    const local = this.#options.local(stream.target);
    if (local) return dialLocal(stream, local);
    if (this.#making === 0) return ResetCode.interceptGone;
    const handler = new Undecided(stream);
    this.#undecided.push({ stream, handler });
    return handler;
  }
}
