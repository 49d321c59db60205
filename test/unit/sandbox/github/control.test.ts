import { createHmac } from 'node:crypto';
import { expect, it } from 'vitest';
import { defaultSeed } from '#sandbox/github/seed.ts';
import { callbackUrl, useGitHub } from './client.ts';
import { Receiver } from './receiver.ts';

const client = useGitHub();
const control = (path: string, body?: unknown) =>
  client.fetch(`/_sandbox${path}`, {
    method: 'POST',
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });

it('tells the whole state, which is a seed again', async () => {
  const { body } = await client.fetch('/_sandbox/state');
  expect(body.users.map(({ login }: { login: string }) => login)).toEqual([
    'alice',
    'bob',
    'mallory',
    'pat',
  ]);
  body.users[1].login = 'robert';
  expect((await control('/seed', body)).status).toBe(204);
  expect((await client.api('/user/1002')).body.login).toBe('robert');
  expect(client.app.private_key).toBe(body.apps[0].private_key);
});

it('tells what has happened so that it may be seeded again, all of it', async () => {
  const as = await client.installationToken();
  const on = { repository: 'sandbox/shop', number: 1 };
  for (const action of [
    { action: 'fork_repository', repository: 'sandbox/shop', owner: 'bob' },
    { action: 'push', repository: 'bob/shop', branch: 'b', login: 'bob' },
    { action: 'open_pull_request', repository: 'sandbox/shop', head: 'bob:b', login: 'bob' },
    { action: 'delete_repository', repository: 'bob/shop' },
    { action: 'open_issue', repository: 'sandbox/shop' },
    { action: 'comment', ...on, body: 'x' },
    { action: 'react', ...on, content: 'heart' },
    { action: 'merge_pull_request', ...on },
    { action: 'rename_repository', repository: 'sandbox/shop', to: 'store' },
  ]) {
    expect((await control('/actions', action)).status).toBeLessThan(300);
  }
  await client.api('/repos/sandbox/store/issues/2/comments', {
    method: 'POST',
    as,
    body: { body: 'y' },
  });
  const { body } = await client.fetch('/_sandbox/state');
  expect((await control('/seed', body)).status).toBe(204);
  expect((await client.fetch('/_sandbox/state')).body).toEqual(body);
});

it('an action answers with what it has made', async () => {
  const repository = 'sandbox/shop';
  const said = async (action: object) => (await control('/actions', action)).body;
  expect(await said({ action: 'push', repository, branch: 'b' })).toEqual({
    sha: expect.stringMatching(/^[0-9a-f]{40}$/),
  });
  expect(await said({ action: 'open_pull_request', repository, head: 'b' })).toEqual({ number: 2 });
  expect(await said({ action: 'open_issue', repository })).toEqual({ number: 3 });
  expect(await said({ action: 'comment', repository, number: 2, body: 'x' })).toEqual({
    comment_id: expect.any(Number),
  });
  expect(await said({ action: 'create_repository', repository: 'alice/own' })).toEqual({
    repository_id: expect.any(Number),
  });
});

it.each([
  [{ action: 'comment', repository: 'sandbox/shop', number: 9, body: 'x' }, 'shop has no #9'],
  [
    { action: 'close_pull_request', repository: 'sandbox/no', number: 1 },
    'no repository sandbox/no',
  ],
  [
    { action: 'push', repository: 'sandbox/shop', branch: 'b', login: 'nobody' },
    'nobody called nobody',
  ],
  [{ action: 'rename_repository', repository: 'sandbox/shop', to: 'shop' }, 'sandbox/shop already'],
  [{ action: 'transfer_repository', repository: 'sandbox/shop', to: 'no' }, 'organisation no'],
  [{ action: 'edit_comment', comment_id: 5, body: 'x' }, 'no comment 5'],
  [{ action: 'juggle', repository: 'sandbox/shop' }, 'no such action'],
])('an action that cannot be done says why: %j', async (action, why) => {
  const { status, body } = await control('/actions', action);
  expect([status, body.message]).toEqual([400, expect.stringContaining(why)]);
});

it('repositories, collaborators and pull requests are seeded', async () => {
  const seed = defaultSeed({ callbackUrls: [callbackUrl] });
  const [shop] = seed.repositories;
  const repositories = [
    { ...shop!, private: false, collaborators: [{ user_id: 1002, role_name: 'write' as const }] },
    { id: 2002, owner_id: 1003, name: 'shop', private: false, fork_of: 2001 },
  ];
  const head = { ref: 'main', repository_id: 2002 };
  const pull_requests = [
    { repository_id: 2001, number: 7, title: 'From a fork', user_id: 1003, head },
  ];
  const comments = [{ repository_id: 2001, number: 7, body: 'hello', app_id: 77 }];
  const seeded = { ...seed, repositories, pull_requests, comments };
  expect((await control('/seed', seeded)).status).toBe(204);
  const as = await client.installationToken();
  const pull = await client.api('/repos/sandbox/shop/pulls/7', { as });
  expect(pull.body).toMatchObject({
    title: 'From a fork',
    head: { label: 'mallory:main', repo: { id: 2002, fork: true } },
    comments: 1,
  });
  const path = '/repos/sandbox/shop/collaborators/bob/permission';
  expect((await client.api(path, { as })).body.permission).toBe('write');
  for (const [bad, why] of [
    [{ ...seeded, pull_requests: [{ ...pull_requests[0]!, head: { ref: 'no' } }] }, 'branch'],
    [{ ...seeded, comments: [{ ...comments[0]!, number: 8 }] }, '2001#8, which is not there'],
    [{ ...seeded, comments: [{ ...comments[0]!, app_id: null }] }, 'nobody'],
    [{ ...seeded, repositories: [{ ...repositories[0]!, fork_of: 5 }] }, 'fork of 5'],
    [{ ...seeded, pull_requests: [pull_requests[0]!, pull_requests[0]!] }, 'twice'],
  ] as const) {
    const { status, body } = await control('/seed', bad);
    expect([status, body.message]).toEqual([400, expect.stringContaining(why)]);
  }
});

