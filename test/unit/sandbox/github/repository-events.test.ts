/**
 * docs.github.com/en/webhooks/webhook-events-and-payloads. Each payload is held against GitHub's
 * description of it as it is sent: a test fails when one does not fit.
 */
import { createHmac } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { ActionSeed } from '#sandbox/github/actions.ts';
import { defaultSeed } from '#sandbox/github/seed.ts';
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
  client.app.webhook_url = receiver.url;
  client.app.events = [...client.app.events, 'push', 'check_run'];
  Object.assign(client.github.state.world.installations[0]!.permissions, {
    contents: 'read',
    checks: 'write',
  });
});

const act = (action: ActionSeed) => client.github.actions.act(action) as Record<string, never>;

async function heardAfter(...actions: ActionSeed[]) {
  for (const action of actions) {
    act(action);
    await client.github.webhooks.settled();
  }
  return receiver.heard.map(({ headers, payload }) => ({
    event: headers['x-github-event'],
    payload,
  }));
}

const repository = 'sandbox/shop';
const one = { repository, number: 1 } as const;
const silent = { webhook: false } as const;

describe('tells of', () => {
  it.each<[string, ActionSeed[], string, object]>([
    [
      'a pull request that is opened',
      [
        { action: 'push', repository, branch: 'b', ...silent },
        { action: 'open_pull_request', repository, head: 'b', login: 'bob' },
      ],
      'pull_request',
      {
        action: 'opened',
        number: 2,
        pull_request: { state: 'open', head: { ref: 'b' }, user: { login: 'bob' } },
        repository: { id: 2001, full_name: repository },
        organization: { id: 1 },
        installation: { id: 501 },
        sender: { login: 'bob' },
      },
    ],
    [
      'one from a fork',
      [
        { action: 'set_visibility', repository, private: false, ...silent },
        { action: 'fork_repository', repository, owner: 'mallory' },
        { action: 'push', repository: 'mallory/shop', branch: 'b', login: 'mallory' },
        { action: 'open_pull_request', repository, head: 'mallory:b', login: 'mallory' },
      ],
      'pull_request',
      {
        action: 'opened',
        repository: { full_name: repository },
        pull_request: { head: { repo: { fork: true, full_name: 'mallory/shop' } } },
      },
    ],
    [
      'one that is closed',
      [{ action: 'close_pull_request', ...one, login: 'bob' }],
      'pull_request',
      { action: 'closed', pull_request: { state: 'closed', merged: false } },
    ],
    [
      'one that is merged',
      [{ action: 'merge_pull_request', ...one }],
      'pull_request',
      { action: 'closed', pull_request: { merged: true, merged_by: { login: 'alice' } } },
    ],
    [
      'one that is opened again',
      [
        { action: 'close_pull_request', ...one, ...silent },
        { action: 'reopen_pull_request', ...one },
      ],
      'pull_request',
      { action: 'reopened', pull_request: { state: 'open', closed_at: null } },
    ],
    [
      'one that is edited',
      [{ action: 'edit_pull_request', ...one, title: 'New' }],
      'pull_request',
      {
        action: 'edited',
        changes: { title: { from: 'Free shipping over 50' } },
        pull_request: { title: 'New' },
      },
    ],
    [
      'one that goes elsewhere',
      [
        { action: 'push', repository, branch: 'next', ...silent },
        { action: 'edit_pull_request', ...one, base: 'next' },
      ],
      'pull_request',
      { changes: { base: { ref: { from: 'main' } } }, pull_request: { base: { ref: 'next' } } },
    ],
    [
      'a comment',
      [{ action: 'comment', ...one, body: '/preview public', login: 'bob' }],
      'issue_comment',
      {
        action: 'created',
        comment: { body: '/preview public', user: { login: 'bob' } },
        issue: { number: 1, state: 'open', pull_request: { merged_at: null }, comments: 1 },
        sender: { login: 'bob', type: 'User' },
      },
    ],
    [
      'an organisation that is renamed',
      [{ action: 'rename_organization', org: 'sandbox', to: 'beach' }],
      'organization',
      {
        action: 'renamed',
        changes: { login: { from: 'sandbox' } },
        organization: { login: 'beach' },
      },
    ],
    [
      'a repository that is renamed',
      [{ action: 'rename_repository', repository, to: 'store' }],
      'repository',
      {
        action: 'renamed',
        changes: { repository: { name: { from: 'shop' } } },
        repository: { id: 2001, full_name: 'sandbox/store' },
      },
    ],
    [
      'one that is given to a person',
      [{ action: 'transfer_repository', repository, to: 'mallory' }],
      'repository',
      {
        action: 'transferred',
        changes: { owner: { from: { organization: { id: 1 } } } },
        repository: { id: 2001, full_name: 'mallory/shop' },
      },
    ],
    [
      'one that is new',
      [{ action: 'create_repository', repository: 'sandbox/docs' }],
      'repository',
      { action: 'created', repository: { full_name: 'sandbox/docs' } },
    ],
    [
      'one that is shown',
      [{ action: 'set_visibility', repository, private: false }],
      'repository',
      { action: 'publicized', repository: { private: false } },
    ],
    [
      'one that is hidden',
      [
        { action: 'set_visibility', repository, private: false, ...silent },
        { action: 'set_visibility', repository, private: true },
      ],
      'repository',
      { action: 'privatized', repository: { private: true } },
    ],
    [
      'one that is deleted',
      [{ action: 'delete_repository', repository }],
      'repository',
      { action: 'deleted', repository: { id: 2001 } },
    ],
    [
      'a collaborator',
      [{ action: 'set_collaborator', repository, person: 'mallory', role: 'maintain' }],
      'member',
      { action: 'added', member: { login: 'mallory' }, changes: { role_name: { to: 'maintain' } } },
    ],
    [
      'one who is none any more',
      [
        { action: 'set_collaborator', repository, person: 'mallory', role: 'read', ...silent },
        { action: 'set_collaborator', repository, person: 'mallory', role: null },
      ],
      'member',
      { action: 'removed', member: { login: 'mallory' } },
    ],
    [
      'repositories that the app may not use any more',
      [{ action: 'choose_repositories', installation_id: 501, repository_ids: [] }],
      'installation_repositories',
      { action: 'removed', repositories_removed: [{ id: 2001 }], repository_selection: 'selected' },
    ],
    [
      'repositories that it may use',
      [
        { action: 'choose_repositories', installation_id: 501, repository_ids: [], ...silent },
        { action: 'choose_repositories', installation_id: 501, repository_ids: null },
      ],
      'installation_repositories',
      { action: 'added', repositories_added: [{ id: 2001 }], repository_selection: 'all' },
    ],
  ])('%s', async (_what, actions, event, payload) => {
    expect(await heardAfter(...actions)).toMatchObject([{ event, payload }]);
  });

  it('a push, and the pull requests that follow it', async () => {
    const before = client.github.state.world.pull_requests[0]!.head.sha;
    const heard = await heardAfter({ action: 'push', repository, branch: 'free-shipping' });
    const after = client.github.state.world.pull_requests[0]!.head.sha;
    expect(heard).toHaveLength(2);
    expect(heard.find(({ event }) => event === 'push')!.payload).toMatchObject({
      ref: 'refs/heads/free-shipping',
      before,
      after,
      created: false,
      forced: false,
      commits: [{ id: after }],
    });
    expect(heard.find(({ event }) => event === 'pull_request')!.payload).toMatchObject({
      action: 'synchronize',
      before,
      after,
      pull_request: { head: { sha: after } },
    });
  });

  it('a forced push, a new branch and one that goes', async () => {
    const pushes = async (...actions: ActionSeed[]) =>
      (await heardAfter(...actions))
        .filter(({ event }) => event === 'push')
        .map(({ payload: { created, deleted, forced } }) => [created, deleted, forced]);
    expect(
      await pushes(
        { action: 'push', repository, branch: 'free-shipping', force: true },
        { action: 'push', repository, branch: 'b' },
        { action: 'delete_branch', repository, branch: 'b' },
      ),
    ).toEqual([
      [false, false, true],
      [true, false, false],
      [false, true, false],
    ]);
  });

  it('a comment that is edited and deleted, by whoever does it', async () => {
    const { comment_id } = act({ action: 'comment', ...one, body: 'one', login: 'bob', ...silent });
    const heard = await heardAfter(
      { action: 'edit_comment', comment_id: comment_id!, body: 'two', login: 'alice' },
      { action: 'edit_comment', comment_id: comment_id!, body: 'two', login: 'alice' },
      { action: 'delete_comment', comment_id: comment_id!, login: 'alice' },
    );
    expect(heard.map(({ payload }) => payload)).toMatchObject([
      { action: 'edited', changes: { body: { from: 'one' } }, sender: { login: 'alice' } },
      { action: 'deleted', comment: { body: 'two', user: { login: 'bob' } } },
    ]);
  });

  it('what the app itself does, as its bot', async () => {
    const as = await client.installationToken();
    const path = '/repos/sandbox/shop/issues/1/comments';
    await client.api(path, { method: 'POST', as, body: { body: 'x' } });
    await client.github.webhooks.settled();
    expect(receiver.heard[0]!.payload).toMatchObject({
      action: 'created',
      comment: { performed_via_github_app: { id: 77 } },
      sender: { login: 'byway-sandbox[bot]', type: 'Bot' },
    });
  });

  it('a button of a check run, to the app that made it', async () => {
    const as = await client.installationToken();
    const made = await client.api('/repos/sandbox/shop/check-runs', {
      method: 'POST',
      as,
      body: {
        name: 'Preview',
        head_sha: client.github.state.world.pull_requests[0]!.head.sha,
        status: 'completed',
        conclusion: 'neutral',
        output: { title: 'T', summary: 'S' },
        actions: [{ label: 'Make public', description: 'Everybody', identifier: 'public' }],
      },
    });
    expect(made.body.pull_requests).toMatchObject([{ number: 1 }]);
    const press = (identifier: string) =>
      heardAfter({
        action: 'request_check_action',
        check_run_id: made.body.id,
        identifier,
        login: 'bob',
      });
    expect(await press('public')).toMatchObject([
      {
        event: 'check_run',
        payload: { action: 'requested_action', requested_action: { identifier: 'public' } },
      },
    ]);
    await expect(press('other')).rejects.toThrow('has no action other');
  });
});

