/** `full-repository`: mostly addresses. */
import type { Addresses } from '../addresses.ts';
import type { Organization, Repository } from '../world.ts';
import { accountShape, founded, nodeId } from './accounts.ts';

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
  forks: 0,
  forks_count: 0,
  network_count: 0,
  open_issues: 0,
  open_issues_count: 0,
  size: 0,
  stargazers_count: 0,
  subscribers_count: 0,
  watchers: 0,
  watchers_count: 0,
};

export function repositoryShape(repository: Repository, owner: Organization, addresses: Addresses) {
  const { id, name } = repository;
  const fullName = `${owner.login}/${name}`;
  const url = `${addresses.api}/repos/${fullName}`;
  const pages = `${addresses.web}/${fullName}`;
  return {
    id,
    node_id: nodeId('Repository', id),
    name,
    full_name: fullName,
    private: repository.private,
    visibility: repository.private ? 'private' : 'public',
    owner: accountShape(owner, addresses, 'Organization'),
    html_url: pages,
    description: null,
    fork: false,
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
    default_branch: 'main',
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
export function repositoryStub({ id, name, private: isPrivate }: Repository, owner: Organization) {
  return {
    id,
    node_id: nodeId('Repository', id),
    name,
    full_name: `${owner.login}/${name}`,
    private: isPrivate,
  };
}
