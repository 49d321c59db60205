/** The object of one shard of a cluster: its tunnel and its previews. */
import { interceptsFeature, type Route, type RoutesMessage } from '#protocol/control.ts';
import { CloseCode, ResetCode } from '#protocol/frame.ts';
import { helloOf, type Hello } from '#protocol/hello.ts';
import { makeLabel } from '#protocol/label.ts';
import { RequestError, Requests } from '#protocol/requests.ts';
import type { Session } from '#protocol/session.ts';
import type { SessionEvents } from '#protocol/transport.ts';
import type { Credentials } from '../gate/credentials.ts';
import type { Viewer } from '../gate/decide.ts';
import type { Gate } from '../gate/gate.ts';
import type { PreviewPlace } from '../login/ports.ts';
import type { Alarm, Sql } from '../ports.ts';
import { servedBy, type Passage } from '../relay/passage.ts';
import { Admission, type Finding, type Known } from './admission.ts';
import type {
  AccessChange,
  NewPreview,
  Objects,
  Outcome,
  Preview,
  ShardStatus,
  Withdrawal,
} from './calls.ts';
import { Intercepts } from './intercepts.ts';
import { Previews } from './previews.ts';
import { SessionRenewal } from './session-renewal.ts';
import { homeShard, shardFor, shardsOf } from './shards.ts';
import { Strangers } from './strangers.ts';
import { Sweeps } from './sweeps.ts';

export interface ClusterServices extends Gate {
  sql: Sql;
  alarm: Alarm;
  version: string;
  /** Features of the tunnel that the engine has beyond version 1. */
  features: readonly string[];
  objects: Objects;
}

/** Starts the session on a connector's WebSocket. */
export type StartSession = (hello: Hello, events: SessionEvents) => Session;

/** A route is some 300 bytes, and a control message at most 1 MiB. */
const routesPerMessage = 500;

/** Questions to other objects about one credential. */
const maxQuestions = 6;

export class Cluster {
  readonly key: string;
  readonly shard: string;
  readonly previews: Previews;
  readonly strangers: Strangers;
  /** Of the whole cluster, at home. */
  readonly intercepts: Intercepts;
  readonly #admission: Admission;
  readonly #renewal: SessionRenewal;
  readonly #sweeps: Sweeps;
  readonly #services: ClusterServices;
  readonly #awakeSinceMs: number;
  #session: Session | undefined;
  #requests: Requests | undefined;

  constructor(key: string, shard: string, services: ClusterServices) {
    this.key = key;
    this.shard = shard;
    this.#services = services;
    this.#awakeSinceMs = services.clock.nowMs();
    this.previews = new Previews(services.sql);
    this.intercepts = new Intercepts({ ...services, requests: () => this.#requests });
    this.strangers = new Strangers(services, () => {
      const { organisationId } = this.previews;
      if (organisationId === undefined) throw new Error('the cluster was removed');
      return services.objects.org(organisationId).policy();
    });
    this.#admission = new Admission(
      services,
      key,
      () => this.previews.organisationId,
      (viewer) => {
        this.#sweeps.close(this.#session, (keys) =>
          viewer === 'everybody' ? keys.length > 0 : keys.includes(viewer),
        );
      },
    );
    this.#renewal = new SessionRenewal(services);
    this.#sweeps = new Sweeps(services, this.#admission.leases, () => this.#setAlarm());
    this.#setAlarm();
  }

  /** Who the request is from, as far as it is known here. */
  find(label: string, credentials: Credentials): Finding {
    const { organisationId } = this.previews;
    if (organisationId === undefined) {
      const badToken = credentials.token !== undefined;
      return { known: { viewer: undefined, keys: [], badToken } };
    }
    const epoch = this.previews.find(label)?.epoch;
    return this.#admission.find({ label, organisationId, epoch }, credentials);
  }

  /** The same for those who can wait. */
  async viewerOf(label: string, credentials: Credentials): Promise<Viewer | undefined> {
    for (let question = 0; question < maxQuestions; question += 1) {
      const finding = this.find(label, credentials);
      const known = 'known' in finding ? finding.known : await finding.ask();
      if (known) return known.viewer;
    }
    return undefined;
  }

  /** For a request that may go through the tunnel now. */
  passage(
    session: Session,
    { label }: Preview,
    { keys, viewer, claims }: Known,
    isPrivate: boolean,
  ): { kind: 'relay'; passage: Passage } | { ask: () => Promise<void> } {
    const setCookie = claims && this.#renewal.cookieFor(claims);
    if (typeof setCookie === 'object') return setCookie;
    const isMember = viewer?.admitted === true;
    if (isPrivate) this.#sweeps.expect(keys);
    const passage: Passage = {
      session,
      label,
      keys: isPrivate ? keys : [],
      openedMs: this.nowMs,
      isPrivate,
      setCookie,
      sent: this.#meter(label, isMember),
    };
    return { kind: 'relay', passage };
  }

