/** `repository` and `full-repository`: mostly addresses. */
import type { Addresses } from '../addresses.ts';
import type { GitHubState } from '../state.ts';
import type { Repository } from '../world.ts';
import { founded, nodeId, ownerShape } from './accounts.ts';

/** Addresses below a repository's own, by the field that has them. */
const below = {
  archive_url: '/{archive_format}{/ref}',
  assignees_url: '/assignees{/user}',
  blobs_url: '/git/blobs{/sha}',
  branches_url: '/branches{/branch}',
  collaborators_url: '/collaborators{/collaborator}',
  comments_url: '/comments{/number}',
  commits_url: '/commits{/sha}',
  compare_url: '/compare/{base}...{head}',
  contents_url: '/contents/{+path}',
  contributors_url: '/contributors',
  deployments_url: '/deployments',
  downloads_url: '/downloads',
  events_url: '/events',
  forks_url: '/forks',
  git_commits_url: '/git/commits{/sha}',
  git_refs_url: '/git/refs{/sha}',
  git_tags_url: '/git/tags{/sha}',
  hooks_url: '/hooks',
  issue_comment_url: '/issues/comments{/number}',
  issue_events_url: '/issues/events{/number}',
  issues_url: '/issues{/number}',
  keys_url: '/keys{/key_id}',
  labels_url: '/labels{/name}',
  languages_url: '/languages',
  merges_url: '/merges',
  milestones_url: '/milestones{/number}',
  notifications_url: '/notifications{?since,all,participating}',
  pulls_url: '/pulls{/number}',
  releases_url: '/releases{/id}',
  stargazers_url: '/stargazers',
  statuses_url: '/statuses/{sha}',
  subscribers_url: '/subscribers',
  subscription_url: '/subscription',
  tags_url: '/tags',
  teams_url: '/teams',
  trees_url: '/git/trees{/sha}',
};

const counts = {
  network_count: 0,
  open_issues: 0,
  open_issues_count: 0,
  size: 0,
  stargazers_count: 0,
  subscribers_count: 0,
  watchers: 0,
  watchers_count: 0,
};

/** `owner/name`, as it is now. */
export function fullNameOf({ owner_id, name }: Repository, state: GitHubState): string {
  return `${state.account(owner_id)?.login ?? 'ghost'}/${name}`;
}

export function visibilityOf({ private: isPrivate, internal }: Repository) {
  if (internal) return 'internal';
  return isPrivate ? 'private' : 'public';
}

/** `full-repository`: a fork says of what, which no list and no event does. */
export function fullRepositoryShape(
  repository: Repository,
  state: GitHubState,
  addresses: Addresses,
) {
  const shape = repositoryShape(repository, state, addresses);
  const parent = forkedFrom(repository, state);
  if (parent === undefined) return shape;
  let source = parent;
  for (let above = forkedFrom(source, state); above !== undefined;) {
    source = above;
    above = forkedFrom(source, state);
  }
  return {
    ...shape,
    parent: repositoryShape(parent, state, addresses),
    source: repositoryShape(source, state, addresses),
  };
}

function forkedFrom({ fork_of }: Repository, state: GitHubState): Repository | undefined {
  return fork_of === null ? undefined : state.repository(fork_of);
}

export function repositoryShape(repository: Repository, state: GitHubState, addresses: Addresses) {
  const { id, name } = repository;
  const fullName = fullNameOf(repository, state);
  const forks = state.world.repositories.filter(({ fork_of }) => fork_of === id).length;
  const url = `${addresses.api}/repos/${fullName}`;
  const pages = `${addresses.web}/${fullName}`;
  return {
    id,
    node_id: nodeId('Repository', id),
    name,
    full_name: fullName,
    private: repository.private,
    visibility: visibilityOf(repository),
    owner: ownerShape(repository.owner_id, state, addresses),
    html_url: pages,
    description: null,
    fork: repository.fork_of !== null,
    forks,
    forks_count: forks,
    url,
    ...Object.fromEntries(Object.entries(below).map(([field, path]) => [field, `${url}${path}`])),
    ...counts,
    clone_url: `${pages}.git`,
    git_url: `git://${new URL(pages).host}/${fullName}.git`,
    ssh_url: `git@${new URL(pages).hostname}:${fullName}.git`,
    svn_url: pages,
    mirror_url: null,
    homepage: null,
    language: null,
    license: null,
    default_branch: repository.default_branch,
    has_downloads: true,
    has_issues: true,
    has_projects: true,
    has_wiki: false,
    has_pages: false,
    has_discussions: false,
    archived: false,
    disabled: false,
    allow_forking: false,
    is_template: false,
    web_commit_signoff_required: false,
    topics: [],
    created_at: founded,
    updated_at: founded,
    pushed_at: founded,
  };
}

/** How a repository stands in the payload of an installation's event. */
export function repositoryStub(repository: Repository, state: GitHubState) {
  const { id, name, private: isPrivate } = repository;
  return {
    id,
    node_id: nodeId('Repository', id),
    name,
    full_name: fullNameOf(repository, state),
    private: isPrivate,
  };
}
