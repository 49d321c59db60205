import { expect, it } from 'vitest';
import { useGitHub } from './client.ts';

const client = useGitHub();
const path = '/app/installations/501/access_tokens';
const mint = (body?: object, headers: Record<string, string> = {}) =>
  client.api(path, { method: 'POST', as: client.jwt(), body, headers });

it('finds where the app is installed: by list, number, organisation and repository', async () => {
  const as = client.jwt();
  const { body } = await client.api('/app/installations', { as });
  expect(body).toMatchObject([
    { id: 501, app_id: 77, target_id: 1, account: { id: 1, login: 'sandbox' }, suspended_at: null },
  ]);
  for (const place of [
    '/app/installations/501',
    '/orgs/sandbox/installation',
    '/repos/sandbox/shop/installation',
  ]) {
    expect((await client.api(place, { as })).body).toEqual(body[0]);
  }
});

it('is not there where it is not installed, or not this app', async () => {
  client.github.actions.act({ action: 'uninstall', installation_id: 501, webhook: false });
  const as = client.jwt();
  for (const place of [
    '/app/installations/501',
    '/orgs/sandbox/installation',
    '/repos/sandbox/shop/installation',
    '/orgs/nobody/installation',
  ]) {
    expect((await client.api(place, { as })).status).toBe(404);
  }
  expect((await mint()).status).toBe(404);
});

// github.blog/changelog/2026-05-15-github-app-installation-tokens-per-request-override-header
it.each([
  ['as default', undefined, /^ghs_77_[\w]+\.[\w]+\.[\w]+$/, 480],
  ['enabled', 'enabled', /^ghs_77_[\w]+\.[\w]+\.[\w]+$/, 480],
  ['disabled', 'disabled', /^ghs_[A-Za-z0-9]{36}$/, 40],
  ['anything else', 'false', /^ghs_77_[\w]+\.[\w]+\.[\w]+$/, 480],
])('a token has the form that the header asks for: %s', async (_what, header, form, minLength) => {
  const { status, body } = await mint(
    undefined,
    header === undefined ? {} : { 'x-github-stateless-s2s-token': header },
  );
  expect(status).toBe(201);
  expect(body.token).toMatch(form);
  // The pattern that GitHub recommends for both.
  expect(body.token).toMatch(/^ghs_[A-Za-z0-9._]{36,}$/);
  expect(body.token.length).toBeGreaterThanOrEqual(minLength);
  expect((await client.api('/repos/sandbox/shop', { as: `Bearer ${body.token}` })).status).toBe(
    200,
  );
});

// docs.github.com/en/rest/apps/apps#create-an-installation-access-token-for-an-app
it('a token lasts an hour', async () => {
  const as = await client.installationToken();
  client.github.state.clock.advance(3_599_000);
  expect((await client.api('/repos/sandbox/shop', { as })).status).toBe(200);
  client.github.state.clock.advance(1_000);
  const answer = await client.api('/repos/sandbox/shop', { as });
  expect(answer).toMatchObject({ status: 401, body: { message: 'Bad credentials' } });
});

it('a token has what the installation has, or less when asked', async () => {
  expect((await mint()).body).toMatchObject({
    permissions: { metadata: 'read', members: 'read', pull_requests: 'write', issues: 'write' },
    repository_selection: 'all',
  });
  const narrow = { repository_ids: [2001], permissions: { pull_requests: 'read' } };
  expect((await mint(narrow)).body).toMatchObject({
    permissions: { metadata: 'read', pull_requests: 'read' },
    repository_selection: 'selected',
    repositories: [{ id: 2001, full_name: 'sandbox/shop' }],
  });
});

// tellahq/opensession#157, peter-murray/workflow-application-token-action#48
it.each([
  ['a permission that is not granted', { members: 'read', contents: 'read' }],
  ['more than is granted', { members: 'write' }],
])('%s refuses the whole token', async (_what, permissions) => {
  const answer = await mint({ permissions });
  expect(answer.status).toBe(422);
  expect(answer.body.message).toBe(
    'The permissions requested are not granted to this installation.',
  );
});

it.each([{ repository_ids: [9999] }, { repositories: ['shop', 'nothing'] }])(
  'a repository that is not there refuses it as well: %j',
  async (body) => expect((await mint(body)).status).toBe(422),
);

it('a narrowed token sees the chosen repositories only', async () => {
  client.github.actions.act({ action: 'create_repository', repository: 'sandbox/other' });
  const as = await client.installationToken({ repositories: ['shop'] });
  expect((await client.api('/repos/sandbox/shop', { as })).status).toBe(200);
  expect((await client.api('/repos/sandbox/other', { as })).status).toBe(404);
});

// octokit/octokit.rb#1307
it('a suspended installation gets no token, and the old ones rest', async () => {
  const as = await client.installationToken();
  client.github.actions.act({ action: 'suspend', installation_id: 501 });
  const refusal = { status: 403, body: { message: 'This installation has been suspended' } };
  expect(await mint()).toMatchObject(refusal);
  expect(await client.api('/orgs/sandbox/members/bob', { as })).toMatchObject(refusal);
  const { body } = await client.api('/app/installations/501', { as: client.jwt() });
  expect(body.suspended_at).not.toBeNull();
  client.github.actions.act({ action: 'unsuspend', installation_id: 501 });
  expect((await client.api('/orgs/sandbox/members/bob', { as })).status).toBe(204);
});

it('a removed one ends its tokens', async () => {
  const as = await client.installationToken();
  client.github.actions.act({ action: 'uninstall', installation_id: 501 });
  expect((await client.api('/orgs/sandbox/members/bob', { as })).status).toBe(401);
});

it('a permission that is taken back is gone from tokens of before', async () => {
  const as = await client.installationToken();
  client.github.actions.act({
    action: 'set_permissions',
    installation_id: 501,
    permissions: { metadata: 'read' },
  });
  expect((await client.api('/orgs/sandbox/memberships/bob', { as })).status).toBe(403);
});

// docs.github.com/en/apps/creating-github-apps/authenticating-with-a-github-app/authenticating-as-a-github-app-installation
it('an installation is nobody: /user is not for it', async () => {
  const answer = await client.api('/user', { as: await client.installationToken() });
  expect(answer.status).toBe(403);
  expect(answer.body.message).toBe('Resource not accessible by integration');
});
