import { describe, expect, it } from 'vitest';
import type { ActionSeed } from '#sandbox/github/actions.ts';
import { useGitHub } from './client.ts';

const client = useGitHub();
const act = (action: ActionSeed) => client.github.actions.act(action) as Record<string, number>;
const cookie = (login: string) => ({ cookie: `other=x; acting_as=${login}` });
const visit = (path: string, login = 'alice') => client.fetch(path, { headers: cookie(login) });
const send = (path: string, fields: Record<string, string>, login = 'alice', site?: string) =>
  client.fetch(path, {
    method: 'POST',
    headers: { ...cookie(login), ...(site === undefined ? {} : { 'sec-fetch-site': site }) },
    body: new URLSearchParams(fields),
  });
const pull = '/sandbox/shop/pull/1';
const first = () => client.github.state.world.pull_requests[0]!;
const comments = () => client.github.state.world.comments;

describe('acting as somebody', () => {
  it('is remembered, and comes back to where one was', async () => {
    const { status, headers } = await send('/acting', { login: 'bob', back: pull });
    expect([status, headers.get('location')]).toEqual([303, pull]);
    expect(headers.get('set-cookie')).toContain('acting_as=bob;');
    expect((await visit(pull, 'bob')).body).toContain('<option selected>bob</option>');
    expect((await visit(pull, 'nobody')).body).toContain('<option selected>alice</option>');
  });

  it.each(['https://evil.test/', '//evil.test', '/\\evil.test'])('not to %s', async (back) => {
    const { headers } = await send('/acting', { login: 'bob', back });
    expect(headers.get('location')).toBe('/');
  });

  it('is for real people only', async () => {
    expect((await send('/acting', { login: 'king' })).status).toBe(400);
  });
});

describe('a form of another site', () => {
  it.each([
    ['cross-site', 403],
    ['same-site', 403],
    ['same-origin', 303],
  ])('%s: %i', async (site, status) => {
    const answer = await send(pull, { do: 'comment', body: 'x' }, 'alice', site);
    expect([answer.status, comments().length]).toEqual([status, status === 303 ? 1 : 0]);
  });
});

describe('what is private', () => {
  it('is not there for outsiders; neither page nor form', async () => {
    for (const path of ['/sandbox/shop', pull, '/sandbox/nothing']) {
      expect((await visit(path, 'mallory')).status).toBe(404);
    }
    expect((await send(pull, { do: 'comment', body: 'x' }, 'mallory')).status).toBe(404);
    expect((await visit('/', 'mallory')).body).not.toContain('sandbox/shop');
    expect(comments()).toEqual([]);
  });
});