  /** Of a WebSocket that outlived this object's memory. */
  resumed(
    session: Session,
    from: Pick<Passage, 'label' | 'keys' | 'openedMs' | 'isPrivate'> & { isMember: boolean },
  ): Passage {
    const { label, keys, openedMs, isPrivate, isMember } = from;
    if (!isMember) void this.strangers.learn().catch(() => {});
    return { session, label, keys, openedMs, isPrivate, sent: this.#meter(label, isMember) };
  }

  #meter(label: string, isMember: boolean): Passage['sent'] {
    return isMember ? undefined : (bytes) => this.strangers.sent(label, bytes);
  }

  /** What a login has to know of a label; undefined: it was never issued here. */
  place(label: string): PreviewPlace | undefined {
    const { organisationId } = this.previews;
    const issued = organisationId === undefined ? undefined : this.previews.issued(label);
    if (organisationId === undefined || !issued) return undefined;
    return { organisationId, origin: this.#services.originOf(label), ...issued };
  }

  withdraw(what: Withdrawal): void {
    this.#admission.withdraw(what);
    if (what.kind !== 'policy') return;
    this.strangers.policy = what.policy;
    if (what.policy.public_allowed) return;
    for (const { label, access } of this.previews.list()) {
      if (access === 'public') this.setAccess(label, { access: 'private', publicForS: 0 });
    }
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

  /** Home: on the shard that the intercept's id chooses, unless there is one like it already. */
  async create(input: NewPreview): Promise<Outcome<Preview>> {
    const { shards } = this.previews;
    const { objects } = this.#services;
    for (const shard of shardsOf(shards)) {
      const same =
        shard === this.shard
          ? this.reuse(input)
          : await objects.cluster(this.key, shard)?.reuse(input);
      if (same) return { ok: true, value: same };
    }
    const shard = shardFor(input.intercept.id, shards);
    if (shard === this.shard) return this.createHere(input);
    const made = await objects.cluster(this.key, shard)?.createHere(input);
    return made ?? { ok: false, refusal: { kind: 'missing', reason: `no shard ${shard}` } };
  }

  /** With the connector connected, its word on the ingress is heard first. */
  async createHere(input: NewPreview): Promise<Outcome<Preview>> {
    const same = this.reuse(input);
    if (same) return { ok: true, value: same };
    const { random, clock } = this.#services;
    const { publicForS, ...rest } = input;
    let label: string;
    do label = makeLabel(this.key, this.shard, random.bytes(22));
    while (this.previews.knows(label));
    const createdMs = clock.nowMs();
    const publicUntilMs = rest.access === 'public' ? createdMs + publicForS * 1000 : 0;
    const preview: Preview = { label, ...rest, createdMs, publicUntilMs, epoch: 0 };
    this.previews.insert(preview);
    this.#setAlarm();
    try {
      await this.#requests?.ask('route', { ...this.#route(preview) });
    } catch (error) {
      // A tunnel that is lost meanwhile hears of the preview after its next HELLO.
      if (!(error instanceof RequestError)) throw error;
      if (error.code !== 'connection_lost') {
        this.previews.end(label, clock.nowMs());
        return { ok: false, refusal: { kind: 'refused', reason: error.message } };
      }
    }
    return { ok: true, value: preview };
  }

  /** The last word on access counts; taking it away also ends what is open. */
  reuse(input: NewPreview): Preview | undefined {
    const same = this.previews.like(input);
    return same && this.setAccess(same.label, input);
  }

  setAccess(label: string, { access, publicForS }: AccessChange): Preview | undefined {
    if (!this.previews.find(label)) return undefined;
    const untilMs = access === 'public' ? this.#services.clock.nowMs() + publicForS * 1000 : 0;
    this.previews.setAccess(label, access, untilMs);
    if (access === 'private') this.#endStreams(label);
    this.#setAlarm();
    return this.previews.find(label);
  }

  /** Previews whose time in public is over become private; leases are looked after. Early calls do nothing. */
  async alarm(): Promise<void> {
    const nowMs = this.#services.clock.nowMs();
    for (const { label, access, publicUntilMs } of this.previews.list()) {
      if (access !== 'public' || publicUntilMs > nowMs) continue;
      this.previews.setAccess(label, 'private', 0);
      this.#endStreams(label);
    }
    this.strangers.flush();
    await this.#sweeps.sweep(() => this.#session);
    this.#setAlarm();
  }

  get nowMs(): number {
    return this.#services.clock.nowMs();
  }

  /** Ends a preview and what runs through it. False: there is no such live preview. */
  remove(label: string): boolean {
    if (!this.previews.find(label)) return false;
    this.previews.end(label, this.#services.clock.nowMs());
    this.#endStreams(label);
    this.#requests?.ask('unroute', { label }).catch(() => {});
    return true;
  }

  /** Home: the number as it is now; new shards are claimed, and the connector dials them. */
  async raiseShards(count: number): Promise<number> {
    const { organisationId, shards } = this.previews;
    if (organisationId === undefined || count <= shards) return shards;
    for (const shard of shardsOf(count).slice(shards)) {
      await this.#services.objects.cluster(this.key, shard)?.claim(organisationId, count);
    }
    this.previews.shards = count;
    this.#session?.control({ type: 'shards', shards: shardsOf(count) });
    return count;
  }

  /** The organisation no longer has this cluster: previews end, the tunnel is closed. */
  retire(): void {
    this.previews.retire(this.#services.clock.nowMs());
    this.intercepts.clear();
    this.#session?.close(CloseCode.unauthorized, 'the cluster was removed');
  }

  status(): ShardStatus {
    const account = this.#session?.account;
    return {
      shard: this.shard,
      awake_since_ms: this.#awakeSinceMs,
      connected: this.connected,
      connector: this.#session?.peer?.agent ?? '',
      previews: this.previews.list().length,
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

  #setAlarm(): void {
    let nextMs = this.#sweeps.nextMs;
    for (const { access, publicUntilMs } of this.previews.list()) {
      if (access === 'public') nextMs = Math.min(nextMs, publicUntilMs);
    }
    if (nextMs === Infinity) this.#services.alarm.clear();
    else this.#services.alarm.set(nextMs);
  }

  #hello(): Hello {
    const { version, appOrigin, features } = this.#services;
    const hello = helloOf(`byway-edge/${version}`, {
      role: 'edge',
      cluster: this.key,
      app_url: appOrigin(),
      shard: this.shard,
      shards: this.shard === homeShard ? shardsOf(this.previews.shards) : [this.shard],
    });
    const atHome = this.shard === homeShard ? [interceptsFeature] : [];
    return { ...hello, features: [...features, ...atHome] };
  }

  #events(session: () => Session): SessionEvents {
    const { log } = this.#services;
    const about = { cluster: this.key, shard: this.shard };
    return {
      onHello: (peer) => {
        const former = this.#session;
        this.#requests?.lost();
        this.#session = session();
        this.#requests = new Requests(session(), {});
        former?.close(CloseCode.replaced, 'another connector of this cluster has connected');
        for (const message of this.#routes()) session().control({ ...message });
        const ended = this.intercepts.welcome(peer);
        if (ended) session().control({ ...ended });
        log.info({ ...about, connector: peer.agent }, 'connector connected');
      },
      // The connector opens no streams towards the edge.
      onOpen: () => ResetCode.refused,
      onControl: (message) => {
        if (this.#session !== session() || this.#requests?.take(message)) return;
        this.intercepts.take(message);
      },
      onGoaway: () => {},
      onClose: (code, reason) => {
        if (this.#session === session()) {
          this.#requests?.lost();
          this.#session = undefined;
          this.#requests = undefined;
        }
        log.info({ ...about, code, reason }, 'connector disconnected');
      },
    };
  }

  /** All routes; the first message replaces what the connector had, the others add to it. */
  #routes(): RoutesMessage[] {
    const routes = this.previews.list().map((each) => this.#route(each));
    const count = Math.max(1, Math.ceil(routes.length / routesPerMessage));
    return Array.from({ length: count }, (_, part) => ({
      type: 'routes',
      part,
      routes: routes.slice(part * routesPerMessage, (part + 1) * routesPerMessage),
    }));
  }

  #route({ label, intercept, ingress }: Preview): Route {
    return { label, origin: this.#services.originOf(label), intercept, ingress };
  }

  /** Access taken away is gone at once, open streams included (design, rule 1). */
  #endStreams(label: string): void {
    for (const stream of this.#session?.streams.values() ?? []) {
      if (stream.target !== label) continue;
      const served = servedBy(stream);
      stream.reset(ResetCode.cancel);
      served.withdraw();
    }
  }
}
