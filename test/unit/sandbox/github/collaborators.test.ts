/** docs.github.com/en/rest/collaborators/collaborators: what somebody may do in a repository. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { ActionSeed } from '#sandbox/github/actions.ts';
import { useGitHub } from './client.ts';
import { Receiver } from './receiver.ts';

const client = useGitHub();
const repository = 'sandbox/shop';
const act = (action: ActionSeed) => client.github.actions.act(action);
const give = (person: string, role: 'read' | 'triage' | 'write' | 'maintain' | 'admin' | null) =>
  act({ action: 'set_collaborator', repository, person, role });
const show = (isPrivate: boolean, internal = false) =>
  act({ action: 'set_visibility', repository, private: isPrivate, internal });
const base = (permission: 'none' | 'read' | 'write' | 'admin') =>
  act({ action: 'set_base_permission', org: 'sandbox', permission });

/** `permission` and `role_name`, or the status. */
async function permission(login: string, as?: string, root = `/repos/${repository}`) {
  const path = `${root}/collaborators/${encodeURIComponent(login)}/permission`;
  const { status, body } = await client.api(path, { as: as ?? (await client.installationToken()) });
  return status === 200 ? [body.permission, body.role_name, body.user.permissions.pull] : status;
}

/** The status. */
async function isCollaborator(login: string, as?: string) {
  const path = `/repos/${repository}/collaborators/${login}`;
  return (await client.api(path, { as: as ?? (await client.installationToken()) })).status;
}

const reads = ['read', 'read', true];
const nothing = ['none', 'none', false];

/** A second organisation, and one of its people. */
function enterprise(): void {
  const { world } = client.github.state;
  world.users.push({ id: 1005, login: 'carol', name: null });
  const member = { role: 'member', state: 'active', public: false, saml: false } as const;
  world.organizations.push({
    id: 2,
    login: 'other',
    name: null,
    members: [{ user_id: 1005, ...member }],
    outside_collaborators: [],
    default_repository_permission: 'read',
  });
}

describe('the permission in a repository that is', () => {
  it('private: members, collaborators, and for all others 200 with none', async () => {
    expect(await permission('bob')).toEqual(reads);
    expect(await permission('mallory')).toEqual(nothing);
    expect(await permission('pat')).toEqual(nothing);
    give('mallory', 'read');
    expect(await permission('mallory')).toEqual(reads);
    expect(await permission('nobody')).toBe(404);
  });

  it('public: read for every account, more for those who have more', async () => {
    show(false);
    for (const login of ['bob', 'mallory', 'pat']) expect(await permission(login)).toEqual(reads);
    give('mallory', 'maintain');
    expect(await permission('mallory')).toEqual(['write', 'maintain', true]);
    base('none');
    expect(await permission('bob')).toEqual(reads);
  });

  it('internal: read for the members of all organisations, and for nobody else', async () => {
    enterprise();
    expect(await permission('carol')).toEqual(nothing);
    show(true, true);
    base('none');
    expect(await permission('carol')).toEqual(reads);
    expect(await permission('bob')).toEqual(reads);
    expect(await permission('mallory')).toEqual(nothing);
    expect(await permission('pat')).toEqual(nothing);
    const as = await client.installationToken();
    const { body } = await client.api(`/repos/${repository}`, { as });
    expect([body.private, body.visibility]).toEqual([true, 'internal']);
    show(true);
    expect(await permission('carol')).toEqual(nothing);
  });

  it('not an organisation’s cannot be internal, nor a public one', () => {
    act({ action: 'create_repository', repository: 'bob/own' });
    const own = { action: 'set_visibility', repository: 'bob/own', private: true } as const;
    expect(() => act({ ...own, internal: true })).toThrow('organisations can be internal');
    expect(() => show(false, true)).toThrow('organisations can be internal');
  });
});

describe('the base permission of an organisation', () => {
  it.each([
    ['none', nothing],
    ['write', ['write', 'write', true]],
    ['admin', ['admin', 'admin', true]],
  ] as const)('%s is what a member has', async (level, expected) => {
    base(level);
    expect(await permission('bob')).toEqual(expected);
    expect(await permission('alice')).toEqual(['admin', 'admin', true]);
    expect(await permission('mallory')).toEqual(nothing);
  });

  it('counts with a role of one’s own: the higher of the two', async () => {
    base('write');
    give('bob', 'triage');
    expect(await permission('bob')).toEqual(['write', 'write', true]);
    base('none');
    expect(await permission('bob')).toEqual(['read', 'triage', true]);
  });

  it('hides a private repository from a member who has none', async () => {
    const as = await client.userToken('bob');
    expect((await client.api(`/repos/${repository}`, { as })).body.permissions).toMatchObject({
      pull: true,
      push: false,
    });
    base('none');
    expect((await client.api(`/repos/${repository}`, { as })).status).toBe(404);
  });
});

