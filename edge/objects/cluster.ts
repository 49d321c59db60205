/** The object of one shard of a cluster: its tunnel and its previews. */
import { CloseCode } from '#protocol/frame.ts';
import { makeLabel } from '#protocol/label.ts';
import { RequestError } from '#protocol/requests.ts';
import type { Session } from '#protocol/session.ts';
import { isPublic } from '../gate/decide.ts';
import type { Gate } from '../gate/gate.ts';
import type { PreviewPlace } from '../login/ports.ts';
import type { Alarm, Sql } from '../ports.ts';
import type {
  AccessChange,
  Account,
  EndReason,
  GateRule,
  NewPreview,
  Objects,
  Outcome,
  Preview,
  PreviewFound,
  PreviewQuery,
  PullId,
  ShardStatus,
  Withdrawal,
} from './calls.ts';
import { ClusterTunnel, type StartSession } from './cluster-tunnel.ts';
import { Endings } from './endings.ts';
import { Intercepts } from './intercepts.ts';
import { defaultIdleS, defaultLifeS, Lives } from './lives.ts';
import { Previews } from './previews.ts';
import { PullLinks } from './pull-links.ts';
import { shardsOf } from './shards.ts';
import { Visits } from './visits.ts';

export interface ClusterServices extends Gate {
  sql: Sql;
  alarm: Alarm;
  version: string;
  /** Features of the tunnel that the engine has beyond version 1. */
  features: readonly string[];
  objects: Objects;
}

export class Cluster {
  readonly key: string;
  readonly shard: string;
  readonly previews: Previews;
  readonly visits: Visits;
  /** Of the whole cluster, at home. */
  readonly intercepts: Intercepts;
  readonly #services: ClusterServices;
  readonly #awakeSinceMs: number;
  readonly #tunnel: ClusterTunnel;
  readonly #lives: Lives;
  readonly links: PullLinks;
  readonly endings: Endings;

