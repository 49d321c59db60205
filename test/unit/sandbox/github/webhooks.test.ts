/**
 * docs.github.com/en/webhooks/webhook-events-and-payloads,
 * docs.github.com/en/webhooks/using-webhooks/validating-webhook-deliveries
 */
import { createHmac } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { ActionSeed } from '#sandbox/github/actions.ts';
import { startGitHub } from '#sandbox/github/github.ts';
import { useGitHub } from './client.ts';
import { Receiver } from './receiver.ts';

const client = useGitHub();
let receiver: Receiver;
beforeAll(async () => {
  receiver = await Receiver.start();
});
afterAll(() => receiver.stop());
beforeEach(() => {
  receiver.heard.length = 0;
  receiver.answer = (response) => void response.writeHead(202).end('{}');
  client.app.webhook_url = receiver.url;
});

async function heardAfter(...actions: ActionSeed[]) {
  for (const action of actions) client.github.actions.act(action);
  await client.github.webhooks.settled();
  return receiver.heard.map(({ headers, payload }) => ({
    event: headers['x-github-event'],
    payload,
  }));
}

const removal = { action: 'remove_member', org: 'sandbox', login: 'bob' } as const;

describe('a delivery', () => {
  it('is signed over the bytes that come, and says what it is', async () => {
    await heardAfter(removal);
    const [{ headers, body } = { headers: {}, body: Buffer.alloc(0) }] = receiver.heard;
    const signature = (algorithm: string): string =>
      `${algorithm}=${createHmac(algorithm, client.app.webhook_secret).update(body).digest('hex')}`;
    expect(headers).toMatchObject({
      'content-type': 'application/json',
      'user-agent': expect.stringMatching(/^GitHub-Hookshot\//),
      'x-github-event': 'organization',
      'x-github-delivery': expect.stringMatching(/^[0-9a-f-]{36}$/),
      'x-github-hook-id': expect.stringMatching(/^\d+$/),
      'x-github-hook-installation-target-type': 'integration',
      'x-github-hook-installation-target-id': '77',
      'x-hub-signature': signature('sha1'),
      'x-hub-signature-256': signature('sha256'),
    });
  });
});

describe('what an app hears of', () => {
  it.each<[string, ActionSeed[], string, object]>([
    [
      'somebody who was removed',
      [removal],
      'organization',
      {
        action: 'member_removed',
        membership: { user: { id: 1002 } },
        organization: { id: 1 },
        installation: { id: 501 },
        sender: { id: 1001 },
      },
    ],
    [
      'somebody who has joined',
      [{ action: 'set_member', org: 'sandbox', login: 'pat' }],
      'organization',
      {
        action: 'member_added',
        membership: { user: { id: 1004 }, role: 'member', state: 'active' },
      },
    ],
    [
      'somebody who has joined a team',
      [{ action: 'join_team', org: 'sandbox', login: 'bob' }],
      'membership',
      {
        action: 'added',
        scope: 'team',
        member: { id: 1002 },
        team: { slug: 'preview-people' },
        organization: { id: 1 },
      },
    ],
    [
      'an installation that was suspended',
      [{ action: 'suspend', installation_id: 501 }],
      'installation',
      {
        action: 'suspend',
        installation: { id: 501, account: { id: 1 }, suspended_at: expect.any(String) },
      },
    ],
    [
      'an installation that was removed',
      [{ action: 'uninstall', installation_id: 501 }],
      'installation',
      {
        action: 'deleted',
        installation: { id: 501 },
        repositories: [{ id: 2001, full_name: 'sandbox/shop' }],
      },
    ],
    [
      'somebody who takes back the authorisation',
      [{ action: 'revoke_authorization', app_id: 77, login: 'bob' }],
      'github_app_authorization',
      { action: 'revoked', sender: { id: 1002 } },
    ],
  ])('%s', async (_what, actions, event, payload) => {
    expect(await heardAfter(...actions)).toMatchObject([{ event, payload }]);
  });

  it('a new installation, and one that may work again', async () => {
    const heard = await heardAfter(
      { action: 'suspend', installation_id: 501, webhook: false },
      { action: 'unsuspend', installation_id: 501 },
      { action: 'uninstall', installation_id: 501, webhook: false },
      { action: 'install', app_id: 77, org: 'sandbox' },
    );
    const actions = heard.map(({ payload }) => payload.action).sort();
    expect(actions).toEqual(['created', 'unsuspend']);
  });

  it('the authorisation names no installation, and ends the tokens', async () => {
    const as = await client.userToken('bob');
    const [heard] = await heardAfter({ action: 'revoke_authorization', app_id: 77, login: 'bob' });
    expect(Object.keys(heard!.payload).sort()).toEqual(['action', 'sender']);
    expect((await client.api('/user', { as })).status).toBe(401);
  });

  it.each<[string, () => void]>([
    // Events need their permission: docs.github.com/en/webhooks/webhook-events-and-payloads#organization
    [
      'without the permission',
      () => delete client.github.state.world.installations[0]!.permissions['members'],
    ],
    ['without the subscription', () => (client.app.events = ['pull_request'])],
    [
      'while it is suspended',
      () => client.github.actions.act({ action: 'suspend', installation_id: 501, webhook: false }),
    ],
    ['without an address', () => (client.app.webhook_url = null)],
  ])('nothing of members %s', async (_what, arrange) => {
    arrange();
    expect(await heardAfter(removal)).toEqual([]);
  });

  it('nothing of an invitation that is withdrawn', async () => {
    expect(await heardAfter({ action: 'remove_member', org: 'sandbox', login: 'pat' })).toEqual([]);
  });
});

describe('the log of deliveries', () => {
  const list = async (query = '') =>
    (await client.api(`/app/hook/deliveries${query}`, { as: client.jwt() })).body;

  it('has what was sent and what came back', async () => {
    await heardAfter(removal);
    const [item] = await list();
    expect(item).toMatchObject({
      guid: receiver.heard[0]!.headers['x-github-delivery'],
      status: 'OK',
      status_code: 202,
      redelivery: false,
      event: 'organization',
      action: 'member_removed',
      installation_id: 501,
      repository_id: null,
    });
    const { body } = await client.api(`/app/hook/deliveries/${item.id}`, { as: client.jwt() });
    expect(body.request.payload).toEqual(receiver.heard[0]!.payload);
    expect(body.request.headers['X-GitHub-Event']).toBe('organization');
    expect(body.response.payload).toBe('{}');
  });

  it.each<[string, () => void, string, number]>([
    [
      'refuses',
      () => (receiver.answer = (response) => void response.writeHead(503).end()),
      'Invalid HTTP Response: 503',
      503,
    ],
    [
      'is not there',
      () => (client.app.webhook_url = 'http://127.0.0.1:1/'),
      'failed to connect to host',
      502,
    ],
    [
      'moves',
      () => (receiver.answer = (response) => void response.writeHead(302, { location: '/' }).end()),
      'Invalid HTTP Response: 302',
      302,
    ],
  ])('tells when the app %s', async (_what, arrange, status, code) => {
    arrange();
    await heardAfter(removal);
    expect(await list()).toMatchObject([{ status, status_code: code }]);
  });

  // "Your server should respond with a 2XX response within 10 seconds"; half a second for this test.
  it('tells when the app is silent', async () => {
    const github = await startGitHub({ webhookUrl: receiver.url, webhookTimeoutMs: 500 });
    receiver.answer = () => {};
    github.actions.act(removal);
    await github.webhooks.settled();
    expect(github.deliveries.all()).toMatchObject([{ status: 'timed out', statusCode: 504 }]);
    await github.stop();
  });

  // docs.github.com/en/webhooks/using-webhooks/automatically-redelivering-failed-deliveries-for-a-github-app-webhook
  it('GitHub does not try again by itself; asked to, it does under the old GUID', async () => {
    receiver.answer = (response) => void response.writeHead(500).end();
    await heardAfter(removal);
    receiver.answer = (response) => void response.writeHead(202).end();
    const [failed] = await list('?status=failure');
    expect(await list('?status=success')).toEqual([]);
    expect(receiver.heard).toHaveLength(1);
    const attempt = { method: 'POST', as: client.jwt() };
    expect((await client.api(`/app/hook/deliveries/${failed.id}/attempts`, attempt)).status).toBe(
      202,
    );
    await client.github.webhooks.settled();
    const [first, second] = receiver.heard;
    expect(second!.headers['x-github-delivery']).toBe(first!.headers['x-github-delivery']);
    expect(second!.body.equals(first!.body)).toBe(true);
    const [newest] = await list('?status=success');
    expect(newest).toMatchObject({ guid: failed.guid, redelivery: true, status_code: 202 });
    expect(newest.id).not.toBe(failed.id);
    expect((await client.api('/app/hook/deliveries/1/attempts', attempt)).status).toBe(404);
  });

  it('is read in pages by a cursor, newest first', async () => {
    for (let index = 0; index < 35; index += 1) {
      client.github.actions.act({ action: 'join_team', org: 'sandbox', login: 'bob' });
    }
    await client.github.webhooks.settled();
    const seen: number[] = [];
    let path: string | undefined = '/app/hook/deliveries?per_page=10';
    while (path !== undefined) {
      const answer = await client.api(path, { as: client.jwt() });
      seen.push(...answer.body.map(({ id }: { id: number }) => id));
      const next: string | undefined = /<[^>]*\/api\/v3([^>]+)>; rel="next"/.exec(
        answer.headers.get('link') ?? '',
      )?.[1];
      path = next;
    }
    expect(seen).toHaveLength(35);
    expect(seen).toEqual(seen.toSorted((left, right) => right - left));
    expect(await list()).toHaveLength(30);
  });

  it('forgets after three days', async () => {
    await heardAfter(removal);
    client.github.state.clock.advance(3 * 86_400_000 - 1_000);
    expect(await list()).toHaveLength(1);
    client.github.state.clock.advance(2_000);
    expect(await list()).toEqual([]);
  });
});
