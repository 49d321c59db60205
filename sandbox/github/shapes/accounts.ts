/** People and organisations as the API writes them. */
import type { Addresses } from '../addresses.ts';
import type { GitHubState } from '../state.ts';
import type { App, Author, Organization, User } from '../world.ts';

/** When everybody of the sandbox joined. */
export const founded = '2024-01-01T00:00:00Z';

export function nodeId(kind: string, id: number): string {
  return Buffer.from(`0${kind.length}:${kind}${id}`).toString('base64');
}

/** `simple-user`: what stands for an account inside other things. */
export function accountShape(
  { id, login }: { readonly id: number; readonly login: string },
  { web, api }: Addresses,
  type: 'User' | 'Organization' | 'Bot' = 'User',
) {
  const url = `${api}/users/${encodeURIComponent(login)}`;
  return {
    login,
    id,
    node_id: nodeId(type, id),
    avatar_url: `${web}/avatars/${id}`,
    gravatar_id: '',
    url,
    html_url: `${web}/${login}`,
    followers_url: `${url}/followers`,
    following_url: `${url}/following{/other_user}`,
    gists_url: `${url}/gists{/gist_id}`,
    starred_url: `${url}/starred{/owner}{/repo}`,
    subscriptions_url: `${url}/subscriptions`,
    organizations_url: `${url}/orgs`,
    repos_url: `${url}/repos`,
    events_url: `${url}/events{/privacy}`,
    received_events_url: `${url}/received_events`,
    type,
    user_view_type: 'public',
    site_admin: false,
  };
}

/** The account that an app has in its own name. */
export function botOf({ id, slug }: App): User {
  return { id: 100_000_000 + id, login: `${slug}[bot]`, name: null };
}

function botShape(app: App, addresses: Addresses) {
  const shape = accountShape(botOf(app), addresses, 'Bot');
  return { ...shape, html_url: `${addresses.web}/apps/${app.slug}` };
}

/** `simple-user` of whoever wrote something. */
export function authorShape({ user_id, app_id }: Author, state: GitHubState, addresses: Addresses) {
  if (user_id !== null) return ownerShape(user_id, state, addresses);
  const app = app_id === null ? undefined : state.app(app_id);
  return app === undefined ? ghostShape(addresses) : botShape(app, addresses);
}

/** `simple-user` of a person or an organisation. */
export function ownerShape(id: number, state: GitHubState, addresses: Addresses) {
  const organization = state.organization(id);
  if (organization !== undefined) return accountShape(organization, addresses, 'Organization');
  const user = state.user(id);
  return user === undefined ? ghostShape(addresses) : accountShape(user, addresses);
}

/** Stands for accounts that are gone. */
function ghostShape(addresses: Addresses) {
  return accountShape({ id: 10_137, login: 'ghost' }, addresses);
}

/** `public-user`: what an app without permissions on the account sees of a person. */
export function userShape(user: User, addresses: Addresses) {
  return {
    ...accountShape(user, addresses),
    name: user.name,
    company: null,
    blog: '',
    location: null,
    email: null,
    hireable: null,
    bio: null,
    twitter_username: null,
    public_repos: 0,
    public_gists: 0,
    followers: 0,
    following: 0,
    created_at: founded,
    updated_at: founded,
  };
}

/** `organization-simple`. */
export function organizationShape({ id, login }: Organization, { web, api }: Addresses) {
  const url = `${api}/orgs/${login}`;
  return {
    login,
    id,
    node_id: nodeId('Organization', id),
    url,
    repos_url: `${url}/repos`,
    events_url: `${url}/events`,
    hooks_url: `${url}/hooks`,
    issues_url: `${url}/issues`,
    members_url: `${url}/members{/member}`,
    public_members_url: `${url}/public_members{/member}`,
    avatar_url: `${web}/avatars/${id}`,
    description: null,
  };
}

/** `organization-full`, as somebody outside sees it. */
export function fullOrganizationShape(organization: Organization, addresses: Addresses) {
  return {
    ...organizationShape(organization, addresses),
    name: organization.name ?? organization.login,
    html_url: `${addresses.web}/${organization.login}`,
    is_verified: false,
    has_organization_projects: true,
    has_repository_projects: true,
    public_repos: 0,
    public_gists: 0,
    followers: 0,
    following: 0,
    created_at: founded,
    updated_at: founded,
    archived_at: null,
    type: 'Organization',
  };
}