  constructor(key: string, shard: string, services: ClusterServices) {
    this.key = key;
    this.shard = shard;
    this.#services = services;
    this.#awakeSinceMs = services.clock.nowMs();
    this.previews = new Previews(services.sql);
    this.intercepts = new Intercepts({ ...services, requests: () => this.#tunnel.requests });
    const intercepts = (): Intercepts => this.intercepts;
    this.#tunnel = new ClusterTunnel(services, {
      ...{ key, shard, intercepts },
      previews: this.previews,
      onConnection: () => this.links.tellAll(),
      onLaptops: (ids) => this.#tellOf(ids),
    });
    this.#lives = new Lives(services, () => this.#setAlarm());
    this.endings = new Endings(services);
    this.links = new PullLinks(
      services,
      this.previews,
      () => this.#setAlarm(),
      (label, userId) => this.visits.revokeGuest(label, userId),
    );
    this.visits = new Visits(services, {
      ...{ key, previews: this.previews, lives: this.#lives },
      links: () => this.links,
      session: () => this.session,
      onChange: () => this.#setAlarm(),
    });
    this.#setAlarm();
  }

  /** What a login has to know of a label; undefined: it was never issued here. */
  place(label: string): PreviewPlace | undefined {
    this.endIfOver(label);
    const { organisationId } = this.previews;
    const issued = organisationId === undefined ? undefined : this.previews.issued(label);
    if (organisationId === undefined || !issued) return undefined;
    const { gate, owner } = this.previews.find(label) ?? {};
    const readers =
      gate === 'repo' && owner
        ? { ownerId: owner.id, repositories: this.links.repositoriesOf(label) }
        : undefined;
    return {
      organisationId,
      origin: this.#services.originOf(label),
      ...issued,
      guests: this.links.guests.of(label).map(({ user }) => user.id),
      ...(readers && { readers }),
    };
  }

  withdraw(what: Withdrawal): void {
    if (what.kind === 'everybody') this.links.dropGuests();
    if (what.kind === 'person') this.links.dropGuests(what.userId);
    this.visits.withdraw(what);
    if (what.kind !== 'policy' || what.policy.public_allowed) return;
    for (const { label, access } of this.previews.list()) {
      if (access === 'public') this.setAccess(label, { access: 'private', publicForS: 0 });
    }
  }

  /** The tunnel, when streams may be opened on it. */
  get tunnel(): Session | undefined {
    return this.#tunnel.ready;
  }

  /** Whether a connector is connected, full or not. */
  get connected(): boolean {
    return this.#tunnel.connected;
  }

  get session(): Session | undefined {
    return this.#tunnel.session;
  }

  /** With the connector connected, its word on the ingress is heard first. */
  async createHere(input: NewPreview): Promise<Outcome<Preview>> {
    const same = this.reuse(input);
    if (same) return { ok: true, value: same };
    const { random, clock } = this.#services;
    const { publicForS, lifeS = defaultLifeS, idleS = defaultIdleS, ...rest } = input;
    let label: string;
    do label = makeLabel(this.key, this.shard, random.bytes(22));
    while (this.previews.knows(label));
    const createdMs = clock.nowMs();
    const publicUntilMs = rest.access === 'public' ? createdMs + publicForS * 1000 : 0;
    const gate = rest.gate ?? 'org';
    const preview: Preview = { label, ...rest, gate, createdMs, publicUntilMs, epoch: 0 };
    this.previews.insert(preview);
    this.#lives.begin(label, { untilMs: createdMs + lifeS * 1000, idleS });
    this.#setAlarm();
    try {
      await this.#tunnel.requests?.ask('route', { ...this.#tunnel.routeOf(preview) });
    } catch (error) {
      // A tunnel that is lost meanwhile hears of the preview after its next HELLO.
      if (!(error instanceof RequestError)) throw error;
      if (error.code !== 'connection_lost') {
        this.#end(label, 'removed');
        return { ok: false, refusal: { kind: 'refused', reason: error.message } };
      }
    }
    this.links.begin(preview);
    return { ok: true, value: this.lively(preview) };
  }

  /** The last word on access counts; taking it away also ends what is open. */
  reuse(input: NewPreview): Preview | undefined {
    const same = this.previews.like(input);
    if (!same) return undefined;
    if (input.source) this.links.begin(this.previews.setSource(same, input.source));
    if (input.gate !== undefined) this.setGate(same.label, input.gate);
    return this.setAccess(same.label, input);
  }

  setAccess(label: string, { access, publicForS, by }: AccessChange): Preview | undefined {
    const before = this.previews.find(label);
    if (!before) return undefined;
    const untilMs = access === 'public' ? this.#services.clock.nowMs() + publicForS * 1000 : 0;
    this.previews.setAccess(label, access, untilMs);
    if (access === 'private') this.links.madePrivate(label, by);
    if (access === 'private' && before.access === 'public') this.#tunnel.endStreams(label);
    this.links.tell(label);
    this.#setAlarm();
    return this.find(label);
  }

  /** What was opened under the former rule ends, public previews aside. */
  setGate(label: string, gate: GateRule): Preview | undefined {
    const before = this.previews.find(label);
    if (!before || before.gate === gate) return this.find(label);
    this.previews.setGate(label, gate);
    if (!isPublic(before, this.nowMs)) this.#tunnel.endStreams(label);
    this.links.tell(label);
    return this.find(label);
  }

  /** Previews whose time in public is over become private; leases are looked after. Early calls do nothing. */
  async alarm(): Promise<void> {
    const nowMs = this.#services.clock.nowMs();
    for (const { label, access, publicUntilMs } of this.previews.list()) {
      if (access !== 'public' || publicUntilMs > nowMs) continue;
      this.previews.setAccess(label, 'private', 0);
      this.#tunnel.endStreams(label);
      this.links.tell(label);
    }
    for (const { label, reason } of this.#lives.over((each) => this.#tunnel.isOpen(each))) {
      this.#over(label, reason);
    }
    this.#lives.flush();
    this.links.sweep();
    await this.visits.alarm();
    // Last: nobody stays longer because a pull request is slow.
    await this.links.retry();
    this.#setAlarm();
  }

  get nowMs(): number {
    return this.#services.clock.nowMs();
  }

  /** Ends a preview and what runs through it. False: there is no such live preview. */
  remove(label: string, reason: EndReason = 'removed', by?: string): boolean {
    if (!this.previews.find(label)) return false;
    this.#end(label, reason, by);
    this.#tunnel.endStreams(label);
    this.#tunnel.requests?.ask('unroute', { label }).catch(() => {});
    return true;
  }

  /** The clock decides whenever somebody asks; the alarm is for what nobody asks about, and may be late. */
  endIfOver(label: string): void {
    const reason = this.#lives.isOver(label, (each) => this.#tunnel.isOpen(each));
    if (reason) this.#over(label, reason);
  }

  /** Nobody's doing, but a row of the audit log still; nothing waits for it. */
  #over(label: string, reason: EndReason): void {
    const { organisationId } = this.previews;
    const preview = this.previews.find(label);
    if (!this.remove(label, reason) || organisationId === undefined || !preview) return;
    const { log, objects } = this.#services;
    const details = { access: preview.access, until: null, owner: preview.owner.id, reason };
    objects
      .org(organisationId)
      .note({ actor: 'edge', action: 'preview.remove', subject: label, details })
      .catch((error: unknown) => log.warn({ error: String(error) }, 'an end was not noted'));
  }

