/** How a shard of a cluster answers calls, on every engine. It is made by `claim` and by nothing else. */
import type {
  AccessChange,
  Account,
  ClusterCalls,
  Ending,
  EndReason,
  GateRule,
  InterceptView,
  NewPreview,
  Objects,
  Outcome,
  Preview,
  PreviewFound,
  PreviewQuery,
  PullId,
  Repository,
  ShardStatus,
  Withdrawal,
} from './calls.ts';
import type { PreviewPlace } from '../login/ports.ts';
import type { Cluster } from './cluster.ts';
import { homeShard, shardFor, shardsOf } from './shards.ts';

/** Finds the object; with `make`, makes it. undefined: it was never made. */
export type OpenCluster = (make: boolean) => Cluster | undefined;

export class ClusterAnswers implements ClusterCalls {
  readonly #open: OpenCluster;
  readonly #objects: () => Objects;

  constructor(open: OpenCluster, objects: () => Objects) {
    this.#open = open;
    this.#objects = objects;
  }

  async claim(organisationId: number, shards: number): Promise<boolean> {
    if (this.#open(false)) return false;
    const cluster = this.#open(true);
    if (!cluster?.previews.claim(organisationId, shards)) return false;
    const { key, shard } = cluster;
    for (const other of shardsOf(shards)) {
      if (shard === homeShard && other !== shard)
        await this.#objects().cluster(key, other)?.claim(organisationId, shards);
    }
    return true;
  }

  /** On the shard that the intercept's id chooses, unless there is one like it already. */
  async create(input: NewPreview): Promise<Outcome<Preview>> {
    const home = this.#live();
    if (!home) return missing;
    const { shards } = home.previews;
    for (const shard of shardsOf(shards)) {
      const same =
        shard === home.shard ? home.reuse(input) : await this.#at(home, shard)?.reuse(input);
      if (same) return { ok: true, value: same };
    }
    const shard = shardFor(input.intercept.id, shards);
    if (shard === home.shard) return home.createHere(input);
    const made = await this.#at(home, shard)?.createHere(input);
    return made ?? { ok: false, refusal: { kind: 'missing', reason: `no shard ${shard}` } };
  }

  async createHere(input: NewPreview): Promise<Outcome<Preview>> {
    return (await this.#live()?.createHere(input)) ?? missing;
  }

  reuse(input: NewPreview): Promise<Preview | undefined> {
    return Promise.resolve(this.#live()?.reuse(input));
  }

  async list(): Promise<Preview[] | undefined> {
    const cluster = this.#live();
    if (!cluster) return undefined;
    const lists = await this.#others(cluster, (each) => each.listHere());
    return [...cluster.list(), ...lists.flat()];
  }

  listHere(): Promise<Preview[]> {
    return Promise.resolve(this.#live()?.list() ?? []);
  }

  find(label: string): Promise<Preview | undefined> {
    return Promise.resolve(this.#live()?.find(label));
  }

  setAccess(label: string, change: AccessChange): Promise<Preview | undefined> {
    return Promise.resolve(this.#live()?.setAccess(label, change));
  }

  setGate(label: string, gate: GateRule): Promise<Preview | undefined> {
    return Promise.resolve(this.#live()?.setGate(label, gate));
  }

  remove(label: string, reason?: EndReason, by?: string): Promise<boolean> {
    return Promise.resolve(this.#live()?.remove(label, reason, by) ?? false);
  }

  ending(label: string): Promise<Ending | undefined> {
    return Promise.resolve(this.#live()?.endings.of(label));
  }

  extend(label: string, forS: number): Promise<Preview | undefined> {
    return Promise.resolve(this.#live()?.extend(label, forS));
  }

  async search(query: PreviewQuery): Promise<PreviewFound[]> {
    const cluster = this.#live();
    if (!cluster) return [];
    const lists = await this.#others(cluster, (each) => each.searchHere(query));
    const reports = new Map(cluster.intercepts.list(true).map((each) => [each.id, each]));
    return [...cluster.search(query), ...lists.flat()].map((each) => {
      const report = reports.get(each.intercept.id);
      if (!report) return each;
      const isWaiting = each.state === 'live' && report.waitingSinceMs !== null;
      return { ...each, service: report.workload, state: isWaiting ? 'waiting' : each.state };
    });
  }

  searchHere(query: PreviewQuery): Promise<PreviewFound[]> {
    return Promise.resolve(this.#live()?.search(query) ?? []);
  }

  attach(label: string, repository: Repository, number: number): Promise<boolean> {
    return Promise.resolve(this.#live()?.links.attach(label, repository, number) ?? false);
  }

  detach(label: string, pull: PullId, end: boolean): Promise<boolean> {
    return Promise.resolve(this.#live()?.detach(label, pull, end) ?? false);
  }

  allow(label: string, user: Account, untilMs: number): Promise<Preview | undefined> {
    return Promise.resolve(this.#live()?.allow(label, user, untilMs));
  }

  revokeAllow(label: string, userId: number): Promise<Preview | undefined> {
    return Promise.resolve(this.#live()?.revokeAllow(label, userId));
  }

  askFor(label: string, user: Account): Promise<void> {
    this.#live()?.links.ask(label, user);
    return Promise.resolve();
  }

  tellPulls(interceptIds: readonly string[]): Promise<void> {
    this.#live()?.links.tellOf(interceptIds);
    return Promise.resolve();
  }

  async raiseShards(count: number): Promise<Outcome<number>> {
    const home = this.#live();
    if (!home) return missing;
    const { organisationId, shards } = home.previews;
    if (organisationId === undefined || count <= shards) return { ok: true, value: shards };
    for (const shard of shardsOf(count).slice(shards)) {
      await this.#at(home, shard)?.claim(organisationId, count);
    }
    home.previews.shards = count;
    // The connector dials the new ones.
    home.session?.control({ type: 'shards', shards: shardsOf(count) });
    return { ok: true, value: count };
  }

  intercepts(): Promise<InterceptView[] | undefined> {
    const cluster = this.#live();
    return Promise.resolve(cluster?.intercepts.list(cluster.connected));
  }

  async endIntercept(id: string, by: { login: string }): Promise<Outcome<true>> {
    const cluster = this.#live();
    if (!cluster) return missing;
    const outcome = await cluster.intercepts.end(id, by.login);
    if (!outcome.ok) return outcome;
    // Not left to its daemon, which may be away for days.
    for (const { label, intercept } of (await this.list()) ?? []) {
      if (intercept.id !== id || cluster.remove(label, 'left', by.login)) continue;
      await this.#objects().clusterOfLabel(label)?.remove(label, 'left', by.login);
    }
    return outcome;
  }

  async retire(): Promise<boolean> {
    const cluster = this.#live();
    const organisationId = cluster?.previews.organisationId;
    if (!cluster || organisationId === undefined) return false;
    // The tokens first: nobody comes back while the rest is being ended.
    await this.#objects().org(organisationId).forget(cluster.key);
    await this.#others(cluster, (each) => each.retireHere());
    cluster.retire();
    return true;
  }

  retireHere(): Promise<void> {
    this.#live()?.retire();
    return Promise.resolve();
  }

  async status(): Promise<ShardStatus[] | undefined> {
    const cluster = this.#live();
    if (!cluster) return undefined;
    return [cluster.status(), ...(await this.#others(cluster, (each) => each.statusHere()))];
  }

  statusHere(): Promise<ShardStatus> {
    const cluster = this.#live();
    return cluster
      ? Promise.resolve(cluster.status())
      : Promise.reject(new Error('there is no such shard'));
  }

  organisation(): Promise<number | undefined> {
    return Promise.resolve(this.#live()?.previews.organisationId);
  }

  place(label: string): Promise<PreviewPlace | undefined> {
    return Promise.resolve(this.#live()?.place(label));
  }

  async withdraw(what: Withdrawal): Promise<void> {
    const cluster = this.#live();
    if (!cluster) return;
    cluster.withdraw(what);
    await this.#others(cluster, (each) => each.withdrawHere(what));
  }

  withdrawHere(what: Withdrawal): Promise<void> {
    this.#live()?.withdraw(what);
    return Promise.resolve();
  }

  /** Undefined for one that was never claimed, and for one that was removed. */
  #live(): Cluster | undefined {
    const cluster = this.#open(false);
    return cluster?.previews.organisationId === undefined ? undefined : cluster;
  }

  #at({ key }: Cluster, shard: string): ClusterCalls | undefined {
    return this.#objects().cluster(key, shard);
  }

  #others<T>(home: Cluster, ask: (each: ClusterCalls) => Promise<T>): Promise<T[]> {
    const shards = shardsOf(home.previews.shards).filter((shard) => shard !== home.shard);
    return Promise.all(
      shards.flatMap((shard) => {
        const other = this.#objects().cluster(home.key, shard);
        return other ? [ask(other)] : [];
      }),
    );
  }
}

const missing = {
  ok: false,
  refusal: { kind: 'missing', reason: 'there is no such cluster' },
} as const;
