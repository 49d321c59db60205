/** Pull requests come, change and go. */
import { branchOf, commitsOf } from '../commits.ts';
import { newId } from '../ids.ts';
import { randomHex } from '../random-text.ts';
import { pullRequestShape } from '../shapes/pull-requests.ts';
import { nextNumber } from '../threads.ts';
import type { Author, Commit, PullRequest, Repository } from '../world.ts';
import { nameOf, person, type Doing } from './doing.ts';
import { remember } from './happenings.ts';

export interface Proposal {
  readonly title: string;
  readonly body: string | null;
  readonly draft: boolean;
  /** Whose branch it is: the same repository or a fork. */
  readonly from: Repository;
  readonly head: string;
  readonly base: string;
}

/** @throws Error when a branch is missing, there is nothing to merge, or it is proposed already */
export function openPullRequest(
  doing: Doing,
  repository: Repository,
  { title, body, draft, from, head, base }: Proposal,
  userId: number,
): PullRequest {
  const { state } = doing;
  if (title.trim() === '') throw new Error('a pull request needs a title');
  const [source, target] = [branchOf(from, head), branchOf(repository, base)];
  if (source === undefined) throw new Error(`${nameOf(doing, from)} has no branch ${head}`);
  if (target === undefined) throw new Error(`${nameOf(doing, repository)} has no branch ${base}`);
  const related = from.id === repository.id || from.fork_of === repository.id;
  if (!related)
    throw new Error(`${nameOf(doing, from)} is no fork of ${nameOf(doing, repository)}`);
  const label = `${nameOf(doing, from).split('/')[0] ?? ''}:${head}`;
  const twin = state.world.pull_requests.find(
    (pull) =>
      pull.repository_id === repository.id &&
      pull.state === 'open' &&
      pull.base.ref === base &&
      isOfBranch(pull, from, head),
  );
  if (twin !== undefined) throw new Error(`A pull request already exists for ${label}.`);
  const now = state.clock.timestamp();
  const pull: PullRequest = {
    id: newId(),
    repository_id: repository.id,
    number: nextNumber(state, repository.id),
    title,
    body,
    user_id: userId,
    state: 'open',
    draft,
    head: { repository_id: from.id, owner_id: from.owner_id, ref: head, sha: source.sha },
    base: { ref: base, sha: target.sha },
    created_at: now,
    updated_at: now,
    closed_at: null,
    merged_at: null,
    merged_by_id: null,
    merge_commit_sha: null,
  };
  if (commitsOf(state, pull).length === 0) {
    throw new Error(`No commits between ${base} and ${label}`);
  }
  state.world.pull_requests.push(pull);
  tellPullRequest(doing, pull, person({ id: userId }), { action: 'opened' });
  return pull;
}

/** @throws Error when it is not open */
export function closePullRequest(doing: Doing, pull: PullRequest, sender: Author): void {
  requireState(pull, 'open');
  pull.closed_at = touch(doing, pull);
  pull.state = 'closed';
  remember(doing, pull, 'closed', sender);
  tellPullRequest(doing, pull, sender, { action: 'closed' });
}

/** @throws Error when it is open or merged, or its branch is gone */
export function reopenPullRequest(doing: Doing, pull: PullRequest, sender: Author): void {
  requireState(pull, 'closed');
  if (pull.merged_at !== null) throw new Error(`#${pull.number} is merged`);
  const { repository_id, ref } = pull.head;
  const from = repository_id === null ? undefined : doing.state.repository(repository_id);
  const branch = from && branchOf(from, ref);
  if (branch === undefined) throw new Error(`the branch of #${pull.number} is gone`);
  if (pull.head.sha !== branch.sha) {
    remember(doing, pull, 'pushed', sender, { from: pull.head.sha, to: branch.sha });
  }
  pull.head.sha = branch.sha;
  pull.state = 'open';
  pull.closed_at = null;
  touch(doing, pull);
  remember(doing, pull, 'reopened', sender);
  tellPullRequest(doing, pull, sender, { action: 'reopened' });
}

/** By a merge commit on the base. @throws Error when it is not open */
export function mergePullRequest(doing: Doing, pull: PullRequest, userId: number): void {
  requireState(pull, 'open');
  const { state } = doing;
  const repository = state.repository(pull.repository_id);
  const base = repository && branchOf(repository, pull.base.ref);
  if (base === undefined) throw new Error(`there is no branch ${pull.base.ref}`);
  const merge: Commit = {
    sha: randomHex(40),
    parents: [base.sha, pull.head.sha],
    message: `Merge pull request #${pull.number}`,
    user_id: userId,
    created_at: touch(doing, pull),
  };
  state.world.commits.push(merge);
  base.sha = merge.sha;
  pull.state = 'closed';
  pull.merged_at = pull.closed_at = merge.created_at;
  pull.merged_by_id = userId;
  pull.merge_commit_sha = merge.sha;
  remember(doing, pull, 'merged', person({ id: userId }), { from: merge.sha, to: pull.base.ref });
  tellPullRequest(doing, pull, person({ id: userId }), { action: 'closed' });
}

export interface Edit {
  readonly title?: string | undefined;
  readonly body?: string | null | undefined;
  /** The branch that it is to be merged into. */
  readonly base?: string | undefined;
}

/** Nobody hears of an edit that changes nothing. @throws Error when there is no such branch */
export function editPullRequest(
  doing: Doing,
  pull: PullRequest,
  { title = pull.title, body = pull.body, base = pull.base.ref }: Edit,
  sender: Author,
): void {
  if (title.trim() === '') throw new Error('a pull request needs a title');
  const repository = doing.state.repository(pull.repository_id);
  const target = repository && branchOf(repository, base);
  if (target === undefined) throw new Error(`there is no branch ${base}`);
  const changes = {
    ...(title === pull.title ? {} : { title: { from: pull.title } }),
    ...(body === pull.body ? {} : { body: { from: pull.body ?? '' } }),
    ...(base === pull.base.ref
      ? {}
      : { base: { ref: { from: pull.base.ref }, sha: { from: pull.base.sha } } }),
  };
  if (Object.keys(changes).length === 0) return;
  if (base !== pull.base.ref) {
    remember(doing, pull, 'retargeted', sender, { from: pull.base.ref, to: base });
    pull.base = { ref: base, sha: target.sha };
  }
  if (title !== pull.title) {
    remember(doing, pull, 'renamed', sender, { from: pull.title, to: title });
  }
  pull.title = title;
  pull.body = body;
  touch(doing, pull);
  tellPullRequest(doing, pull, sender, { action: 'edited', changes });
}

export function isOfBranch({ head }: PullRequest, { id }: Repository, branch: string): boolean {
  return head.repository_id === id && head.ref === branch;
}

export function tellPullRequest(
  { state, events }: Doing,
  pull: PullRequest,
  sender: Author,
  what: object,
): void {
  const repository = state.repository(pull.repository_id);
  if (repository === undefined) return;
  events.inRepository(repository, {
    event: 'pull_request',
    permission: 'pull_requests',
    sender,
    payload: {
      ...what,
      number: pull.number,
      pull_request: pullRequestShape(pull, repository, state, events.addresses),
    },
  });
}

function touch({ state }: Doing, pull: PullRequest): string {
  pull.updated_at = state.clock.timestamp();
  return pull.updated_at;
}

function requireState(pull: PullRequest, expected: PullRequest['state']): void {
  if (pull.state !== expected) throw new Error(`#${pull.number} is ${pull.state}`);
}
