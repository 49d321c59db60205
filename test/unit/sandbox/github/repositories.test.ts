import { describe, expect, it } from 'vitest';
import { useGitHub } from './client.ts';

const client = useGitHub();
const shop = () => client.github.state.world.repositories[0]!;

describe('a private repository', () => {
  // docs.github.com/en/rest/using-the-rest-api/troubleshooting-the-rest-api#404-not-found-for-an-existing-resource
  it('is 404, never 403, for who may not see it', async () => {
    const outsider = await client.userToken('mallory');
    expect((await client.api('/repos/sandbox/shop', { as: outsider })).status).toBe(404);
    const hidden = await client.api('/repos/sandbox/shop', { as: outsider });
    const missing = await client.api('/repos/sandbox/nothing', { as: outsider });
    expect(hidden.body).toEqual(missing.body);
    const permission = '/repos/sandbox/shop/collaborators/bob/permission';
    expect((await client.api(permission, { as: outsider })).status).toBe(404);
    expect(
      (await client.api('/repos/sandbox/shop', { as: await client.userToken('pat') })).status,
    ).toBe(404);
  });

  it('is there for members, collaborators and the installation', async () => {
    shop().collaborators.push({ user_id: 1003, role_name: 'read' });
    for (const as of [
      await client.userToken('bob'),
      await client.userToken('mallory'),
      await client.installationToken(),
    ]) {
      const { status, body } = await client.api('/repos/sandbox/shop', { as });
      expect([status, body.id, body.private]).toEqual([200, 2001, true]);
    }
  });

  it('is not there for a person whose organisation has not installed the app', async () => {
    const as = await client.userToken('bob');
    client.github.actions.act({ action: 'uninstall', installation_id: 501 });
    expect((await client.api('/repos/sandbox/shop', { as })).status).toBe(404);
  });
});

// docs.github.com/en/rest/collaborators/collaborators#get-repository-permissions-for-a-user
describe('the permission of a person', () => {
  it.each([
    ['alice', 'none', 'admin', 'admin'],
    ['bob', 'none', 'read', 'read'],
    ['bob', 'write', 'write', 'write'],
    ['bob', 'maintain', 'write', 'maintain'],
    ['bob', 'triage', 'read', 'triage'],
    ['mallory', 'none', 'none', 'none'],
    ['mallory', 'write', 'write', 'write'],
    ['pat', 'none', 'none', 'none'],
  ])('%s as %s: %s, exactly %s', async (login, given, permission, role) => {
    if (given !== 'none') {
      const user = client.github.state.userByLogin(login)!;
      shop().collaborators.push({ user_id: user.id, role_name: given as 'write' });
    }
    const as = await client.installationToken();
    const path = `/repos/sandbox/shop/collaborators/${login}/permission`;
    const { status, body } = await client.api(path, { as });
    expect([status, body.permission, body.role_name]).toEqual([200, permission, role]);
  });

  it('is 404 for nobody', async () => {
    const as = await client.installationToken();
    const path = '/repos/sandbox/shop/collaborators/nobody/permission';
    expect((await client.api(path, { as })).status).toBe(404);
  });
});
