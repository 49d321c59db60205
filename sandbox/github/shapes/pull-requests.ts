/** `pull-request-simple`, as lists have it, and `pull-request`. */
import type { Addresses } from '../addresses.ts';
import { commitsOf } from '../commits.ts';
import type { GitHubState } from '../state.ts';
import { associationOf, commentsOf } from '../threads.ts';
import type { PullRequest, Repository } from '../world.ts';
import { nodeId, ownerShape } from './accounts.ts';
import { fullNameOf, repositoryShape } from './repositories.ts';
import { threadPage } from './threads.ts';

export function simplePullRequestShape(
  pull: PullRequest,
  repository: Repository,
  state: GitHubState,
  addresses: Addresses,
) {
  const { id, number, title, body, draft, created_at, updated_at, closed_at, merged_at } = pull;
  const root = `${addresses.api}/repos/${fullNameOf(repository, state)}`;
  const url = `${root}/pulls/${number}`;
  const html = threadPage(pull, repository, state, addresses);
  const links = {
    html_url: html,
    issue_url: `${root}/issues/${number}`,
    comments_url: `${root}/issues/${number}/comments`,
    review_comments_url: `${url}/comments`,
    review_comment_url: `${root}/pulls/comments{/number}`,
    commits_url: `${url}/commits`,
    statuses_url: `${root}/statuses/${pull.head.sha}`,
  };
  const hrefs = Object.entries(links).map(([name, href]) => [name.replace('_url', ''), { href }]);
  return {
    id,
    node_id: nodeId('PullRequest', id),
    url,
    ...links,
    diff_url: `${html}.diff`,
    patch_url: `${html}.patch`,
    number,
    title,
    body,
    draft,
    state: pull.state,
    locked: false,
    active_lock_reason: null,
    user: ownerShape(pull.user_id, state, addresses),
    author_association: associationOf(pull, repository, state),
    labels: [],
    milestone: null,
    assignee: null,
    assignees: [],
    requested_reviewers: [],
    requested_teams: [],
    auto_merge: null,
    created_at,
    updated_at,
    closed_at,
    merged_at,
    merge_commit_sha: pull.merge_commit_sha,
    head: placeShape({ ...pull.head }, state, addresses),
    base: placeShape(
      { repository_id: repository.id, owner_id: repository.owner_id, ...pull.base },
      state,
      addresses,
    ),
    _links: { self: { href: url }, ...Object.fromEntries(hrefs) } as object,
  };
}

/** A fork that is gone leaves null where its repository was. */
function placeShape(
  { repository_id, owner_id, ref, sha }: PullRequest['head'],
  state: GitHubState,
  addresses: Addresses,
) {
  const repository = repository_id === null ? undefined : state.repository(repository_id);
  const owner = ownerShape(owner_id, state, addresses);
  return {
    label: `${owner.login}:${ref}`,
    ref,
    sha,
    user: owner,
    repo: repository === undefined ? null : repositoryShape(repository, state, addresses),
  };
}

export function pullRequestShape(
  pull: PullRequest,
  repository: Repository,
  state: GitHubState,
  addresses: Addresses,
) {
  const commits = commitsOf(state, pull).length;
  const open = pull.state === 'open';
  return {
    ...simplePullRequestShape(pull, repository, state, addresses),
    merged: pull.merged_at !== null,
    merged_by: pull.merged_by_id === null ? null : ownerShape(pull.merged_by_id, state, addresses),
    mergeable: open ? true : null,
    rebaseable: open ? true : null,
    mergeable_state: open ? 'clean' : 'unknown',
    maintainer_can_modify: pull.head.repository_id !== repository.id,
    comments: commentsOf(state, pull).length,
    review_comments: 0,
    commits,
    additions: commits,
    deletions: 0,
    changed_files: Math.min(1, commits),
  };
}