describe('the page of a pull request', () => {
  it('says what it is about', async () => {
    const { status, body, headers } = await visit(pull, 'bob');
    expect(status).toBe(200);
    expect(headers.get('content-security-policy')).toContain("default-src 'none'");
    expect(body).toContain('Free shipping over 50');
    expect(body).toContain('<span class="badge open">Open</span>');
    expect(body).toContain('<code>free-shipping</code> into <code>main</code>');
    expect(body).toContain('<strong>shipping is free</strong>');
  });

  it('escapes what people write', async () => {
    first().title = '<img src=x>';
    act({ action: 'comment', repository: 'sandbox/shop', number: 1, body: '<script>x</script>' });
    const { body } = await visit(pull);
    expect(body).toContain('&lt;img src=x&gt;');
    expect(body).toContain('&lt;script&gt;x');
    expect(body).not.toMatch(/<img|<script/);
  });

  it('is where people comment', async () => {
    const { status, headers } = await send(pull, { do: 'comment', body: '/preview public' }, 'bob');
    const there = `${pull}#issuecomment-${comments()[0]!.id}`;
    expect([status, headers.get('location')]).toEqual([303, there]);
    expect(comments()).toMatchObject([{ body: '/preview public', user_id: 1002, app_id: null }]);
    for (const body of [' ', 'x'.repeat(65_537)]) {
      expect((await send(pull, { do: 'comment', body }, 'bob')).status).toBe(400);
    }
    expect((await send(pull, { do: 'comment', body: 'x'.repeat(65_536) })).status).toBe(303);
    expect((await visit(pull)).body).toContain('/preview public');
  });

  it('shows reactions; a second press takes one back', async () => {
    const { comment_id } = act({
      action: 'comment',
      repository: 'sandbox/shop',
      number: 1,
      body: 'x',
    });
    const press = () =>
      send(pull, { do: 'react', comment: String(comment_id), content: 'rocket' }, 'bob');
    await press();
    expect((await visit(pull, 'bob')).body).toMatch(/aria-pressed="true"\s+aria-label="rocket: 1"/);
    expect((await visit(pull)).body).toMatch(/aria-pressed="false"\s+aria-label="rocket: 1"/);
    await press();
    expect(client.github.state.world.reactions).toEqual([]);
    expect((await send(pull, { do: 'react', content: 'gremlin' })).status).toBe(400);
    expect((await send(pull, { do: 'react', comment: '', content: 'heart' })).status).toBe(303);
  });

  it('lets those edit and delete who wrote or may write', async () => {
    const { comment_id } = act({
      action: 'comment',
      repository: 'sandbox/shop',
      number: 1,
      body: 'one',
      login: 'alice',
    });
    const on = { comment: String(comment_id) };
    const edit = { do: 'edit-comment', body: 'two', ...on };
    expect((await visit(pull, 'bob')).body).not.toContain('Delete comment');
    expect((await send(pull, edit, 'bob')).status).toBe(400);
    expect((await send(pull, edit)).status).toBe(303);
    expect(comments()[0]!.body).toBe('two');
    expect((await send(pull, { do: 'delete-comment', ...on }, 'bob')).status).toBe(400);
    expect((await send(pull, { do: 'delete-comment', ...on })).status).toBe(303);
    expect(comments()).toEqual([]);
    expect((await send(pull, edit)).status).toBe(400);
  });

  it('has the buttons of those who may, and no others', async () => {
    const member = await visit(pull, 'bob');
    for (const label of ['Close pull request', 'Merge pull request', 'Push a commit']) {
      expect(member.body).not.toContain(label);
      expect((await visit(pull)).body).toContain(label);
    }
    for (const what of ['close', 'merge', 'push', 'edit', 'reopen']) {
      expect((await send(pull, { do: what, title: 'x' }, 'bob')).status).toBe(400);
    }
    expect(first()).toMatchObject({ state: 'open', title: 'Free shipping over 50' });
    expect((await send(pull, { do: 'teapot' })).status).toBe(400);
  });

  it('closes, opens, pushes, edits and merges', async () => {
    await send(pull, { do: 'close' });
    expect((await visit(pull)).body).toContain('<span class="badge closed">Closed</span>');
    expect((await send(pull, { do: 'close' })).body).toContain('#1 is closed');
    await send(pull, { do: 'reopen' });
    const { sha } = first().head;
    await send(pull, { do: 'push' });
    expect(first().head.sha).not.toBe(sha);
    await send(pull, { do: 'edit', title: 'New', body: '', base: 'main' });
    expect(first().title).toBe('New');
    await send(pull, { do: 'merge' });
    expect((await visit(pull)).body).toContain('<span class="badge merged">Merged</span>');
  });

  it('closes and opens with the words that were written', async () => {
    await send(pull, { do: 'close', body: 'Not now' }, 'bob');
    expect(comments()).toEqual([]);
    await send(pull, { do: 'close', body: 'Not now' });
    await send(pull, { do: 'reopen', body: ' ' });
    expect(comments()).toMatchObject([{ body: 'Not now', user_id: 1001 }]);
    expect(first().state).toBe('open');
  });

  it('tells what was done, in order', async () => {
    const place = { repository: 'sandbox/shop', login: 'alice' };
    const on = { ...place, number: 1 };
    act({ action: 'push', ...place, branch: 'free-shipping', message: 'Say how much' });
    act({ action: 'comment', ...on, body: 'Have a look' });
    act({ action: 'push', ...place, branch: 'free-shipping', force: true });
    act({ action: 'edit_pull_request', ...on, title: 'Shipping <b>' });
    act({ action: 'close_pull_request', ...on, login: 'bob' });
    act({ action: 'reopen_pull_request', ...on });
    act({ action: 'merge_pull_request', ...on });
    act({ action: 'delete_branch', ...place, branch: 'free-shipping' });
    const { body } = await visit(pull);
    const said = (body as string)
      .replace(/^[^]*class="timeline"/, '')
      .replaceAll(/<(?:form|details)[^]*?<\/(?:form|details)>|<[^>]*>/g, ' ')
      .replaceAll(/\s+/g, ' ');
    const order = [
      'alice added a commit Work on free-shipping 5be0c1f',
      'alice pushed a commit just now Say how much',
      'alice commented just now',
      'alice force-pushed the branch from',
      'changed the title Free shipping over 50 Shipping &lt;b&gt;',
      'bob closed this just now',
      'alice reopened this',
      'alice merged commit',
      'alice deleted the free-shipping branch',
    ];
    const places = order.map((words) => said.indexOf(words));
    expect([order[places.indexOf(-1)], said]).toEqual([undefined, said]);
    expect(places).toEqual(places.toSorted((left, right) => left - right));
  });

  it('shows deployments and checks, with their buttons', async () => {
    Object.assign(client.github.state.world.installations[0]!.permissions, {
      deployments: 'write',
      checks: 'write',
    });
    const as = await client.installationToken();
    const post = (path: string, body: object) =>
      client.api(`/repos/sandbox/shop${path}`, { method: 'POST', as, body });
    const { body: deployment } = await post('/deployments', {
      ref: 'free-shipping',
      environment: 'preview/pr-1',
      required_contexts: [],
      auto_merge: false,
    });
    const environment_url = 'http://preview.localhost/';
    const status = `/deployments/${deployment.id}/statuses`;
    await post(status, { state: 'success', environment_url });
    const { body: run } = await post('/check-runs', {
      name: 'Preview',
      head_sha: first().head.sha,
      actions: [{ label: 'Make public', description: 'D', identifier: 'public' }],
    });
    const { body } = await visit(pull);
    expect(body).toMatch(/<a href="http:\/\/preview\.localhost\/"[^>]*>View deployment<\/a>/);
    expect(body).toContain('Make public');
    const press = { do: 'check-action', run: String(run.id), identifier: 'public' };
    expect((await send(pull, press)).status).toBe(303);
    await post(status, { state: 'inactive' });
    expect((await visit(pull)).body).not.toContain('View deployment');
  });

  it('is elsewhere after a rename, and a pull request is no issue', async () => {
    act({ action: 'rename_repository', repository: 'sandbox/shop', to: 'store' });
    const { status, headers } = await visit(pull);
    expect([status, headers.get('location')]).toEqual([301, '/sandbox/store/pull/1']);
    expect((await visit('/sandbox/shop')).headers.get('location')).toBe('/sandbox/store');
    expect((await visit(pull, 'mallory')).status).toBe(404);
    expect((await visit('/sandbox/store/issues/1')).status).toBe(404);
    act({ action: 'open_issue', repository: 'sandbox/store', title: 'Why?' });
    expect((await visit('/sandbox/store/issues/2')).body).toContain('Why?');
  });
});

