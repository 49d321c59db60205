/** What tells the edge of which working copy a preview is, so that its pull request is found. */
import { ExitCode, Failure } from '../failure.ts';
import { gitIn, type Git } from './git.ts';
import { pullOf, repositoryOf, type RepositoryName } from './remote.ts';

/** As the edge's API has it. */
export interface PreviewSource {
  remotes: string[];
  owner?: string;
  branch?: string;
  sha?: string;
  pr?: { repository: string; number: number } | number | 'none';
}

interface Remote {
  name: string;
  fetch: RepositoryName | undefined;
  push: RepositoryName | undefined;
}

/** As the edge takes them. */
const maxRemotes = 10;
const maxBranchCharacters = 255;

/** `pr`: of the flags `--pr` and `--no-pr`. undefined: nothing is known. @throws Failure */
export async function sourceOf(
  cwd: string,
  pr: string | boolean | undefined,
): Promise<PreviewSource | undefined> {
  if (pr === false) return { remotes: [], pr: 'none' };
  const named = typeof pr === 'string' ? pullOf(pr) : undefined;
  if (pr !== undefined && named === undefined) {
    throw new Failure(
      ExitCode.usage,
      `--pr ${String(pr)}: must be a pull request’s URL, OWNER/NAME#N, or N`,
    );
  }
  const found = await workingCopy(gitIn(cwd));
  if (typeof named === 'number' && !found?.remotes.length) {
    throw new Failure(ExitCode.usage, `--pr ${named}: there is no git remote here; give its URL`);
  }
  if (named === undefined) return found;
  return { remotes: [], ...found, pr: named };
}

/** undefined: no working copy, or none of a repository at GitHub. */
async function workingCopy(git: Git): Promise<PreviewSource | undefined> {
  const [list, sha, local] = await Promise.all([
    git('remote', '-v'),
    git('rev-parse', '--verify', '--quiet', 'HEAD'),
    git('symbolic-ref', '--short', '--quiet', 'HEAD'),
  ]);
  const remotes = remotesIn(list ?? '');
  if (remotes.length === 0) return undefined;
  const tracked = local ? await trackedBy(git, local) : undefined;
  const names = inOrder(remotes, tracked?.upstream.remote).flatMap(({ fetch }) =>
    fetch ? [`${fetch.owner}/${fetch.name}`] : [],
  );
  const to = remotes.find(({ name }) => name === tracked?.push.remote) ?? originOf(remotes);
  const branch = tracked && branchAt(to?.name, tracked, local ?? '');
  const isKnown = to?.push && branch && branch.length <= maxBranchCharacters;
  return {
    remotes: [...new Set(names)].slice(0, maxRemotes),
    ...(isKnown ? { owner: to.push?.owner ?? '', branch } : {}),
    ...(sha && /^[0-9a-f]{40}(?:[0-9a-f]{24})?$/.test(sha) ? { sha } : {}),
  };
}

interface Tracked {
  push: { remote: string; ref: string };
  upstream: { remote: string; ref: string };
}

async function trackedBy(git: Git, local: string): Promise<Tracked> {
  const fields = ['push:remotename', 'push:remoteref', 'upstream:remotename', 'upstream:remoteref'];
  const format = fields.map((field) => `%(${field})`).join('%09');
  const text = await git('for-each-ref', `--format=${format}`, `refs/heads/${local}`);
  const [pushRemote = '', pushRef = '', remote = '', ref = ''] = (text ?? '').split('\t');
  return { push: { remote: pushRemote, ref: pushRef }, upstream: { remote, ref } };
}

/** Git says where a push goes only where that is configured; else it is a branch of the same name. */
function branchAt(remote: string | undefined, { push, upstream }: Tracked, local: string): string {
  const isTracked = upstream.ref !== '' && upstream.remote === remote;
  const ref = push.ref !== '' ? push.ref : isTracked ? upstream.ref : `refs/heads/${local}`;
  return ref.replace(/^refs\/heads\//, '');
}

/** Where pull requests are opened comes first. */
function inOrder(remotes: readonly Remote[], upstream: string | undefined): Remote[] {
  const rank = ({ name }: Remote): number => {
    if (name === 'upstream') return 0;
    if (name === upstream) return 1;
    return name === 'origin' ? 2 : 3;
  };
  return remotes.toSorted((left, right) => rank(left) - rank(right));
}

function originOf(remotes: readonly Remote[]): Remote | undefined {
  return remotes.find(({ name }) => name === 'origin') ?? remotes[0];
}

/** `origin⇥URL (fetch)`, `origin⇥URL (push)` */
function remotesIn(list: string): Remote[] {
  const found = new Map<string, Remote>();
  for (const line of list.split('\n')) {
    const [, name, url, use] = /^(\S+)\t(.+) \((fetch|push)\)/.exec(line) ?? [];
    if (name === undefined || url === undefined) continue;
    const remote = found.get(name) ?? { name, fetch: undefined, push: undefined };
    remote[use === 'push' ? 'push' : 'fetch'] = repositoryOf(url);
    found.set(name, remote);
  }
  return [...found.values()].filter(({ fetch, push }) => fetch !== undefined || push !== undefined);
}
