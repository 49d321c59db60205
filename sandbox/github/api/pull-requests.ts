/** Pull requests: found by branch, by commit or by number. */
import { commitOf, commitsOf, resolveRef } from '../commits.ts';
import { pageOf } from '../paging.ts';
import { ApiError, ok } from '../reply.ts';
import { pullRequestShape, simplePullRequestShape } from '../shapes/pull-requests.ts';
import type { PullRequest, Repository } from '../world.ts';
import { asReader, param, type Call, type Operations } from './call.ts';
import { requireInRepository, visibleRepository } from './repository-access.ts';
import { pullRequestPlaceOf } from './threads.ts';

export const pullRequestOperations: Operations = {
  'pulls/list': asReader((call, actor) => {
    const repository = visibleRepository(call, actor);
    requireInRepository(call, actor, repository, 'pull_request');
    const { searchParams } = call.url;
    const state = searchParams.get('state') ?? 'open';
    const base = searchParams.get('base');
    const found = inRepository(call, repository)
      .filter((pull) => state === 'all' || pull.state === state)
      .filter((pull) => base === null || pull.base.ref === base)
      .filter((pull) => comesFrom(call, pull, searchParams.get('head')));
    return page(call, repository, sorted(found, searchParams));
  }),

  'pulls/get': asReader((call, actor) => {
    const { repository, pull } = pullRequestPlaceOf(call, actor);
    return ok(pullRequestShape(pull, repository, call.state, call.addresses));
  }),

  'repos/list-pull-requests-associated-with-commit': asReader((call, actor) => {
    const repository = visibleRepository(call, actor);
    requireInRepository(call, actor, repository, 'pull_request');
    if (repository.branches.length === 0) throw new ApiError(409, 'Git Repository is empty.');
    const ref = param(call, 'commit_sha');
    const sha = resolveRef(call.state, repository, ref);
    if (sha === undefined || commitOf(call.state, sha) === undefined) {
      throw new ApiError(422, `No commit found for SHA: ${ref}`);
    }
    const found = inRepository(call, repository).filter(
      (pull) =>
        (pull.state === 'open' || pull.merged_at !== null) &&
        // Never those from forks: n8n-io/n8n-docs#5340 has a table of it.
        pull.head.repository_id === repository.id &&
        (pull.merge_commit_sha === sha ||
          commitsOf(call.state, pull).some((commit) => commit.sha === sha)),
    );
    return page(call, repository, found);
  }),
};

function inRepository({ state }: Call, { id }: Repository): PullRequest[] {
  return state.world.pull_requests.filter(({ repository_id }) => repository_id === id);
}

/** A head without an owner is ignored, and all are there: argoproj-labs/gitops-promoter#1417. */
function comesFrom({ state }: Call, { head }: PullRequest, asked: string | null): boolean {
  if (asked === null || !asked.includes(':')) return true;
  const [owner = '', ...ref] = asked.split(':');
  const account = state.accountByLogin(owner);
  return head.owner_id === account?.id && head.ref === ref.join(':');
}

/** Newest first, unless it is asked otherwise. */
function sorted(pulls: readonly PullRequest[], params: URLSearchParams): PullRequest[] {
  const sort = params.get('sort') ?? 'created';
  const direction = params.get('direction') ?? (sort === 'created' ? 'desc' : 'asc');
  const ascending = pulls.toSorted((left, right) => {
    const [before, after] =
      sort === 'updated'
        ? [left.updated_at, right.updated_at]
        : [left.created_at, right.created_at];
    return Date.parse(before) - Date.parse(after) || left.number - right.number;
  });
  return direction === 'desc' ? ascending.toReversed() : ascending;
}

function page(call: Call, repository: Repository, pulls: readonly PullRequest[]) {
  const { items, headers } = pageOf(pulls, call.url);
  return ok(
    items.map((pull) => simplePullRequestShape(pull, repository, call.state, call.addresses)),
    headers,
  );
}
