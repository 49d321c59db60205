/** The tunnel to one shard of the edge's cluster: routes of previews, and their requests. */
import { WebSocket } from 'ws';
import { z } from 'zod';
import { interceptsFeature, type EndedIntercept, type Route } from '#protocol/control.ts';
import { Dialer } from '#protocol/dialer.ts';
import { CloseCode, ProtocolError, ResetCode } from '#protocol/frame.ts';
import { fieldOf } from '#protocol/head.ts';
import { helloOf, type Hello } from '#protocol/hello.ts';
import { endedOf } from '#protocol/intercept-reports.ts';
import { RequestError, Requests } from '#protocol/requests.ts';
import { resyncFeature } from '#protocol/resync.ts';
import type { Runtime } from '#protocol/runtime.ts';
import type { Session } from '#protocol/session.ts';
import { StreamKind, type Stream, type StreamHandler } from '#protocol/stream.ts';
import { tunnelAddress } from '#protocol/tunnel-address.ts';
import type { AllowList } from './allow-list.ts';
import { answerWithPage, discarding } from './answer.ts';
import type { ConnectorConfig } from './config.ts';
import { HttpForward } from './forward-http.ts';
import { WebSocketForward } from './forward-websocket.ts';
import type { IngressPool } from './ingress-pool.ts';
import { InterceptReports } from './intercept-reports.ts';
import type { Registry } from './registry.ts';

const route = z.object({
  label: z.string(),
  origin: z.string(),
  intercept: z.object({ id: z.string(), name: z.string() }),
  ingress: z.object({ host: z.string(), port: z.number(), tls: z.boolean(), l5: z.string() }),
});

export interface EdgeTunnelOptions {
  edge: NonNullable<ConnectorConfig['edge']>;
  registry: Registry;
  pool: IngressPool;
  allowList: AllowList;
  headTimeoutMs: number;
  runtime: Runtime;
  version: string;
  onChange(shard: string, connected: boolean, reason: string): void;
  /**
   * Somebody has ended an intercept through the edge. @throws RequestError `unknown_intercept`
   */
  onEnd(ended: EndedIntercept): Promise<void>;
  /** The edge has named the shards of the cluster: each wants a tunnel. */
  onShards(shards: string[]): void;
}

/** The one that is dialled first and names the others. */
export const homeShard = 'a';

const tunnelPath = '/api/v1/tunnel';

export class EdgeTunnel {
  /** Key of this cluster at the edge, once it has said so. */
  cluster: string | undefined;
  readonly shard: string;
  readonly #options: EdgeTunnelOptions;
  readonly #dialer: Dialer;
  #routes = new Map<string, Route>();
  #draining = false;

