/** The tunnel to the connector: intercepts come in, connections to laptops go out. */
import { WebSocket } from 'ws';
import { z } from 'zod';
import { Dialer } from '#protocol/dialer.ts';
import { CloseCode, ProtocolError, ResetCode } from '#protocol/frame.ts';
import { helloOf } from '#protocol/hello.ts';
import type { Runtime } from '#protocol/runtime.ts';
import type { Session } from '#protocol/session.ts';
import { StreamKind, type Stream, type StreamHandler } from '#protocol/stream.ts';
import { tunnelAddress } from '#protocol/tunnel-address.ts';
import { aboutOf } from './about.ts';
import type { AgentConfig } from './config.ts';
import type { Intercepts } from './intercepts.ts';

const spec = z.object({
  id: z.string().regex(/^[\x21-\x7e]{1,128}$/),
  name: z.string(),
  client: z.string(),
  owner: z.object({ id: z.number(), login: z.string() }),
  workload: z.string(),
  namespace: z.string(),
  port: z.object({ name: z.string(), number: z.number() }),
  mechanism: z.enum(['http', 'tcp']),
  headers: z.array(z.object({ name: z.string().min(1), value: z.string() })),
  laptop: z.object({ name: z.string(), address: z.string() }),
});

const interceptsMessage = z.object({
  revision: z.number(),
  intercepts: z.array(z.object({ ticket: z.string(), spec })),
});

export interface ConnectorTunnelOptions {
  config: AgentConfig;
  intercepts: Intercepts;
  runtime: Runtime;
  version: string;
  /** The tunnel is up, or is not and why. */
  onChange(connected: boolean, reason: string): void;
  /** `intercepts` has changed. */
  onIntercepts(): void;
}

export class ConnectorTunnel {
  readonly #dialer: Dialer;

  constructor(options: ConnectorTunnelOptions) {
    const { config, intercepts, runtime, version } = options;
    const { url: base, token, ca } = config.connector;
    this.#dialer = new Dialer({
      connect() {
        const address = tunnelAddress(base, '/tunnel/agent', token);
        const trust = ca === undefined ? {} : { ca };
        return new WebSocket(address.url, { ...address.options, ...trust });
      },
      hello: () => helloOf(`byway-agent/${version}`, { ...aboutOf(config, intercepts.tickets) }),
      runtime,
      events: (session) => ({
        onHello: () => options.onChange(true, ''),
        onOpen: () => ResetCode.refused,
        onControl: (message) => {
          if (message.type !== 'intercepts') return;
          const read = interceptsMessage.safeParse(message);
          if (!read.success) throw new ProtocolError('CONTROL intercepts has another form');
          // Before this turn ends it holds for every request, so the answer is the truth.
          intercepts.replace(read.data.intercepts);
          session()?.control({ type: 'applied', revision: read.data.revision });
          options.onIntercepts();
        },
        onGoaway: () => {},
        onClose: () => {},
      }),
      onWaiting: (reason) => options.onChange(false, reason),
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

  stop(): void {
    this.#dialer.stop(CloseCode.goingAway, 'the agent stops');
  }
}
