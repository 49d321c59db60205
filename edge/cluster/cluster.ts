/** The object of one cluster (one shard of it): its tunnel and its previews. */
import type { Route } from '#protocol/control.ts';
import { CloseCode, ResetCode } from '#protocol/frame.ts';
import { helloOf } from '#protocol/hello.ts';
import { makeLabel } from '#protocol/label.ts';
import { RequestError, Requests } from '#protocol/requests.ts';
import type { Runtime } from '#protocol/runtime.ts';
import type { Session } from '#protocol/session.ts';
import { startSession, type WebSocketLike } from '#protocol/tunnel.ts';
import type { Account } from '../org/org.ts';
import type { Clock, Log, Random, Sql } from '../ports.ts';
import { Previews, type Access, type Preview } from './previews.ts';

export interface ClusterServices {
  sql: Sql;
  clock: Clock;
  random: Random;
  runtime: Runtime;
  log: Log;
  version: string;
  appUrl(): string;
  /** `https://<label>.<preview domain>[:port]` */
  originOf(label: string): string;
}

export interface NewPreview {
  intercept: { id: string; name: string };
  owner: Account;
  ingress: Preview['ingress'];
  access: Access;
}

/** One node process serves a cluster by one shard; the label leaves room for more. */
const shard = 'a';

export class Cluster {
  readonly key: string;
  readonly previews: Previews;
  readonly #services: ClusterServices;
  #session: Session | undefined;
  #requests: Requests | undefined;

  constructor(key: string, services: ClusterServices) {
    this.key = key;
    this.#services = services;
    this.previews = new Previews(services.sql);
  }

  /** The tunnel, when streams may be opened on it. */
  get tunnel(): Session | undefined {
    return this.#session?.ready ? this.#session : undefined;
  }

  /** Whether a connector is connected, full or not. */
  get connected(): boolean {
    return this.#session?.peer !== undefined;
  }

  get session(): Session | undefined {
    return this.#session;
  }

  /**
   * Creates a preview, or returns the live one of the same intercept and ingress. With the connector
   * connected, its word on the ingress is heard first. @throws RequestError with the connector's no
   */
  async create(input: NewPreview): Promise<Preview> {
    const same = this.previews.list().find((preview) => isSame(preview, input));
    if (same) {
      // The last word on access counts; taking it away also ends what is open.
      if (same.access !== input.access) this.setAccess(same.label, input.access);
      return this.previews.find(same.label) ?? same;
    }
    const { random, clock, sql } = this.#services;
    let label: string;
    do label = makeLabel(this.key, shard, random.bytes(22));
    while (this.previews.knows(label));
    const preview: Preview = { label, ...input, createdMs: clock.nowMs() };
    sql.transaction(() => this.previews.insert(preview));
    try {
      await this.#requests?.ask('route', { ...this.#route(preview) });
    } catch (error) {
      // A tunnel that is lost meanwhile hears of the preview after its next HELLO.
      if (error instanceof RequestError && error.code !== 'connection_lost') {
        this.previews.end(label, clock.nowMs());
        throw error;
      }
    }
    return preview;
  }

  /** False: there is no such live preview. */
  setAccess(label: string, access: Access): boolean {
    if (!this.previews.find(label)) return false;
    this.previews.setAccess(label, access);
    if (access === 'private') this.#endStreams(label);
    return true;
  }

  /** Ends a preview and what runs through it. False: there is no such live preview. */
  remove(label: string): boolean {
    if (!this.previews.find(label)) return false;
    this.previews.end(label, this.#services.clock.nowMs());
    this.#endStreams(label);
    this.#requests?.ask('unroute', { label }).catch(() => {});
    return true;
  }

  /** Takes the WebSocket of a connector whose token was checked; it replaces the former one. */
  accept(webSocket: WebSocketLike): void {
    const { version, runtime, log, appUrl } = this.#services;
    const hello = helloOf(`byway-edge/${version}`, {
      role: 'edge',
      cluster: this.key,
      app_url: appUrl(),
    });
    const session: Session = startSession(webSocket, 'accepted', hello, runtime, {
      onHello: (peer) => {
        const former = this.#session;
        this.#session = session;
        this.#requests = requests;
        former?.close(CloseCode.replaced, 'another connector of this cluster has connected');
        session.control({
          type: 'routes',
          routes: this.previews.list().map((each) => this.#route(each)),
        });
        log.info({ cluster: this.key, connector: peer.agent }, 'connector connected');
      },
      // The connector opens no streams towards the edge.
      onOpen: () => ResetCode.refused,
      onControl: (message) => void requests.take(message),
      onGoaway: () => {},
      onClose: (code, reason) => {
        requests.lost();
        if (this.#session === session) {
          this.#session = undefined;
          this.#requests = undefined;
        }
        log.info({ cluster: this.key, code, reason }, 'connector disconnected');
      },
    });
    const requests = new Requests(session, {});
  }

  #route({ label, intercept, ingress }: Preview): Route {
    return { label, origin: this.#services.originOf(label), intercept, ingress };
  }

  /** Access taken away is gone at once, open streams included (design, rule 1). */
  #endStreams(label: string): void {
    for (const stream of this.#session?.streams.values() ?? []) {
      if (stream.target !== label) continue;
      const { handler } = stream;
      stream.reset(ResetCode.cancel);
      handler.onReset(ResetCode.interceptGone, true);
    }
  }
}

function isSame(preview: Preview, input: NewPreview): boolean {
  const { ingress } = preview;
  return (
    preview.intercept.id === input.intercept.id &&
    ingress.host === input.ingress.host &&
    ingress.port === input.ingress.port &&
    ingress.tls === input.ingress.tls &&
    ingress.l5 === input.ingress.l5
  );
}
