/** The tunnel of one shard: the session with its connector, and what is said on it beside streams. */
import { interceptsFeature, type Route, type RoutesMessage } from '#protocol/control.ts';
import { CloseCode, ResetCode } from '#protocol/frame.ts';
import { helloOf, type Hello } from '#protocol/hello.ts';
import { Requests } from '#protocol/requests.ts';
import type { Session } from '#protocol/session.ts';
import type { SessionEvents } from '#protocol/transport.ts';
import { endServed } from '../relay/passage.ts';
import type { Preview, ShardStatus } from './calls.ts';
import type { ClusterServices } from './cluster.ts';
import type { Intercepts } from './intercepts.ts';
import type { Previews } from './previews.ts';
import { homeShard, shardsOf } from './shards.ts';

/** Starts the session on a connector's WebSocket. */
export type StartSession = (hello: Hello, events: SessionEvents) => Session;

/** A route is some 300 bytes, and a control message at most 1 MiB. */
const routesPerMessage = 500;

/** What the tunnel has to know of the shard that it is of. */
export interface TunnelOf {
  key: string;
  shard: string;
  previews: Previews;
  intercepts: () => Intercepts;
  /** A connector has come or gone. */
  onConnection(): void;
  /** Laptops of these intercepts have come or gone. */
  onLaptops(interceptIds: readonly string[]): void;
}

export class ClusterTunnel {
  readonly #services: ClusterServices;
  readonly #of: TunnelOf;
  #session: Session | undefined;
  #requests: Requests | undefined;

  constructor(services: ClusterServices, of: TunnelOf) {
    this.#services = services;
    this.#of = of;
  }

  /** The session, when streams may be opened on it. */
  get ready(): Session | undefined {
    return this.#session?.ready ? this.#session : undefined;
  }

  /** Whether a connector is connected, full or not. */
  get connected(): boolean {
    return this.#session?.peer !== undefined;
  }

  get session(): Session | undefined {
    return this.#session;
  }

  /** Questions to the connector; undefined while it is away. */
  get requests(): Requests | undefined {
    return this.#requests;
  }

  get status(): Pick<
    ShardStatus,
    'connected' | 'connector' | 'streams' | 'queued_bytes' | 'held_bytes' | 'credit_whole'
  > {
    const account = this.#session?.account;
    return {
      connected: this.connected,
      connector: this.#session?.peer?.agent ?? '',
      streams: account?.streams ?? 0,
      queued_bytes: account?.queuedBytes ?? 0,
      held_bytes: account?.heldBytes ?? 0,
      credit_whole: account?.creditWhole ?? true,
    };
  }

  /** Takes the WebSocket of a connector whose token was checked; it replaces the former one. */
  accept(start: StartSession): Session {
    const session: Session = start(
      this.#hello(),
      this.#events(() => session),
    );
    return session;
  }

  /** Goes on with a tunnel that outlived this object: its HELLO was long ago. */
  resume(start: StartSession): Session {
    const session = this.accept(start);
    this.#session = session;
    this.#requests = new Requests(session, {});
    return session;
  }

  /** The route of a preview as the connector is told of it. */
  routeOf({ label, intercept, ingress }: Preview): Route {
    return { label, origin: this.#services.originOf(label), intercept, ingress };
  }

  /** Access taken away is gone at once, open streams included (design, rule 1). */
  endStreams(label: string): void {
    endServed(
      this.#session,
      (passage) => passage.label === label,
      (error) => this.#services.log.warn({ label, error: String(error) }, 'a relay did not end'),
    );
  }

  /** Whether something goes through a preview at this moment. */
  isOpen(label: string): boolean {
    for (const { target } of this.#session?.streams.values() ?? []) {
      if (target === label) return true;
    }
    return false;
  }

  #hello(): Hello {
    const { version, appOrigin, features } = this.#services;
    const hello = helloOf(`byway-edge/${version}`, {
      role: 'edge',
      cluster: this.#of.key,
      app_url: appOrigin(),
      shard: this.#of.shard,
      shards: this.#of.shard === homeShard ? shardsOf(this.#of.previews.shards) : [this.#of.shard],
    });
    const atHome = this.#of.shard === homeShard ? [interceptsFeature] : [];
    return { ...hello, features: [...features, ...atHome] };
  }

  #events(session: () => Session): SessionEvents {
    const { log } = this.#services;
    const about = { cluster: this.#of.key, shard: this.#of.shard };
    return {
      onHello: (peer) => {
        const former = this.#session;
        this.#requests?.lost();
        this.#session = session();
        this.#requests = new Requests(session(), {});
        former?.close(CloseCode.replaced, 'another connector of this cluster has connected');
        for (const message of this.#routes()) session().control({ ...message });
        const ended = this.#of.intercepts().welcome(peer);
        if (ended) session().control({ ...ended });
        log.info({ ...about, connector: peer.agent }, 'connector connected');
        this.#of.onConnection();
      },
      // The connector opens no streams towards the edge.
      onOpen: () => ResetCode.refused,
      onControl: (message) => {
        if (this.#session !== session() || this.#requests?.take(message)) return;
        const turned = this.#of.intercepts().take(message);
        if (turned.length > 0) this.#of.onLaptops(turned);
      },
      onGoaway: () => {},
      onClose: (code, reason) => {
        if (this.#session === session()) {
          this.#requests?.lost();
          this.#session = undefined;
          this.#requests = undefined;
          this.#of.onConnection();
        }
        log.info({ ...about, code, reason }, 'connector disconnected');
      },
    };
  }

  /** All routes; the first message replaces what the connector had, the others add to it. */
  #routes(): RoutesMessage[] {
    const routes = this.#of.previews.list().map((each) => this.routeOf(each));
    const count = Math.max(1, Math.ceil(routes.length / routesPerMessage));
    return Array.from({ length: count }, (_, part) => ({
      type: 'routes',
      part,
      routes: routes.slice(part * routesPerMessage, (part + 1) * routesPerMessage),
    }));
  }
}
