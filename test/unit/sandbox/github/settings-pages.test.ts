/** Pages on which administrators say who may do what. */
import { describe, expect, it } from 'vitest';
import { useGitHub } from './client.ts';

const client = useGitHub();
const cookie = (login: string) => ({ cookie: `acting_as=${login}` });
const visit = (path: string, login = 'alice') => client.fetch(path, { headers: cookie(login) });
const send = (path: string, fields: Record<string, string>, login = 'alice') =>
  client.fetch(path, {
    method: 'POST',
    headers: cookie(login),
    body: new URLSearchParams(fields),
  });
const shop = () => client.github.state.world.repositories[0]!;
const settings = '/sandbox/shop/settings';
const access = `${settings}/access`;
const people = '/orgs/sandbox/people';

describe.each([settings, access])('%s', (path) => {
  it('is there for administrators of the repository only, and found from its page', async () => {
    expect((await visit(path)).status).toBe(200);
    expect((await visit('/sandbox/shop')).body).toContain(`href="${settings}"`);
    expect((await visit('/sandbox/shop', 'bob')).body).not.toContain(settings);
    for (const login of ['bob', 'mallory', 'pat']) {
      expect((await visit(path, login)).status).toBe(404);
      expect((await send(path, { do: 'delete', person: login, role: 'admin' }, login)).status).toBe(
        404,
      );
    }
    expect(shop().collaborators).toEqual([]);
  });
});

describe('who has access', () => {
  it('gives somebody a role, changes it and takes it back', async () => {
    expect((await visit(access)).body).toContain('Nobody was given a role');
    const set = (role: string) => send(access, { do: 'set', person: 'mallory', role });
    const added = await set('read');
    expect([added.status, added.headers.get('location')]).toEqual([303, access]);
    expect((await visit('/sandbox/shop', 'mallory')).status).toBe(200);
    expect((await visit(access)).body).toContain('@mallory · outside collaborator');
    await set('maintain');
    expect(shop().collaborators).toEqual([{ user_id: 1003, role_name: 'maintain' }]);
    expect((await visit(access)).body).toContain('<option selected>maintain</option>');
    await send(access, { do: 'remove', person: 'mallory' });
    expect((await visit('/sandbox/shop', 'mallory')).status).toBe(404);
  });

  it('says what did not work', async () => {
    expect((await send(access, { do: 'set', person: 'king', role: 'read' })).status).toBe(400);
    expect((await send(access, { do: 'set', person: 'bob', role: 'king' })).status).toBe(400);
  });
});

describe('settings of a repository', () => {
  it('show it, hide it, and show it to the enterprise', async () => {
    const see = (to: string) => send(settings, { do: 'visibility', to });
    await see('public');
    expect((await visit('/sandbox/shop', 'mallory')).body).toContain('Public');
    await see('internal');
    expect((await visit('/sandbox/shop', 'mallory')).status).toBe(404);
    expect((await visit('/sandbox/shop')).body).toContain('Internal');
    await see('private');
    expect(shop()).toMatchObject({ private: true, internal: false });
  });

  it('rename, transfer and delete it, and lead on', async () => {
    const renamed = await send(settings, { do: 'rename', to: 'store' });
    expect(renamed.headers.get('location')).toBe('/sandbox/store');
    expect((await send('/sandbox/store/settings', { do: 'rename', to: 'a/b' })).status).toBe(400);
    const moved = await send('/sandbox/store/settings', { do: 'transfer', to: 'alice' });
    expect(moved.headers.get('location')).toBe('/alice/store');
    expect((await visit('/sandbox/shop')).headers.get('location')).toBe('/alice/store');
    const gone = await send('/alice/store/settings', { do: 'delete' });
    expect(gone.headers.get('location')).toBe('/alice');
    expect(client.github.state.world.repositories).toEqual([]);
  });

  it('have no other buttons', async () => {
    expect((await send(settings, { do: 'explode' })).status).toBe(404);
  });
});

describe('people of an organisation', () => {
  it('are changed by its administrators alone', async () => {
    expect((await visit(people, 'bob')).body).not.toContain('Remove');
    for (const login of ['bob', 'mallory', 'pat']) {
      expect((await send(people, { do: 'remove', login: 'alice' }, login)).status).toBe(400);
      expect((await send(people, { do: 'add', login: 'mallory' }, login)).status).toBe(400);
      const base = { do: 'base', permission: 'admin' };
      expect((await send(people, base, login)).status).toBe(400);
    }
    expect(client.github.state.world.organizations[0]!.members).toHaveLength(3);
  });

  it('have an administrator left', async () => {
    const removed = await send(people, { do: 'remove', login: 'alice' });
    expect([removed.status, removed.body]).toEqual([400, expect.stringContaining('is the last')]);
  });

  it('are shown to outsiders if they show themselves', async () => {
    expect((await visit(people, 'mallory')).body).not.toContain('@bob');
    client.github.state.world.organizations[0]!.members[1]!.public = true;
    const { body } = await visit(people, 'mallory');
    expect(body).toContain('@bob');
    expect(body).not.toContain('@alice');
  });

  it('have a base permission', async () => {
    expect((await visit('/sandbox/shop', 'bob')).status).toBe(200);
    expect((await send(people, { do: 'base', permission: 'none' })).status).toBe(303);
    expect((await visit('/sandbox/shop', 'bob')).status).toBe(404);
    expect((await visit(access)).body).toContain('<strong>none</strong>');
    expect((await send(people, { do: 'base', permission: 'king' })).status).toBe(400);
  });
});
