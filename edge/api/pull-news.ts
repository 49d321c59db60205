/** What GitHub tells about pull requests goes to their objects (threats 44 and 49). */
import { eventOf, type AppEvent } from '#github-app/events.ts';
import type { ClusterCalls, PreviewFound, PullId } from '../objects/calls.ts';
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
  if (!event || !('source' in event)) return 'nothing';
  const { installationId, repository } = event.source;
  const org = services.objects.org(repository.owner.id);
  if (!(await org.isOwn(installationId))) return 'foreign';
  if (event.kind === 'pull-request') {
    const { pull, source } = event;
    const object = services.objects.pull(pull);
    const taken = await object.receive(guid, source, pull.number, event.event);
    return taken === 'full' ? 'full' : 'taken';
  }
  return elsewhere(services, guid, event);
}

/** A push, or a repository with a new name: told to those that show previews. */
async function elsewhere(
  { objects }: Services,
  guid: string,
  event: Exclude<OfCode, { kind: 'pull-request' }>,
): Promise<PullNews> {
  const { source } = event;
  const { repository } = source;
  const clusters = await objects.org(repository.owner.id).clusters();
  const query = { kind: 'repository', repositoryId: repository.id } as const;
  const found = await Promise.all(
    clusters.map(({ key }) => objects.cluster(key)?.search(query) ?? noPreviews),
  );
  const previews = found.flat().filter((each) => event.kind !== 'push' || isOf(each, event.branch));
  const numbers = new Set(previews.flatMap((each) => numbersAt(each, repository.id)));
  for (const number of numbers) {
    const pull: PullId = { repositoryId: repository.id, number };
    if (event.kind === 'repository-moved') await objects.pull(pull).changed(repository, number);
    else {
      const taken = await objects.pull(pull).receive(guid, source, number, { kind: 'look' });
      if (taken === 'full') return 'full';
    }
  }
  return numbers.size > 0 ? 'taken' : 'nothing';
}

const noPreviews: Awaited<ReturnType<ClusterCalls['search']>> = [];

/** One that was attached by its owner's word may be of any branch. */
function isOf({ source }: PreviewFound, branch: string): boolean {
  return source?.branch === undefined || source.pr !== undefined || source.branch === branch;
}

function numbersAt({ pulls = [] }: PreviewFound, repositoryId: number): number[] {
  return pulls
    .filter(({ repository }) => repository.id === repositoryId)
    .map(({ number }) => number);
}
