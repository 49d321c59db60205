/** Which commits are whose. */
import type { GitHubState } from './state.ts';
import type { Branch, Commit, PullRequest, Repository } from './world.ts';

export function commitOf({ world }: GitHubState, sha: string): Commit | undefined {
  return world.commits.find((commit) => commit.sha === sha);
}

export function branchOf({ branches }: Repository, name: string): Branch | undefined {
  return branches.find((branch) => branch.name === name);
}

/** A branch, a tag's place, or a commit by its number; undefined when there is no such commit. */
export function resolveRef(
  state: GitHubState,
  repository: Repository,
  ref: string,
): string | undefined {
  const name = ref.replace(/^(?:refs\/)?heads\//, '');
  return branchOf(repository, name)?.sha ?? commitOf(state, ref)?.sha;
}

/** From a commit back to the first ones, newest first. */
export function historyOf(state: GitHubState, sha: string): Commit[] {
  const wanted = new Set([sha]);
  const history: Commit[] = [];
  for (const each of wanted) {
    const commit = commitOf(state, each);
    if (commit === undefined) continue;
    history.push(commit);
    for (const parent of commit.parents) wanted.add(parent);
  }
  return history;
}

/** What a pull request would bring, oldest first. */
export function commitsOf(state: GitHubState, { head, base }: PullRequest): Commit[] {
  return commitsBetween(state, base.sha, head.sha);
}

/** What is at one commit and not yet at another, oldest first. */
export function commitsBetween(state: GitHubState, from: string, to: string): Commit[] {
  const there = new Set(historyOf(state, from).map(({ sha }) => sha));
  return historyOf(state, to)
    .filter(({ sha }) => !there.has(sha))
    .toReversed();
}