  #end(label: string, reason: EndReason, by?: string): void {
    this.previews.end(label, this.nowMs, reason);
    this.endings.note(label, reason, by);
    this.#lives.end(label);
    this.links.end(label);
  }

  /** It lives for that much longer from now, and is as good as used. */
  extend(label: string, forS: number): Preview | undefined {
    if (!this.previews.find(label)) return undefined;
    this.#lives.extend(label, this.nowMs + forS * 1000);
    this.links.tell(label);
    this.#setAlarm();
    return this.find(label);
  }

  /** What pull requests ask; whether the laptop is there only the home knows. */
  search(query: PreviewQuery): PreviewFound[] {
    const state = this.connected ? 'live' : 'offline';
    return this.links
      .search(query)
      .map((each) => ({ ...this.lively(each), state, service: each.intercept.name }));
  }

  /** At home: on all shards. Who is not reached shows it at the next event. */
  #tellOf(interceptIds: readonly string[]): void {
    const { log, objects } = this.#services;
    for (const shard of shardsOf(this.previews.shards)) {
      if (shard === this.shard) this.links.tellOf(interceptIds);
      else {
        objects
          .cluster(this.key, shard)
          ?.tellPulls(interceptIds)
          .catch((error: unknown) => {
            log.warn({ shard, error: String(error) }, 'pull requests were not told');
          });
      }
    }
  }

  /** False: there is none, or others show it still. */
  detach(label: string, pull: PullId, end: boolean): boolean {
    if (!this.previews.find(label)) return false;
    const { gate } = this.previews.find(label) ?? {};
    const before = this.links.repositoriesOf(label);
    const isLast = this.links.detach(label, pull);
    if (isLast && end) return this.remove(label, 'pull-request');
    // Who may see it is another question from now on.
    const isOther = this.links.repositoriesOf(label).length < before.length;
    if (gate === 'repo' && isOther) this.#tunnel.endStreams(label);
    return false;
  }

  allow(label: string, user: Account, untilMs: number): Preview | undefined {
    if (!this.previews.find(label)) return undefined;
    if (this.links.guests.allow(label, user, untilMs)) this.links.tell(label);
    this.#setAlarm();
    return this.find(label);
  }

  revokeAllow(label: string, userId: number): Preview | undefined {
    if (!this.previews.find(label)) return undefined;
    this.links.revokeGuest(label, userId);
    this.#setAlarm();
    return this.find(label);
  }

  /** Of a preview that is over; undefined: nobody knows. */
  endReason(label: string): EndReason | undefined {
    return this.previews.issued(label)?.endReason;
  }

  /** A live preview, with its life. */
  find(label: string): Preview | undefined {
    this.endIfOver(label);
    const preview = this.previews.find(label);
    return preview && this.lively(preview);
  }

  list(): Preview[] {
    return this.previews.list().map((each) => this.lively(each));
  }

  lively(preview: Preview): Preview {
    const life = this.#lives.of(preview.label);
    return { ...preview, ...(life && { life }), ...this.links.factsOf(preview.label) };
  }

  /** The organisation no longer has this cluster: previews end, the tunnel is closed. */
  retire(): void {
    const labels = this.previews.list().map(({ label }) => label);
    this.previews.retire(this.#services.clock.nowMs());
    for (const label of labels) {
      this.#lives.end(label);
      this.links.end(label);
    }
    this.intercepts.clear();
    this.session?.close(CloseCode.unauthorized, 'the cluster was removed');
  }

  status(): ShardStatus {
    return {
      shard: this.shard,
      awake_since_ms: this.#awakeSinceMs,
      previews: this.previews.list().length,
      banners: { ...this.visits.banners },
      ...this.#tunnel.status,
    };
  }

  /** Takes the WebSocket of a connector whose token was checked; it replaces the former one. */
  accept(start: StartSession): Session {
    return this.#tunnel.accept(start);
  }

  /** Goes on with a tunnel that outlived this object: its HELLO was long ago. */
  resume(start: StartSession): Session {
    return this.#tunnel.resume(start);
  }

  #setAlarm(): void {
    let nextMs = Math.min(this.visits.nextMs, this.#lives.nextMs, this.links.nextMs);
    for (const { access, publicUntilMs } of this.previews.list()) {
      if (access === 'public') nextMs = Math.min(nextMs, publicUntilMs);
    }
    if (nextMs === Infinity) this.#services.alarm.clear();
    else this.#services.alarm.set(nextMs);
  }
}