describe('who asks', () => {
  it('is an app, or a person who may push: yegor256/rultor#1407', async () => {
    const bob = await client.userToken('bob');
    const path = `/repos/${repository}/collaborators/mallory`;
    const refused = await client.api(`${path}/permission`, { as: bob });
    expect([refused.status, refused.body.message]).toEqual([
      403,
      'Must have push access to view collaborator permission.',
    ]);
    expect(await isCollaborator('mallory', bob)).toBe(403);
    give('bob', 'write');
    expect(await permission('mallory', bob)).toEqual(nothing);
    expect(await isCollaborator('bob', bob)).toBe(204);
  });

  it('is told of apps that they have nothing, even where everybody reads', async () => {
    show(false);
    expect(await permission('byway-sandbox[bot]')).toEqual(nothing);
  });

  it('may name the repository by its number, and is sent there from an old name', async () => {
    expect(await permission('bob', undefined, '/repositories/2001')).toEqual(reads);
    expect(await permission('bob', undefined, '/repositories/1')).toBe(404);
    act({ action: 'rename_repository', repository, to: 'store' });
    expect(await permission('bob')).toBe(301);
    expect(await permission('bob', undefined, '/repositories/2001')).toEqual(reads);
    expect(await permission('bob', undefined, '/repos/sandbox/store')).toEqual(reads);
  });

  it('is 404 once the repository is somebody else’s, or gone, or not of the installation', async () => {
    const as = await client.installationToken();
    act({ action: 'choose_repositories', installation_id: 501, repository_ids: [] });
    expect(await permission('bob', as)).toBe(404);
    act({ action: 'choose_repositories', installation_id: 501, repository_ids: null });
    expect(await permission('bob', as)).toEqual(reads);
    act({ action: 'transfer_repository', repository, to: 'mallory' });
    expect(await permission('bob', as)).toBe(404);
    expect(await permission('bob', as, '/repositories/2001')).toBe(404);
    act({ action: 'delete_repository', repository: 'mallory/shop' });
    expect(await permission('bob', as, '/repositories/2001')).toBe(404);
  });
});

describe('a collaborator', () => {
  it('is who was given something; reading what is public does not count', async () => {
    expect(await isCollaborator('bob')).toBe(204);
    expect(await isCollaborator('alice')).toBe(204);
    expect(await isCollaborator('mallory')).toBe(404);
    expect(await isCollaborator('nobody')).toBe(404);
    show(false);
    expect(await isCollaborator('mallory')).toBe(404);
    base('none');
    expect(await isCollaborator('bob')).toBe(404);
    give('mallory', 'read');
    expect(await isCollaborator('mallory')).toBe(204);
  });

  it('who leaves the organisation loses what they were given there', async () => {
    give('bob', 'write');
    act({ action: 'remove_member', org: 'sandbox', login: 'bob' });
    expect(await permission('bob')).toEqual(nothing);
    expect(client.github.state.world.repositories[0]!.collaborators).toEqual([]);
  });

  it('from outside has the installation in their list, until nothing is left', async () => {
    const as = await client.userToken('mallory');
    const listed = async () => (await client.api('/user/installations', { as })).body.total_count;
    expect(await listed()).toBe(0);
    give('mallory', 'read');
    expect(await listed()).toBe(1);
    expect((await client.api('/user/memberships/orgs/sandbox', { as })).status).toBe(404);
    give('mallory', null);
    expect(await listed()).toBe(0);
  });
});

describe('apps hear of', () => {
  let receiver: Receiver;
  beforeAll(async () => {
    receiver = await Receiver.start();
  });
  afterAll(() => receiver.stop());
  beforeEach(() => {
    receiver.heard.length = 0;
    client.app.webhook_url = receiver.url;
  });

  it('each change once', async () => {
    for (const role of ['read', 'read', 'write', 'maintain', null, null] as const) {
      give('mallory', role);
      await client.github.webhooks.settled();
    }
    expect(receiver.heard.map(({ payload: { action, changes } }) => [action, changes])).toEqual([
      ['added', { permission: { to: 'read' }, role_name: { to: 'read' } }],
      ['edited', { old_permission: { from: 'read' }, permission: { from: 'read', to: 'write' } }],
      ['edited', { old_permission: { from: 'write' }, permission: { from: 'write', to: 'write' } }],
      ['removed', undefined],
    ]);
    expect(receiver.heard[1]!.payload).toMatchObject({
      member: { login: 'mallory', id: 1003 },
      repository: { id: 2001 },
      installation: { id: 501 },
    });
  });

  it('nothing when the base permission changes, or private becomes internal', async () => {
    base('none');
    show(true, true);
    show(true);
    await client.github.webhooks.settled();
    expect(receiver.heard).toEqual([]);
  });
});
