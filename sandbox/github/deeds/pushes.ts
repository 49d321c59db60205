/** Commits come to a branch, or a branch comes and goes. */
import { branchOf, commitOf, commitsBetween } from '../commits.ts';
import { randomHex } from '../random-text.ts';
import type { Commit, Repository } from '../world.ts';
import { nameOf, person, type Doing } from './doing.ts';
import { remember } from './happenings.ts';
import { closePullRequest, isOfBranch, tellPullRequest } from './pull-requests.ts';

const nothing = '0'.repeat(40);

export interface Push {
  readonly branch: string;
  /** Of the commit; made when it is missing. One that is known already is not made again. */
  readonly sha?: string | undefined;
  readonly message?: string | undefined;
  /** Leaves out the commits that were on the branch, as a forced push may. */
  readonly force?: boolean | undefined;
}

/**
 * Puts a commit on a branch, which is made from the default one when it is not there; open pull
 * requests of that branch follow.
 * @returns the commit
 */
export function push(doing: Doing, repository: Repository, wanted: Push, userId: number): Commit {
  const { state } = doing;
  const main = branchOf(repository, repository.default_branch)?.sha;
  const known = branchOf(repository, wanted.branch);
  const parent = known === undefined || wanted.force === true ? main : known.sha;
  const commit = commitFor(doing, wanted, parent, userId);
  const before = known?.sha ?? nothing;
  if (known === undefined) repository.branches.push({ name: wanted.branch, sha: commit.sha });
  else known.sha = commit.sha;
  const forced = commitsBetween(state, commit.sha, before).length > 0;
  const after = commit.sha;
  tellPush(doing, repository, wanted.branch, userId, { before, after, forced });
  for (const pull of state.world.pull_requests) {
    if (pull.state !== 'open' || !isOfBranch(pull, repository, wanted.branch)) continue;
    if (pull.head.sha === after) continue;
    const by = person({ id: userId });
    const places = { from: pull.head.sha, to: after };
    remember(doing, pull, forced ? 'force_pushed' : 'pushed', by, places);
    pull.head.sha = after;
    pull.updated_at = state.clock.timestamp();
    tellPullRequest(doing, pull, by, { action: 'synchronize', before, after });
  }
  return commit;
}

function commitFor(
  { state }: Doing,
  { sha = randomHex(40), message = 'More work' }: Push,
  parent: string | undefined,
  userId: number,
): Commit {
  const known = commitOf(state, sha);
  if (known !== undefined) return known;
  const created_at = state.clock.timestamp();
  const parents = parent === undefined ? [] : [parent];
  const commit = { sha, parents, message, user_id: userId, created_at };
  state.world.commits.push(commit);
  return commit;
}

/** Its open pull requests are closed, as GitHub does. @throws Error when there is no such branch */
export function deleteBranch(
  doing: Doing,
  repository: Repository,
  name: string,
  userId: number,
): void {
  const branch = branchOf(repository, name);
  if (branch === undefined) throw new Error(`${nameOf(doing, repository)} has no branch ${name}`);
  repository.branches = repository.branches.filter((each) => each !== branch);
  tellPush(doing, repository, name, userId, { before: branch.sha, after: nothing, forced: false });
  const by = person({ id: userId });
  for (const pull of doing.state.world.pull_requests) {
    if (!isOfBranch(pull, repository, name)) continue;
    if (pull.state === 'open') closePullRequest(doing, pull, by);
    remember(doing, pull, 'branch_deleted', by, { from: name });
  }
}

interface Move {
  readonly before: string;
  readonly after: string;
  readonly forced: boolean;
}

function tellPush(
  doing: Doing,
  repository: Repository,
  branch: string,
  userId: number,
  { before, after, forced }: Move,
): void {
  const { state, events } = doing;
  const page = `${events.addresses.web}/${nameOf(doing, repository)}`;
  const created = before === nothing;
  const main = branchOf(repository, repository.default_branch)?.sha ?? nothing;
  const since = created && branch !== repository.default_branch ? main : before;
  const commits = commitsBetween(state, since, after).map((commit) => pushed(doing, page, commit));
  const head = commitOf(state, after);
  const pusher = { name: state.user(userId)?.login ?? 'ghost', email: null };
  events.inRepository(repository, {
    event: 'push',
    permission: 'contents',
    sender: person({ id: userId }),
    payload: {
      ref: `refs/heads/${branch}`,
      before,
      after,
      created,
      deleted: after === nothing,
      forced,
      base_ref: null,
      compare: `${page}/compare/${before.slice(0, 12)}...${after.slice(0, 12)}`,
      commits,
      head_commit: head === undefined ? null : pushed(doing, page, head),
      pusher,
    },
  });
}

function pushed({ state }: Doing, page: string, { sha, message, user_id, created_at }: Commit) {
  const login = (user_id === null ? undefined : state.user(user_id)?.login) ?? 'ghost';
  const who = { name: login, email: `${login}@users.noreply.github.localhost`, username: login };
  return {
    id: sha,
    tree_id: sha,
    distinct: true,
    message,
    timestamp: created_at,
    url: `${page}/commit/${sha}`,
    author: who,
    committer: who,
    added: [],
    removed: [],
    modified: [],
  };
}
