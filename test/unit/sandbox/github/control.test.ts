import { createHmac } from 'node:crypto';
import { expect, it } from 'vitest';
import { defaultSeed } from '#sandbox/github/seed.ts';
import { useGitHub } from './client.ts';
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
