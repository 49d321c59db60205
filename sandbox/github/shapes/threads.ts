/** `issue` and `issue-comment`: what issues and pull requests have in common. */
import type { Addresses } from '../addresses.ts';
import type { GitHubState } from '../state.ts';
import { associationOf, commentsOf, isPullRequest, reactionsOf } from '../threads.ts';
import type { Comment, Repository, Thread } from '../world.ts';
import { authorShape, nodeId, ownerShape } from './accounts.ts';
import { appShape } from './apps.ts';
import { rollupShape } from './reactions.ts';
import { fullNameOf } from './repositories.ts';

/** A pull request has a number of its own as an issue: nobody may take one for the other. */
const issueIdOf = (thread: Thread): number =>
  isPullRequest(thread) ? thread.id + 500_000_000 : thread.id;

export function issueShape(
  thread: Thread,
  repository: Repository,
  state: GitHubState,
  addresses: Addresses,
) {
  const id = issueIdOf(thread);
  const repositoryUrl = `${addresses.api}/repos/${fullNameOf(repository, state)}`;
  const url = `${repositoryUrl}/issues/${thread.number}`;
  const { number, title, body, created_at, updated_at, closed_at } = thread;
  return {
    id,
    node_id: nodeId('Issue', id),
    url,
    repository_url: repositoryUrl,
    labels_url: `${url}/labels{/name}`,
    comments_url: `${url}/comments`,
    events_url: `${url}/events`,
    timeline_url: `${url}/timeline`,
    html_url: threadPage(thread, repository, state, addresses),
    number,
    title,
    body,
    state: thread.state,
    state_reason: null,
    user: ownerShape(thread.user_id, state, addresses),
    labels: [],
    assignee: null,
    assignees: [],
    milestone: null,
    locked: false,
    active_lock_reason: null,
    comments: commentsOf(state, thread).length,
    created_at,
    updated_at,
    closed_at,
    author_association: associationOf(thread, repository, state),
    reactions: rollupShape(reactionsOf(state, thread, null), url),
    performed_via_github_app: null,
    ...pullRequestPart(thread, repository, state, addresses),
  };
}

function pullRequestPart(
  thread: Thread,
  repository: Repository,
  state: GitHubState,
  addresses: Addresses,
) {
  if (!isPullRequest(thread)) return {};
  const { draft, merged_at, number } = thread;
  const html = threadPage(thread, repository, state, addresses);
  return {
    draft,
    pull_request: {
      url: `${addresses.api}/repos/${fullNameOf(repository, state)}/pulls/${number}`,
      html_url: html,
      diff_url: `${html}.diff`,
      patch_url: `${html}.patch`,
      merged_at,
    },
  };
}

/** Where people read it. */
export function threadPage(
  thread: Thread,
  repository: Repository,
  state: GitHubState,
  { web }: Addresses,
): string {
  const kind = isPullRequest(thread) ? 'pull' : 'issues';
  return `${web}/${fullNameOf(repository, state)}/${kind}/${thread.number}`;
}

export function commentShape(
  comment: Comment,
  thread: Thread,
  repository: Repository,
  state: GitHubState,
  addresses: Addresses,
) {
  const { id, body, created_at, updated_at, app_id } = comment;
  const issues = `${addresses.api}/repos/${fullNameOf(repository, state)}/issues`;
  const url = `${issues}/comments/${id}`;
  const app = app_id === null ? undefined : state.app(app_id);
  const appOwner = app && state.organization(app.owner_id);
  return {
    id,
    node_id: nodeId('IssueComment', id),
    url,
    html_url: `${threadPage(thread, repository, state, addresses)}#issuecomment-${id}`,
    issue_url: `${issues}/${thread.number}`,
    body,
    user: authorShape(comment, state, addresses),
    author_association: associationOf(comment, repository, state),
    created_at,
    updated_at,
    reactions: rollupShape(reactionsOf(state, thread, id), url),
    performed_via_github_app:
      app === undefined || appOwner === undefined ? null : appShape(app, appOwner, 1, addresses),
    pin: null,
  };
}
