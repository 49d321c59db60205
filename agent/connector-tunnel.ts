/** The tunnel to the connector: intercepts come in, connections to laptops go out. */
import { WebSocket } from 'ws';
import { z } from 'zod';
import { Dialer } from '#protocol/dialer.ts';
import { CloseCode, ResetCode } from '#protocol/frame.ts';
import { helloOf } from '#protocol/hello.ts';
import type { Runtime } from '#protocol/runtime.ts';
import type { Session } from '#protocol/session.ts';
import { StreamKind, type Stream, type StreamHandler } from '#protocol/stream.ts';
import { tunnelAddress } from '#protocol/tunnel-address.ts';
import type { AgentConfig } from './config.ts';
import type { Intercepts } from './intercepts.ts';

const message = z.object({
  revision: z.number(),
  intercepts: z.array(
    z.object({
      ticket: z.string(),
      spec: z.object({
        id: z.string(),
        name: z.string(),
        client: z.string(),
        owner: z.object({ id: z.number(), login: z.string() }),
        workload: z.string(),
        namespace: z.string(),
        port: z.object({ name: z.string(), number: z.number() }),
        mechanism: z.enum(['http', 'tcp']),
        headers: z.array(z.object({ name: z.string(), value: z.string() })),
        laptop: z.object({ name: z.string(), address: z.string() }),
      }),
    }),
  ),
});

export interface ConnectorTunnelOptions {
  config: AgentConfig;
  intercepts: Intercepts;
  runtime: Runtime;
  version: string;
  onChange(connected: boolean, reason: string): void;
}

export class ConnectorTunnel {
  /** Resolves when the connector has said for the first time what is intercepted. */
  readonly informed: Promise<void>;
  readonly #dialer: Dialer;

  constructor({ config, intercepts, runtime, version, onChange }: ConnectorTunnelOptions) {
    const { url: base, token, ca } = config.connector;
    let inform = (): void => {};
    this.informed = new Promise((resolve) => {
      inform = resolve;
    });
    this.#dialer = new Dialer({
      connect() {
        const { url, options } = tunnelAddress(base, '/tunnel/agent', token);
        return new WebSocket(url, { ...options, ...(ca === undefined ? {} : { ca }) });
      },
      hello: () =>
        helloOf(`byway-agent/${version}`, {
          role: 'agent',
          ports: config.ports.map(({ name, protocol }) => ({
            name,
            protocol: protocol === 'tcp' ? 'tcp' : 'http',
          })),
          environment: config.environment,
          tickets: intercepts.tickets,
        }),
      runtime,
      events: (session) => ({
        onHello: () => onChange(true, ''),
        onOpen: () => ResetCode.refused,
        onControl: (raw) => {
          if (raw.type !== 'intercepts') return;
          const { revision, intercepts: entries } = message.parse(raw);
          intercepts.replace(entries);
          inform();
          session()?.control({ type: 'applied', revision });
        },
        onGoaway: () => {},
        onClose: () => {},
      }),
      onWaiting: (reason) => onChange(false, reason),
    });
  }

  get connected(): boolean {
    return this.#dialer.connected;
  }

  get session(): Session | undefined {
    return this.#dialer.session;
  }

  /** A connection to the laptop of an intercept; undefined: no way there at the moment. */
  open(interceptId: string, peer: string, handler: StreamHandler): Stream | undefined {
    const { session } = this.#dialer;
    if (!session?.ready) return undefined;
    return session.open(StreamKind.tcp, interceptId, ['peer', peer], false, handler);
  }

  goaway(): void {
    this.#dialer.session?.goaway('the agent stops');
  }

  stop(): void {
    this.#dialer.stop(CloseCode.goingAway, 'the agent stops');
  }
}
