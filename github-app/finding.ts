/** To which pull requests a preview belongs, from what the CLI knows of the working copy. */
import type { Answer, Failure, Pull, PullRequests, Repository } from './ports.ts';

export interface WorkingCopy {
  /** Repositories of the remotes in which the app is installed: where pull requests may be open. */
  bases: readonly Repository[];
  /** `--pr`; decides alone. */
  explicit: { base: Repository; number: number } | undefined;
  /** Where `git push` goes: the owner and branch there, and its repository if it is known. */
  push: { owner: string; branch: string; repositoryId: number | undefined } | undefined;
  sha: string | undefined;
}

export interface Found {
  base: Repository;
  pull: Pull;
}

/** More are a mistake, and each is a comment. */
export const maxFound = 5;

/**
 * Open ones, by the flag, else by the branch, else by the commit; empty: none yet, so remember the
 * branch. A repository that cannot be asked about does not hide the others.
 */
export async function findPulls(
  github: PullRequests,
  { bases, explicit, push, sha }: WorkingCopy,
): Promise<Answer<Found[]>> {
  if (explicit) {
    const answer = await github.pull({ repository: explicit.base, number: explicit.number });
    return answer.kind === 'ok'
      ? { kind: 'ok', value: openOnes(explicit.base, [answer.value]) }
      : answer;
  }
  const byBranch = await inAll(bases, async (base) => {
    if (!push) return { kind: 'ok', value: [] };
    const answer = await github.pullsByHead(base, push.owner, push.branch);
    return answer.kind === 'ok'
      ? { kind: 'ok', value: answer.value.filter(({ head }) => isPushedTo(head, push)) }
      : answer;
  });
  if (byBranch.kind !== 'ok' || byBranch.value.length > 0) return byBranch;
  return inAll(bases, async (base) => {
    if (sha === undefined) return { kind: 'ok', value: [] };
    const answer = await github.pullsOfCommit(base, sha);
    return answer.kind === 'ok'
      ? { kind: 'ok', value: answer.value.filter(({ head }) => head.sha === sha) }
      : answer;
  });
}

function isPushedTo({ branch, repository }: Pull['head'], push: NonNullable<WorkingCopy['push']>) {
  if (branch !== push.branch || !repository) return false;
  if (push.repositoryId !== undefined) return repository.id === push.repositoryId;
  return repository.owner.login.toLowerCase() === push.owner.toLowerCase();
}

async function inAll(
  bases: readonly Repository[],
  ask: (base: Repository) => Promise<Answer<Pull[]>>,
): Promise<Answer<Found[]>> {
  const found: Found[] = [];
  let failure: Failure | undefined;
  for (const base of bases) {
    const answer = await ask(base);
    if (answer.kind === 'ok') found.push(...openOnes(base, answer.value));
    else if (answer.kind === 'unavailable') failure = answer;
  }
  if (found.length === 0 && failure) return failure;
  return { kind: 'ok', value: found.slice(0, maxFound) };
}

function openOnes(base: Repository, pulls: readonly Pull[]): Found[] {
  return pulls
    .filter(({ state, base: { repository } }) => state === 'open' && repository.id === base.id)
    .map((pull) => ({ base: pull.base.repository, pull }));
}
