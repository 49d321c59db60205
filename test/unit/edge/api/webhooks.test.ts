/** `POST /webhooks/github`: forged, huge, repeated and foreign deliveries, and what GitHub tells. */
import { createHash, createHmac } from 'node:crypto';
import { beforeEach, describe, expect, it } from 'vitest';
import { maxWebhookBytes } from '#edge/github/webhook.ts';
import { FakeEdge, type Answer } from './fake-edge.ts';

const secret = 'webhook-secret-of-the-test';
const former = 'webhook-secret-before-that';
const guid = '72d3162e-cc78-11e3-81ab-4c9367dc0958';
const github = {
  config: { webhookSecrets: [secret, former], webUrl: 'https://github.com' },
  issuer: 'https://token.actions.githubusercontent.com',
};
const removed = {
  action: 'member_removed',
  membership: { user: { id: 1002 } },
  organization: { id: 77 },
  installation: { id: 5 },
};

let edge: FakeEdge;
beforeEach(async () => {
  edge = await new FakeEdge().open({ github });
});

function deliver(
  payload: unknown,
  headers: Record<string, string | undefined> = {},
  key = secret,
): Promise<Answer> {
  const body = typeof payload === 'string' ? payload : JSON.stringify(payload);
  const all = {
    'x-github-event': 'organization',
    'x-github-delivery': guid,
    'x-hub-signature-256': `sha256=${createHmac('sha256', key).update(body).digest('hex')}`,
    ...headers,
  };
  const given = Object.entries(all).filter(([, value]) => value !== undefined);
  return edge.call('POST', '/webhooks/github', '', body, Object.fromEntries(given) as never);
}

it('tells the organisation, with what tells a repetition (threat 44)', async () => {
  for (const key of [secret, former]) {
    const answer = await deliver(removed, {}, key);
    expect([answer.status, answer.text]).toEqual([202, '']);
  }
  const bodyHash = createHash('sha256').update(JSON.stringify(removed)).digest('hex');
  const news = { kind: 'member-removed', userId: 1002, installationId: 5 };
  const about = { guid, bodyHash };
  expect(edge.org(77).news).toEqual([
    { about, news },
    { about, news },
  ]);
});

describe('of pull requests', () => {
  const repository = { id: 2001, name: 'shop', owner: { id: 77, login: 'acme' } };
  const closed = {
    action: 'closed',
    number: 7,
    pull_request: {
      ...{ number: 7, updated_at: '2026-01-01T00:00:00Z', closed_at: '2026-01-01T00:00:00Z' },
      head: { sha: 'a'.repeat(40) },
      base: { repo: { id: 2001 } },
    },
    repository,
    installation: { id: 501 },
  };

  it('tells the pull request', async () => {
    expect((await deliver(closed)).status).toBe(202);
    expect(edge.pullNews).toMatchObject([
      { pull: { repositoryId: 2001, number: 7 }, guid, event: { kind: 'pull', action: 'closed' } },
    ]);
  });

  it('is asked for again when the pull request has too much to do', async () => {
    edge.received = 'full';
    expect((await deliver(closed)).status).toBe(503);
  });

  it('tells nobody of what another installation says (threat 49)', async () => {
    expect((await deliver({ ...closed, installation: { id: 502 } })).status).toBe(202);
    expect(edge.pullNews).toEqual([]);
  });
});

it('ends a person who took the app’s authorization back', async () => {
  const payload = { action: 'revoked', sender: { id: 1002 } };
  const headers = { 'x-github-event': 'github_app_authorization' };
  expect((await deliver(payload, headers)).status).toBe(202);
  expect(edge.endedPersons).toEqual([1002]);
});

it('threat 49: answers news of a foreign installation like all others, without a word', async () => {
  const texts: string[] = [];
  for (const outcome of ['applied', 'seen', 'foreign'] as const) {
    edge.org(77).outcome = outcome;
    const { status, text } = await deliver(removed);
    texts.push(`${status} ${text}`);
  }
  const { status, text } = await deliver({ action: 'opened', issue: {} });
  texts.push(`${status} ${text}`);
  expect(new Set(texts)).toEqual(new Set(['202 ']));
});

it('is a failure for GitHub when it could not be applied, so that it comes again', async () => {
  edge.org(77).outcome = new Error('the object is away');
  const { status, text } = await deliver(removed);
  expect(status).toBe(500);
  expect(text).not.toContain('away');
  expect(edge.faults).toHaveLength(1);
});

describe('threat 43', () => {
  it.each<[string, () => Promise<Answer>, number, string]>([
    ['no signature', () => deliver(removed, { 'x-hub-signature-256': undefined }), 401, 'BW-5014'],
    ['another secret', () => deliver(removed, {}, 'another-secret-of-a-test'), 401, 'BW-5014'],
    ['an empty secret', () => deliver(removed, {}, ''), 401, 'BW-5014'],
    [
      'SHA-1 only',
      () => {
        const digest = createHmac('sha1', secret).update(JSON.stringify(removed)).digest('hex');
        const headers = { 'x-hub-signature': `sha1=${digest}`, 'x-hub-signature-256': undefined };
        return deliver(removed, headers);
      },
      401,
      'BW-5014',
    ],
    ['no delivery id', () => deliver(removed, { 'x-github-delivery': undefined }), 400, 'BW-5002'],
    ['no JSON', () => deliver('{'), 400, 'BW-5002'],
    ['a list', () => deliver('[]'), 400, 'BW-5002'],
    ['2 MB', () => deliver('x'.repeat(2_000_000)), 413, 'BW-5006'],
    ['one byte too many', () => deliver('x'.repeat(maxWebhookBytes + 1)), 413, 'BW-5006'],
    [
      'more announced than is allowed',
      () => deliver(removed, { 'content-length': String(maxWebhookBytes + 1) }),
      413,
      'BW-5006',
    ],
  ])('refuses %s', async (_what, send, status, code) => {
    const answer = await send();
    expect([answer.status, answer.body.error.code]).toEqual([status, code]);
    expect(edge.changes).toEqual([]);
  });

  it('takes as much as is allowed', async () => {
    const text = JSON.stringify({ ...removed, padding: '' });
    const body = text.replace('""', `"${'x'.repeat(maxWebhookBytes - text.length)}"`);
    expect((await deliver(body)).status).toBe(202);
    expect(edge.org(77).news).toHaveLength(1);
  });
});

it('is an unknown path where no GitHub App is configured', async () => {
  await edge.open();
  const { status, body } = await deliver(removed);
  expect([status, body.error.code]).toEqual([404, 'BW-1005']);
});
