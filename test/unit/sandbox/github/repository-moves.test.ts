/** docs.github.com/en/rest/using-the-rest-api/best-practices-for-using-the-rest-api#follow-redirects */
import { describe, expect, it } from 'vitest';
import type { ActionSeed } from '#sandbox/github/actions.ts';
import { defaultSeed } from '#sandbox/github/seed.ts';
import { callbackUrl, useGitHub } from './client.ts';

const client = useGitHub();
const act = (action: ActionSeed) => client.github.actions.act(action);
const rename = () => act({ action: 'rename_repository', repository: 'sandbox/shop', to: 'store' });

describe('a repository under its old name', () => {
  it('leads by its number to where it is', async () => {
    rename();
    const as = await client.installationToken();
    const old = await client.api('/repos/sandbox/shop/pulls?state=all', { as });
    const there = `${client.github.loopbackUrl}/api/v3/repositories/2001/pulls?state=all`;
    expect([old.status, old.headers.get('location'), old.body.url]).toEqual([301, there, there]);
    const { status, body } = await client.api('/repositories/2001/pulls?state=all', { as });
    expect([status, body[0].base.repo.full_name]).toEqual([200, 'sandbox/store']);
    expect((await client.api('/repos/sandbox/store', { as })).body.id).toBe(2001);
    expect((await client.api('/repositories/1/pulls', { as })).status).toBe(404);
  });

  it('takes what is posted there to the same place', async () => {
    rename();
    const as = await client.installationToken();
    const posted = await client.api('/repos/sandbox/shop/issues/1/comments', {
      method: 'POST',
      as,
      body: { body: 'hello' },
    });
    expect([posted.status, posted.headers.get('location')]).toEqual([
      307,
      `${client.github.loopbackUrl}/api/v3/repositories/2001/issues/1/comments`,
    ]);
    expect(client.github.state.world.comments).toEqual([]);
  });

  it('tells nothing to those who do not see it', async () => {
    rename();
    const as = await client.userToken('mallory');
    expect((await client.api('/repos/sandbox/shop', { as })).status).toBe(404);
  });

  it('is found by an app that asks where it is installed', async () => {
    rename();
    const as = client.jwt();
    expect((await client.api('/repos/sandbox/shop/installation', { as })).status).toBe(301);
    expect((await client.api('/repos/sandbox/store/installation', { as })).body.id).toBe(501);
  });

  it('is somebody else’s when somebody else has taken the name', async () => {
    rename();
    act({ action: 'create_repository', repository: 'sandbox/shop' });
    const as = await client.installationToken();
    const { status, body } = await client.api('/repos/sandbox/shop', { as });
    expect(status).toBe(200);
    expect(body.id).not.toBe(2001);
  });
});

it('the organisation’s old name leads there, too', async () => {
  act({ action: 'rename_organization', org: 'sandbox', to: 'beach' });
  const as = await client.installationToken();
  expect((await client.api('/repos/sandbox/shop', { as })).status).toBe(301);
  expect((await client.api('/repos/beach/shop', { as })).body.owner.login).toBe('beach');
});

it('so does a person’s', async () => {
  act({ action: 'create_repository', repository: 'bob/own', private: false });
  act({ action: 'rename_user', login: 'bob', to: 'robert' });
  const as = await client.installationToken();
  expect((await client.api('/repos/bob/own', { as })).status).toBe(301);
  expect((await client.api('/repos/robert/own', { as })).body.owner.id).toBe(1002);
});

it('a transfer takes it away from the installation', async () => {
  const seed = defaultSeed({ callbackUrls: [callbackUrl] });
  client.github.seed({
    ...seed,
    organizations: [
      ...seed.organizations,
      { id: 2, login: 'other', members: [{ user_id: 1003, role: 'admin' }] },
    ],
  });
  act({ action: 'transfer_repository', repository: 'sandbox/shop', to: 'other' });
  const as = await client.installationToken();
  expect((await client.api('/repos/other/shop', { as })).status).toBe(404);
  expect((await client.api('/repos/sandbox/shop', { as })).status).toBe(404);
  act({ action: 'set_visibility', repository: 'other/shop', private: false });
  expect((await client.api('/repos/sandbox/shop', { as })).status).toBe(301);
  const { body } = await client.api('/repositories/2001', { as });
  expect(body.full_name).toBe('other/shop');
});

it('a fork says of what', async () => {
  act({ action: 'fork_repository', repository: 'sandbox/shop', owner: 'bob' });
  act({ action: 'fork_repository', repository: 'bob/shop', owner: 'mallory' });
  act({ action: 'set_visibility', repository: 'mallory/shop', private: false });
  const as = await client.userToken('mallory');
  const { body } = await client.api('/repos/mallory/shop', { as });
  expect(body).toMatchObject({
    fork: true,
    parent: { full_name: 'bob/shop' },
    source: { full_name: 'sandbox/shop' },
  });
});

describe('the repositories of an installation', () => {
  it('are all, those that were chosen, or those of the token', async () => {
    act({ action: 'create_repository', repository: 'sandbox/docs', private: false });
    const { id } = client.github.state.repositoryByName('sandbox', 'docs')!;
    const list = async (as: string) => {
      const { status, body } = await client.api('/installation/repositories', { as });
      expect(status).toBe(200);
      const names = body.repositories.map(({ name }: { name: string }) => name);
      return [body.repository_selection, body.total_count, names];
    };
    expect(await list(await client.installationToken())).toEqual(['all', 2, ['shop', 'docs']]);
    const one = await client.installationToken({ repository_ids: [id] });
    expect(await list(one)).toEqual(['selected', 1, ['docs']]);
    act({ action: 'choose_repositories', installation_id: 501, repository_ids: [id] });
    const as = await client.installationToken();
    expect(await list(as)).toEqual(['selected', 1, ['docs']]);
    expect((await client.api('/repos/sandbox/shop', { as })).status).toBe(404);
    const installation = '/repos/sandbox/shop/installation';
    expect((await client.api(installation, { as: client.jwt() })).status).toBe(404);
    const user = await client.userToken('alice');
    expect((await client.api('/installation/repositories', { as: user })).status).toBe(403);
  });
});
