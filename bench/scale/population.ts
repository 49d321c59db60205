/** Who is there: previews of unequal fame, in clusters of unequal size, on the shards of each. */
import type { Costs } from './costs.ts';
import type { Random } from './random.ts';

export interface Team {
  readonly previews: number;
  /** Objects for each cluster. */
  readonly shards: number;
  /** Undefined: as many as `previewsPerCluster` says. */
  readonly clusters?: number;
}

/** One Cluster object: a shard of a cluster. */
export interface ObjectPlan {
  readonly cluster: number;
  readonly previews: number;
  /** Expected page views of a working day. */
  readonly viewsPerDay: number;
}

export function populate(team: Team, { workload }: Costs, random: Random): ObjectPlan[] {
  const clusters =
    team.clusters ?? Math.max(1, Math.round(team.previews / workload.previewsPerCluster));
  const views = (team.previews * workload.requestsPerPreviewPerDay) / workload.requestsPerView;
  const fame = zipf(team.previews, workload.popularityExponent);
  const reach = cumulated(zipf(clusters, workload.clusterSizeExponent));
  const plans = Array.from({ length: clusters * team.shards }, (_, index) => ({
    cluster: Math.floor(index / team.shards),
    previews: 0,
    viewsPerDay: 0,
  }));
  for (const share of fame) {
    const cluster = indexIn(reach, random.unit());
    // Rendezvous hashing of random ids is a draw with equal chances.
    const plan = plans[cluster * team.shards + random.below(team.shards)];
    if (!plan) throw new RangeError(`no object for cluster ${cluster}`);
    plan.previews += 1;
    plan.viewsPerDay += share * views;
  }
  return plans;
}

/** Shares of ranks 1 … count, together 1. */
export function zipf(count: number, exponent: number): Float64Array {
  const shares = Float64Array.from({ length: count }, (_, rank) => (rank + 1) ** -exponent);
  const sum = shares.reduce((total, share) => total + share, 0);
  return shares.map((share) => share / sum);
}

export function cumulated(shares: ArrayLike<number>): Float64Array {
  let sum = 0;
  return Float64Array.from(shares, (share) => (sum += share));
}

/** The first index whose cumulated share is above `at`. */
export function indexIn(reach: Float64Array, at: number): number {
  let low = 0;
  let high = reach.length - 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((reach[middle] ?? 1) > at) high = middle;
    else low = middle + 1;
  }
  return low;
}