  constructor(options: EdgeTunnelOptions, shard: string = homeShard) {
    this.#options = options;
    this.shard = shard;
    const path = shard === homeShard ? tunnelPath : `${tunnelPath}?shard=${shard}`;
    const { edge, runtime, version } = options;
    this.#dialer = new Dialer({
      connect: () => {
        if (this.#draining) throw new Error('the connector stops');
        const { url, options: dial } = tunnelAddress(edge.url, path, edge.token);
        return new WebSocket(url, { ...dial, ...(edge.ca === undefined ? {} : { ca: edge.ca }) });
      },
      hello: () => ({
        ...helloOf(`byway-connector/${version}`, { role: 'connector' }),
        features: [resyncFeature, ...(shard === homeShard ? [interceptsFeature] : [])],
      }),
      runtime,
      events: (session) => this.#events(session),
      onWaiting: (reason) => options.onChange(shard, false, reason),
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

  /** The edge is there: dials now if it waits to. */
  hurry(): void {
    this.#dialer.hurry();
  }

  /** No new requests from here on; those that are open go on. */
  drain(): void {
    this.#draining = true;
    this.session?.goaway('the connector stops');
  }

  stop(): void {
    this.#dialer.stop(CloseCode.goingAway, 'the connector stops');
  }

  #events(session: () => Session | undefined) {
    let requests: Requests | undefined;
    let reports: InterceptReports | undefined;
    const { registry, runtime, onEnd } = this.#options;
    return {
      onHello: (peer: Pick<Hello, 'about' | 'features'>) => {
        const own = session();
        if (!own) return;
        requests = new Requests(own, {
          route: (params) => this.#addRoute(params),
          unroute: ({ label }) => {
            this.#routes.delete(String(label));
            return {};
          },
          end_intercept: async (params) => {
            const [ended] = wellFormed(() => endedOf({ intercepts: [params] }));
            if (ended) await onEnd(ended);
            return {};
          },
        });
        if (this.shard === homeShard && peer.features.includes(interceptsFeature)) {
          reports = new InterceptReports(registry, own, runtime);
        }
        if (typeof peer.about.cluster === 'string') this.cluster = peer.about.cluster;
        this.#options.onChange(this.shard, true, '');
        this.#named(peer.about.shards);
      },
      onOpen: (stream: Stream, head: string[], fin: boolean) => this.#open(stream, head, fin),
      onControl: (message: Record<string, unknown>) => {
        if (message.type === 'routes') {
          const all = z.array(route).safeParse(message.routes);
          if (!all.success) throw new ProtocolError('the list of routes is malformed');
          if (message.part === undefined || message.part === 0) this.#routes = new Map();
          for (const each of all.data) this.#routes.set(each.label, each);
        } else if (message.type === 'shards') this.#named(message.shards);
        else if (message.type === 'ended_intercepts') {
          for (const ended of endedOf(message)) {
            onEnd(ended).catch((error: unknown) => {
              // Most are long gone; that their tickets are void is what counts.
              if (!(error instanceof RequestError)) throw error;
            });
          }
        } else requests?.take(message);
      },
      onGoaway: () => {},
      onClose: () => {
        reports?.stop();
        requests?.lost();
      },
    };
  }

  #named(shards: unknown): void {
    const named = z.array(z.string().regex(/^[a-z2-7]$/)).safeParse(shards);
    if (this.shard === homeShard && named.success) this.#options.onShards(named.data);
  }

  /** The edge asks before it gives out the URL: an ingress that is not allowed is refused at once. */
  async #addRoute(params: Record<string, unknown>): Promise<Record<string, unknown>> {
    const result = route.safeParse(params);
    if (!result.success) throw new RequestError('invalid', 'the route is malformed');
    const { host, port } = result.data.ingress;
    const resolved = await this.#options.allowList.resolve(host, port);
    if (!resolved.ok) {
      throw new RequestError(
        'ingress_refused',
        `the connector does not dial ${host}:${port}: ${resolved.reason}`,
      );
    }
    this.#routes.set(result.data.label, result.data);
    return {};
  }

  #open(stream: Stream, head: string[], fin: boolean): StreamHandler | ResetCode {
    const found = this.#routes.get(stream.target);
    if (!found) return ResetCode.interceptGone;
    const { registry, pool, headTimeoutMs } = this.#options;
    const intercept = registry.get(found.intercept.id);
    if (!intercept) {
      // After a restart of the connector, until the laptop announces the intercept again.
      answerWithPage(
        stream,
        'BW-4005',
        { intercept: found.intercept.name },
        fieldOf(head, 'accept'),
      );
      return discarding(stream);
    }
    const { headers } = intercept.spec;
    if (stream.kind === StreamKind.tcp) return ResetCode.refused;
    try {
      const forward =
        stream.kind === StreamKind.ws
          ? new WebSocketForward(stream, head, found, headers, pool, headTimeoutMs)
          : new HttpForward(stream, head, fin, found, headers, pool, headTimeoutMs);
      stream.handler = forward;
      forward.start();
      return forward;
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      return ResetCode.protocol;
    }
  }
}

/** A bad question is refused; a bad message ends the tunnel. */
function wellFormed<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (error instanceof ProtocolError) throw new RequestError('invalid', error.message);
    throw error;
  }
}
