/** What GitHub tells about pull requests goes to their objects (threats 44 and 49). */
import { eventOf, type AppEvent, type Source } from '#github-app/events.ts';
import type { ClusterCalls, PreviewFound, PullId, Repository } from '../objects/calls.ts';
import type { ApiServices } from './services.ts';

type Services = Pick<ApiServices, 'objects' | 'log'>;
type OfCode = Extract<AppEvent, { source: unknown }>;

/**
 * `full`: the pull request has too much to do. `foreign`: the installation is not that of the
 * repository's owner, or the owner has nothing here.
 */
export type PullNews = 'taken' | 'full' | 'foreign' | 'nothing';

export async function takePullNews(
  services: Services,
  guid: string,
  payload: unknown,
): Promise<PullNews> {
  const event = eventOf(payload);
  if (event?.kind === 'installation-repositories') return reached(services, guid, event);
  if (!event || !('source' in event)) return 'nothing';
  const { installationId, repository } = event.source;
  const former = event.kind === 'repository-moved' ? event.from : undefined;
  const owners: number[] = [];
  for (const id of new Set([repository.owner.id, ...(former ? [former.id] : [])])) {
    if (await services.objects.org(id).isOwn(installationId)) owners.push(id);
  }
  if (owners.length === 0) return 'foreign';
  if (event.kind === 'pull-request') {
    const { pull, source } = event;
    const object = services.objects.pull(pull);
    const taken = await object.receive(guid, source, pull.number, event.event);
    return taken === 'full' ? 'full' : 'taken';
  }
  const told = await Promise.all(owners.map((id) => elsewhere(services, guid, event, id)));
  return told.find((each) => each === 'full') ?? told.find((each) => each === 'taken') ?? 'nothing';
}

/** Repositories came into the app's reach, or left it: their pull requests look for themselves. */
async function reached(
  { objects }: Services,
  guid: string,
  {
    account,
    installationId,
    added,
    removed,
  }: Extract<AppEvent, { kind: 'installation-repositories' }>,
): Promise<PullNews> {
  if (!(await objects.org(account.id).isOwn(installationId))) return 'foreign';
  let outcome: PullNews = 'nothing';
  for (const repositoryId of [...added, ...removed]) {
    for (const { repository, number } of await shownAt(objects, account.id, repositoryId)) {
      const source = { installationId, repository };
      outcome = await look(objects, guid, source, number);
      if (outcome === 'full') return 'full';
    }
  }
  return outcome;
}

/** A push, or a repository with a new name: told to those that show previews. */
async function elsewhere(
  { objects }: Services,
  guid: string,
  event: Exclude<OfCode, { kind: 'pull-request' }>,
  ownerId: number,
): Promise<PullNews> {
  const { source } = event;
  const { repository } = source;
  const isMeant = (each: PreviewFound) => event.kind !== 'push' || isOf(each, event.branch);
  const shown = await shownAt(objects, ownerId, repository.id, isMeant);
  for (const { number, labels } of shown) {
    const pull: PullId = { repositoryId: repository.id, number };
    if (event.kind === 'repository-moved') {
      for (const label of labels) {
        await objects.clusterOfLabel(label)?.attach(label, repository, number);
      }
      await objects.pull(pull).changed(repository, number);
      // Given away, it may be out of reach: nobody tells of pushes to it any more.
      if (!event.from) continue;
    }
    if ((await look(objects, guid, source, number)) === 'full') return 'full';
  }
  return shown.length > 0 ? 'taken' : 'nothing';
}

async function look(
  objects: Services['objects'],
  guid: string,
  source: Source,
  number: number,
): Promise<'taken' | 'full'> {
  const pull = { repositoryId: source.repository.id, number };
  const taken = await objects.pull(pull).receive(guid, source, number, { kind: 'look' });
  return taken === 'full' ? 'full' : 'taken';
}

/** A pull request, and the previews that it shows. */
interface ShownAt {
  repository: Repository;
  number: number;
  labels: string[];
}

/** Pull requests of the repository that show previews of that organisation. */
async function shownAt(
  objects: Services['objects'],
  ownerId: number,
  repositoryId: number,
  isMeant: (preview: PreviewFound) => boolean = () => true,
): Promise<ShownAt[]> {
  const clusters = await objects.org(ownerId).clusters();
  const query = { kind: 'repository', repositoryId } as const;
  const found = await Promise.all(
    clusters.map(({ key }) => objects.cluster(key)?.search(query) ?? noPreviews),
  );
  const shown = new Map<number, ShownAt>();
  for (const { label, pulls = [] } of found.flat().filter(isMeant)) {
    for (const { repository, number } of pulls) {
      if (repository.id !== repositoryId) continue;
      const at = shown.get(number) ?? { repository, number, labels: [] };
      at.labels.push(label);
      shown.set(number, at);
    }
  }
  return [...shown.values()];
}

const noPreviews: Awaited<ReturnType<ClusterCalls['search']>> = [];

/** One that was attached by its owner's word may be of any branch. */
function isOf({ source }: PreviewFound, branch: string): boolean {
  return source?.branch === undefined || source.pr !== undefined || source.branch === branch;
}