it('is signed over the bytes that come', async () => {
  await heardAfter({ action: 'close_pull_request', ...one });
  const [{ headers, body }] = receiver.heard as [Receiver['heard'][0]];
  const mac = createHmac('sha256', client.app.webhook_secret).update(body).digest('hex');
  expect(headers['x-hub-signature-256']).toBe(`sha256=${mac}`);
});

it.each<[string, ActionSeed, string]>([
  ['pull_requests', { action: 'close_pull_request', ...one }, 'pull_request'],
  ['issues', { action: 'comment', ...one, body: 'x' }, 'issue_comment'],
  ['contents', { action: 'push', repository, branch: 'b' }, 'push'],
])('nothing without the permission %s, or the subscription', async (permission, action, event) => {
  const installation = client.github.state.world.installations[0]!;
  const { [permission]: _gone, ...rest } = installation.permissions;
  installation.permissions = rest;
  expect(await heardAfter(action)).toEqual([]);
  client.github.seed(defaultSeed({ webhookUrl: receiver.url }));
  client.app.events = client.app.events.filter((each) => each !== event);
  expect(await heardAfter(action)).toEqual([]);
});

it('nothing of repositories that were not chosen', async () => {
  act({ action: 'choose_repositories', installation_id: 501, repository_ids: [], ...silent });
  expect(await heardAfter({ action: 'comment', ...one, body: 'x' })).toEqual([]);
});

it('both sides of a transfer hear of it', async () => {
  const seed = defaultSeed();
  const other = { id: 2, login: 'other', members: [{ user_id: 1003, role: 'admin' as const }] };
  const [installation] = seed.installations as [(typeof seed.installations)[0]];
  client.github.seed({
    ...seed,
    organizations: [...seed.organizations, other],
    installations: [installation, { ...installation, id: 502, account_id: 2 }],
  });
  client.app.webhook_url = receiver.url;
  const heard = await heardAfter({ action: 'transfer_repository', repository, to: 'other' });
  const ids = heard.map(({ payload }) => payload.installation.id as number);
  expect(ids.sort()).toEqual([501, 502]);
});