it('a seed ends what was before it: tokens, codes, faults', async () => {
  const as = await client.userToken('bob');
  await control('/faults', { fault: { kind: 'cut' } });
  await control('/seed', defaultSeed());
  expect((await client.api('/user', { as })).status).toBe(401);
});

it('a seed that is not valid changes nothing and says why', async () => {
  const seed = defaultSeed();
  for (const [bad, why] of [
    [{ ...seed, users: [{ id: 'x', login: 'y' }] }, 'users.0.id'],
    [{ ...seed, king: [] }, 'king'],
    [{ ...seed, users: [] }, 'sandbox names user 1001, who is not there'],
    [{ ...seed, apps: [] }, 'installation 501 is of app 77'],
  ] as const) {
    const answer = await control('/seed', bad);
    expect(answer.status).toBe(400);
    expect(answer.body.message).toContain(why);
  }
  expect((await client.api('/users/bob')).status).toBe(200);
});

it('a reset goes back to the start, but keeps where the app is reached', async () => {
  const address = {
    webhook_url: 'http://byway.localhost:1/x',
    callback_urls: ['http://a.localhost/'],
  };
  expect(
    (await control('/actions', { action: 'configure_app', app_id: 77, ...address })).status,
  ).toBe(204);
  await control('/actions', {
    action: 'remove_member',
    org: 'sandbox',
    login: 'bob',
    webhook: false,
  });
  expect((await control('/reset')).status).toBe(204);
  expect(client.github.state.world.organizations[0]!.members).toHaveLength(3);
  expect(client.app).toMatchObject(address);
  await control('/actions', {
    action: 'configure_app',
    app_id: 77,
    webhook_url: null,
    callback_urls: ['http://byway.localhost/github/callback'],
  });
});

it.each([
  [{ action: 'dance' }, 'no such action'],
  [{ action: 'remove_member', org: 'sandbox', login: 'mallory' }, 'mallory is not in sandbox'],
  [{ action: 'remove_member', org: 'nothing', login: 'bob' }, 'no organisation nothing'],
  [{ action: 'suspend', installation_id: 9 }, 'no installation 9'],
  [{ action: 'install', app_id: 77, org: 'sandbox' }, 'installed in sandbox already'],
])('an action that cannot be: %j', async (action, why) => {
  const answer = await control('/actions', action);
  expect([answer.status, answer.body.message]).toEqual([400, expect.stringContaining(why)]);
});

it('sends any event by hand, signed', async () => {
  const receiver = await Receiver.start();
  await control('/actions', { action: 'configure_app', app_id: 77, webhook_url: receiver.url });
  const payload = { action: 'member_removed', nonsense: true };
  const { body } = await control('/webhooks', { event: 'organization', payload });
  expect(body).toMatchObject({ event: 'organization', statusCode: 202 });
  const [heard] = receiver.heard;
  expect(heard!.payload).toEqual(payload);
  const hmac = createHmac('sha256', client.app.webhook_secret).update(heard!.body).digest('hex');
  expect(heard!.headers['x-hub-signature-256']).toBe(`sha256=${hmac}`);
  expect((await client.fetch('/_sandbox/deliveries')).body).toMatchObject([{ guid: body.guid }]);
  await control('/actions', { action: 'configure_app', app_id: 77, webhook_url: null });
  await receiver.stop();
});

it('an event that is late does not come after a reset', async () => {
  const receiver = await Receiver.start();
  await control('/actions', { action: 'configure_app', app_id: 77, webhook_url: receiver.url });
  await control('/faults', { fault: { kind: 'delay_webhook', ms: 200 } });
  await control('/actions', { action: 'remove_member', org: 'sandbox', login: 'bob' });
  await control('/reset');
  expect((await client.fetch('/_sandbox/deliveries')).body).toEqual([]);
  expect(receiver.heard).toEqual([]);
  await control('/actions', { action: 'configure_app', app_id: 77, webhook_url: null });
  await receiver.stop();
});

it('counts what was asked', async () => {
  await client.api('/users/alice');
  await client.userToken('bob');
  const { body } = await client.fetch('/_sandbox/requests');
  expect(body).toMatchObject([
    {
      method: 'GET',
      path: '/api/v3/users/alice',
      operation_id: 'users/get-by-username',
      status: 200,
    },
    { method: 'GET', path: expect.stringContaining('/login/oauth/authorize?'), status: 302 },
    { method: 'POST', path: '/login/oauth/access_token', status: 200 },
  ]);
});

it('puts the clock forward', async () => {
  const as = await client.installationToken();
  await control('/clock', { advance_ms: 3_600_000 });
  expect((await client.api('/orgs/sandbox/members', { as })).status).toBe(401);
});

it('names what there is when asked for what there is not', async () => {
  const { status, body } = await control('/nothing');
  expect(status).toBe(404);
  expect(body.known).toContain('POST /_sandbox/reset');
});
