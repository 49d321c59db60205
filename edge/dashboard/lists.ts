/** What an organisation has, gathered from its objects, and a short text that differs when that does. */
import { splitLabel } from '#protocol/label.ts';
import { sha256 } from '../gate/digest.ts';
import type {
  Account,
  ClusterRecord,
  InterceptView,
  Preview,
  ShardStatus,
} from '../objects/calls.ts';
import type { Policy } from '../objects/stores/policy.ts';
import type { DashboardServices, PullRequestLink } from './services.ts';

export interface ClusterSeen {
  record: ClusterRecord;
  shards: readonly ShardStatus[];
}

export interface PreviewSeen {
  cluster: ClusterRecord;
  /** undefined: an intercept without a preview. */
  preview: Preview | undefined;
  intercept: { id: string; name: string };
  owner: Account;
  state: 'connected' | 'starting' | 'connector-away' | 'laptop-waiting';
  /** As the connector reports it; undefined: it tells of none such, or of none at all. */
  report: InterceptView | undefined;
  pullRequest: PullRequestLink | undefined;
}

export interface Lists {
  clusters: readonly ClusterSeen[];
  previews: readonly PreviewSeen[];
  policy: Policy;
}

export const topics = ['previews', 'clusters'] as const;
export type Topic = (typeof topics)[number];
/** By topic; equal texts mean that the page would look the same, but for the time. */
export type Signatures = Readonly<Record<Topic, string>>;

export async function listsOf(
  services: Pick<DashboardServices, 'objects' | 'parts'>,
  organisationId: number,
): Promise<Lists> {
  const { objects, parts } = services;
  const org = objects.org(organisationId);
  const [policy, records] = await Promise.all([org.policy(), org.clusters()]);
  const found = await Promise.all(
    records.map(async (record) => {
      const cluster = objects.cluster(record.key);
      const [shards, previews, intercepts] = await Promise.all([
        cluster?.status(),
        cluster?.list(),
        cluster?.intercepts(),
      ]);
      const seen = { record, shards: shards ?? [] };
      return { seen, previews: previews ?? [], intercepts: intercepts ?? [] };
    }),
  );
  const previews = found.flatMap((each) => each.previews);
  const links = await parts.pullRequests?.(organisationId, previews);
  const rows = found.flatMap(({ seen, previews: of, intercepts }) => [
    ...of.map((preview) => rowOf(seen, preview, intercepts, links?.get(preview.label))),
    ...intercepts
      .filter(({ id }) => !of.some(({ intercept }) => intercept.id === id))
      .map((intercept) => bareRow(seen, intercept)),
  ]);
  return { clusters: found.map(({ seen }) => seen), previews: rows, policy };
}

function rowOf(
  cluster: ClusterSeen,
  preview: Preview,
  intercepts: readonly InterceptView[],
  pullRequest: PullRequestLink | undefined,
): PreviewSeen {
  const known = intercepts.find(({ id }) => id === preview.intercept.id);
  const shard = splitLabel(preview.label)?.shard;
  const connected = isConnected(cluster, (each) => each.shard === shard);
  return {
    cluster: cluster.record,
    preview,
    intercept: preview.intercept,
    owner: preview.owner,
    state: stateOf(connected, known),
    report: known,
    pullRequest,
  };
}

function bareRow(cluster: ClusterSeen, report: InterceptView): PreviewSeen {
  const { id, name, owner } = report;
  return {
    cluster: cluster.record,
    preview: undefined,
    intercept: { id, name },
    owner,
    state: stateOf(
      isConnected(cluster, () => true),
      report,
    ),
    report,
    pullRequest: undefined,
  };
}

/** A shard that is not named counts with the others. */
function isConnected({ shards }: ClusterSeen, of: (shard: ShardStatus) => boolean): boolean {
  const own = shards.filter(of);
  return (own.length > 0 ? own : shards).some(({ connected }) => connected);
}

function stateOf(connected: boolean, intercept: InterceptView | undefined): PreviewSeen['state'] {
  if (!connected) return 'connector-away';
  if (intercept?.state === 'waiting') return 'laptop-waiting';
  return intercept?.state === 'starting' ? 'starting' : 'connected';
}

export async function signaturesOf({ clusters, previews, policy }: Lists): Promise<Signatures> {
  const seenClusters = clusters.map(({ record, shards }) => [
    record,
    shards.map(({ shard, connected, connector, previews: count, streams }) => [
      ...[shard, connected, connector, count, streams],
    ]),
  ]);
  return {
    previews: await shortOf([previews, policy]),
    clusters: await shortOf(seenClusters),
  };
}

async function shortOf(value: unknown): Promise<string> {
  return (await sha256(JSON.stringify(value))).slice(0, 16);
}