describe('the page of a repository', () => {
  it('opens a pull request after a push, also from a fork', async () => {
    await send('/sandbox/shop/push', { branch: 'b' });
    const fields = { head: 'sandbox:b', base: 'main', title: 'B', body: '' };
    const opened = await send('/sandbox/shop/pulls', fields);
    expect(opened.headers.get('location')).toBe('/sandbox/shop/pull/2');
    expect((await send('/sandbox/shop/pulls', fields)).body).toContain('already exists');
    expect((await visit('/sandbox/shop', 'bob')).body).not.toContain('Fork');
    expect((await send('/sandbox/shop/fork', {}, 'bob')).status).toBe(400);
    act({ action: 'set_visibility', repository: 'sandbox/shop', private: false });
    expect((await visit('/sandbox/shop', 'mallory')).body).toContain('<button>Fork</button>');
    const forked = await send('/sandbox/shop/fork', {}, 'mallory');
    expect(forked.headers.get('location')).toBe('/mallory/shop');
    expect((await visit('/mallory/shop')).body).toContain('a fork of sandbox/shop');
    expect((await send('/sandbox/shop/fork', {}, 'mallory')).status).toBe(400);
    expect((await send('/sandbox/shop/push', { branch: 'b' }, 'mallory')).status).toBe(400);
    expect((await send('/mallory/shop/push', { branch: 'c' }, 'mallory')).status).toBe(303);
    expect((await visit('/sandbox/shop', 'mallory')).body).toContain('mallory:c');
    const other = { ...fields, head: 'mallory:c' };
    const there = await send('/sandbox/shop/pulls', other, 'mallory');
    expect(there.headers.get('location')).toBe('/sandbox/shop/pull/3');
    expect((await visit('/sandbox/shop')).body).toContain('/sandbox/shop/pull/3');
    expect((await visit('/sandbox/shop/pull/3')).body).toContain('mallory:c');
  });
});

describe('what an app was told', () => {
  it('is listed, and told again', async () => {
    const page = '/apps/byway-sandbox/deliveries';
    expect((await visit(page)).body).toContain('Nothing yet');
    client.app.webhook_url = 'http://127.0.0.1:1/';
    act({ action: 'close_pull_request', repository: 'sandbox/shop', number: 1 });
    await client.github.webhooks.settled();
    const { body } = await visit(page);
    expect(body).toContain('pull_request, closed');
    expect(body).toContain('502 failed to connect to host');
    expect(body).toContain('X-GitHub-Event: pull_request');
    expect(body).toContain('&quot;action&quot;: &quot;closed&quot;');
    const id = /name="id"\s+value="(\d+)"/.exec(body)![1]!;
    expect((await send(page, { id })).status).toBe(303);
    await client.github.webhooks.settled();
    expect((await visit(page)).body).toContain('sent again');
    expect((await send(page, { id: '1' })).status).toBe(400);
    expect((await visit('/apps/nothing/deliveries')).status).toBe(404);
    expect((await visit(page, 'bob')).status).toBe(404);
    expect((await send(page, { id }, 'bob')).status).toBe(404);
  });
});
