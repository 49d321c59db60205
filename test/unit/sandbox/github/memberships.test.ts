import { describe, expect, it } from 'vitest';
import { useGitHub } from './client.ts';

const client = useGitHub();

function join(
  login: string,
  role: 'admin' | 'member' | 'billing_manager',
  state = 'active' as const,
) {
  client.github.actions.act({ action: 'set_member', org: 'sandbox', login, role, state });
}

describe('an installation with members:read', () => {
  // Schema org-membership; docs.github.com/en/rest/orgs/members#get-organization-membership-for-a-user
  it.each([
    ['alice', 200, { role: 'admin', state: 'active' }],
    ['bob', 200, { role: 'member', state: 'active' }],
    ['BOB', 200, { role: 'member', state: 'active' }],
    ['pat', 200, { role: 'member', state: 'pending' }],
    ['mallory', 404, { message: 'Not Found' }],
    ['nobody', 404, { message: 'Not Found' }],
  ])('sees the membership of %s', async (login, status, body) => {
    const as = await client.installationToken();
    expect(await client.api(`/orgs/sandbox/memberships/${login}`, { as })).toMatchObject({
      status,
      body,
    });
  });

  it('gets numbers, which survive a change of name', async () => {
    const as = await client.installationToken();
    const { body } = await client.api('/orgs/sandbox/memberships/bob', { as });
    expect([body.user.id, body.organization.id]).toEqual([1002, 1]);
    client.github.actions.act({ action: 'rename_user', login: 'bob', to: 'robert' });
    expect((await client.api('/orgs/sandbox/memberships/bob', { as })).status).toBe(404);
    expect((await client.api('/user/1002', { as })).body).toMatchObject({
      login: 'robert',
      id: 1002,
    });
    expect((await client.api('/orgs/sandbox/memberships/robert', { as })).body.user.id).toBe(1002);
  });

  it('a billing manager has a membership and is no member', async () => {
    join('mallory', 'billing_manager');
    const as = await client.installationToken();
    const { body } = await client.api('/orgs/sandbox/memberships/mallory', { as });
    expect(body).toMatchObject({ role: 'billing_manager', state: 'active' });
    expect((await client.api('/orgs/sandbox/members/mallory', { as })).status).toBe(404);
  });

  it('an outside collaborator has none', async () => {
    client.github.state.world.organizations[0]!.outside_collaborators.push(1003);
    const as = await client.installationToken();
    expect((await client.api('/orgs/sandbox/memberships/mallory', { as })).status).toBe(404);
    expect((await client.api('/orgs/sandbox/members/mallory', { as })).status).toBe(404);
  });

  // docs.github.com/en/rest/orgs/members#check-organization-membership-for-a-user
  it.each([
    ['alice', 204],
    ['bob', 204],
    ['pat', 404],
    ['mallory', 404],
  ])('is told in a word whether %s is a member', async (login, status) => {
    const as = await client.installationToken();
    expect((await client.api(`/orgs/sandbox/members/${login}`, { as })).status).toBe(status);
  });

  it.each([
    ['', ['alice', 'bob']],
    ['?role=admin', ['alice']],
    ['?role=member', ['bob']],
  ])('lists the members%s', async (query, logins) => {
    const as = await client.installationToken();
    const { body } = await client.api(`/orgs/sandbox/members${query}`, { as });
    expect(body.map(({ login }: { login: string }) => login)).toEqual(logins);
  });

  it('is a stranger in another organisation', async () => {
    client.github.state.world.organizations.push({
      id: 2,
      login: 'other',
      name: null,
      members: [{ user_id: 1001, role: 'admin', state: 'active', public: false, saml: false }],
      outside_collaborators: [],
      default_repository_permission: 'read',
    });
    const as = await client.installationToken();
    expect((await client.api('/orgs/other/memberships/alice', { as })).status).toBe(403);
    expect((await client.api('/orgs/other/members', { as })).body).toEqual([]);
    // "302: Response if requester is not an organization member".
    const answer = await client.api('/orgs/other/members/alice', { as });
    expect(answer.status).toBe(302);
    const location = new URL(answer.headers.get('location')!);
    expect(location.pathname).toBe('/api/v3/orgs/other/public_members/alice');
    expect((await client.api(location.pathname.slice('/api/v3'.length), { as })).status).toBe(404);
    client.github.state.world.organizations[1]!.members[0]!.public = true;
    expect((await client.api(location.pathname.slice('/api/v3'.length), { as })).status).toBe(204);
    expect((await client.api('/orgs/other/members', { as })).body).toMatchObject([{ id: 1001 }]);
  });
});

// docs.github.com/en/rest/authentication/permissions-required-for-github-apps (Members)
describe('an installation without members:read', () => {
  const blind = () => client.installationToken({ permissions: { pull_requests: 'write' } });

  it('finds nobody among the members: kestra-io/docs#5414', async () => {
    const as = await blind();
    expect((await client.api('/orgs/sandbox/members/alice', { as })).status).toBe(404);
    expect((await client.api('/orgs/sandbox/members', { as })).body).toEqual([]);
  });

  it('may not ask for a membership', async () => {
    const answer = await client.api('/orgs/sandbox/memberships/alice', { as: await blind() });
    expect(answer.status).toBe(403);
    expect(answer.body.message).toBe('Resource not accessible by integration');
  });
});

// docs.github.com/en/rest/orgs/members#get-an-organization-membership-for-the-authenticated-user
describe('a person', () => {
  it.each([
    ['bob', 200, { state: 'active', role: 'member', user: { id: 1002 } }],
    ['pat', 200, { state: 'pending', user: { id: 1004 } }],
    ['mallory', 404, {}],
  ])('sees their own membership: %s', async (login, status, body) => {
    const as = await client.userToken(login);
    const answer = await client.api('/user/memberships/orgs/sandbox', { as });
    expect(answer).toMatchObject({ status, body });
  });

  it('not through an app that is not installed there', async () => {
    const as = await client.userToken('bob');
    client.github.actions.act({ action: 'uninstall', installation_id: 501 });
    expect((await client.api('/user/memberships/orgs/sandbox', { as })).status).toBe(403);
  });

  it('sees those of others as a member only', async () => {
    const path = '/orgs/sandbox/memberships/alice';
    expect((await client.api(path, { as: await client.userToken('bob') })).status).toBe(200);
    expect((await client.api(path, { as: await client.userToken('mallory') })).status).toBe(403);
    expect((await client.api(path)).status).toBe(401);
  });

  it('needs a session of single sign-on where the organisation asks for one', async () => {
    const as = await client.userToken('bob');
    client.github.actions.act({ action: 'set_member', org: 'sandbox', login: 'bob', saml: true });
    const answer = await client.api('/user/memberships/orgs/sandbox', { as });
    expect(answer.status).toBe(403);
    expect(answer.headers.get('x-github-sso')).toContain('required; url=');
  });
});
