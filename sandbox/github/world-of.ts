/** How a seed becomes a world. */
import { createHash } from 'node:crypto';
import { danglingReference } from './dangling.ts';
import { newId } from './ids.ts';
import { privateKeyFor } from './keys.ts';
import {
  worldSchema,
  type Commit,
  type PullRequest,
  type ReadSeed,
  type Repository,
  type SeededPullRequest,
  type World,
} from './world.ts';

/** @throws Error naming each place where the seed is not what it has to be */
export function worldOf(seed: unknown): World {
  const read = worldSchema.safeParse(seed);
  if (!read.success) {
    const places = read.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`);
    throw new Error(`the seed is not valid: ${places.join('; ')}`);
  }
  const problem = danglingReference(read.data);
  if (problem !== undefined) throw new Error(`the seed is not valid: ${problem}`);
  return completed(read.data);
}

function completed(seed: ReadSeed): World {
  const repositories = seed.repositories.map(withBranches);
  return {
    ...seed,
    apps: seed.apps.map((app) => ({
      ...app,
      private_key: app.private_key ?? privateKeyFor(`app ${app.id}`),
    })),
    repositories,
    commits: [...seed.commits, ...unmentioned(seed.commits, repositories)],
    issues: seed.issues.map(withId),
    pull_requests: seed.pull_requests.map((pull) => withPlaces(pull, repositories)),
    comments: seed.comments.map(withId),
    reactions: seed.reactions.map(withId),
    happenings: seed.happenings.map(withId),
  };
}

function withId<Value extends { readonly id?: number | undefined }>(value: Value) {
  return { ...value, id: value.id ?? newId() };
}

function withBranches(repository: ReadSeed['repositories'][number]): Repository {
  const { id, default_branch: name, branches } = repository;
  return { ...repository, branches: branches ?? [{ name, sha: shaOf(`${id} ${name}`) }] };
}

/** The same for the same name, on every start. */
function shaOf(name: string): string {
  return createHash('sha1').update(name).digest('hex');
}

/** A commit for each branch that the seed says nothing else about, on top of the default branch. */
function unmentioned(commits: readonly Commit[], repositories: readonly Repository[]): Commit[] {
  const known = new Set(commits.map(({ sha }) => sha));
  const added: Commit[] = [];
  for (const repository of repositories) {
    const main = headOf(repository, repository.default_branch);
    for (const { sha, name } of repository.branches) {
      if (known.has(sha)) continue;
      known.add(sha);
      const parents = main === undefined || sha === main ? [] : [main];
      const message = parents.length === 0 ? 'First commit' : `Work on ${name}`;
      added.push({ sha, parents, message, user_id: null, created_at: '2024-01-01T00:00:00Z' });
    }
  }
  return added;
}

function headOf(repository: Repository, branch: string): string | undefined {
  return repository.branches.find(({ name }) => name === branch)?.sha;
}

function withPlaces(pull: SeededPullRequest, repositories: readonly Repository[]): PullRequest {
  const { head, base } = pull;
  const repositoryId = head.repository_id === undefined ? pull.repository_id : head.repository_id;
  const find = (id: number | null) => repositories.find((repository) => repository.id === id);
  const from = find(repositoryId);
  const into = find(pull.repository_id);
  const headSha = head.sha ?? (from && headOf(from, head.ref));
  const baseSha = base.sha ?? (into && headOf(into, base.ref));
  const ownerId = head.owner_id ?? from?.owner_id;
  if (headSha === undefined || baseSha === undefined || ownerId === undefined) {
    const what = `pull request ${pull.number} of repository ${pull.repository_id}`;
    throw new Error(`the seed is not valid: ${what} names a branch or an owner that is not there`);
  }
  return {
    ...withId(pull),
    head: { repository_id: repositoryId, owner_id: ownerId, ref: head.ref, sha: headSha },
    base: { ref: base.ref, sha: baseSha },
  };
}
