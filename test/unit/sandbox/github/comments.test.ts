import { describe, expect, it } from 'vitest';
import type { ActionSeed } from '#sandbox/github/actions.ts';
import { useGitHub } from './client.ts';

const client = useGitHub();
const act = (action: ActionSeed) => client.github.actions.act(action) as Record<string, number>;
const issues = '/repos/sandbox/shop/issues';
const send = (as: string, method: string, path: string, body?: object) =>
  client.api(`${issues}${path}`, { method, as, ...(body === undefined ? {} : { body }) });
const write = (as: string, body: string) => send(as, 'POST', '/1/comments', { body });
const said = (body: string) =>
  act({ action: 'comment', repository: 'sandbox/shop', number: 1, body, login: 'bob' }).comment_id;

describe('a comment', () => {
  it('of an app is its bot’s, and says which app', async () => {
    const as = await client.installationToken();
    const { status, body, headers } = await write(as, 'hello');
    expect(status).toBe(201);
    expect(headers.get('location')).toBe(body.url);
    expect(body).toMatchObject({
      body: 'hello',
      user: { login: 'byway-sandbox[bot]', type: 'Bot' },
      performed_via_github_app: { id: 77, slug: 'byway-sandbox' },
      author_association: 'NONE',
      issue_url: expect.stringMatching(/\/issues\/1$/),
      html_url: expect.stringMatching(/\/sandbox\/shop\/pull\/1#issuecomment-\d+$/),
    });
    expect(body.id).toBeGreaterThan(2 ** 31);
    const bot = await client.api('/users/byway-sandbox%5Bbot%5D');
    expect(bot.body.id).toBe(body.user.id);
  });

  it('of a person through an app is the person’s, and says which app as well', async () => {
    const { body } = await write(await client.userToken('bob'), 'hello');
    expect(body).toMatchObject({
      user: { login: 'bob', type: 'User' },
      performed_via_github_app: { id: 77 },
    });
  });

  it('of a person on a page names no app', async () => {
    const id = said('hello');
    const { body } = await send(await client.installationToken(), 'GET', `/comments/${id}`);
    expect(body).toMatchObject({ user: { login: 'bob' }, performed_via_github_app: null });
  });

  it.each([
    ['nothing', '  ', 422],
    ['as much as fits', 'x'.repeat(65_536), 201],
    ['more than fits', 'x'.repeat(65_537), 422],
  ])('of %s', async (_what, text, status) => {
    expect((await write(await client.installationToken(), text)).status).toBe(status);
  });

  it('is changed and deleted, and is gone then', async () => {
    const as = await client.installationToken();
    const { body } = await write(as, 'one');
    client.github.state.clock.advance(5_000);
    const edited = await send(as, 'PATCH', `/comments/${body.id}`, { body: 'two' });
    expect([edited.status, edited.body.body]).toEqual([200, 'two']);
    expect(Date.parse(edited.body.updated_at)).toBeGreaterThan(Date.parse(body.updated_at));
    expect((await send(as, 'DELETE', `/comments/${body.id}`)).status).toBe(204);
    for (const method of ['GET', 'DELETE']) {
      expect((await send(as, method, `/comments/${body.id}`)).status).toBe(404);
    }
    expect((await send(as, 'PATCH', `/comments/${body.id}`, { body: 'x' })).status).toBe(404);
  });

  it('of somebody else is changed by those who may write', async () => {
    const id = said('hello');
    act({
      action: 'set_collaborator',
      repository: 'sandbox/shop',
      person: 'mallory',
      role: 'read',
    });
    const mallory = await client.userToken('mallory');
    expect((await send(mallory, 'PATCH', `/comments/${id}`, { body: 'x' })).status).toBe(403);
    expect((await send(mallory, 'DELETE', `/comments/${id}`)).status).toBe(403);
    const alice = await client.userToken('alice');
    expect((await send(alice, 'PATCH', `/comments/${id}`, { body: 'x' })).status).toBe(200);
    const app = await client.installationToken();
    expect((await send(app, 'DELETE', `/comments/${id}`)).status).toBe(204);
  });
});

describe('the list', () => {
  it('is oldest first, 30 a page', async () => {
    for (let index = 1; index <= 65; index += 1) said(`c${index}`);
    const as = await client.installationToken();
    const seen: string[] = [];
    let path: string | undefined = '/1/comments';
    let pages = 0;
    while (path !== undefined) {
      const answer = await send(as, 'GET', path);
      pages += 1;
      seen.push(...answer.body.map(({ body }: { body: string }) => body));
      path = /<[^>]*\/issues([^>]+)>; rel="next"/.exec(answer.headers.get('link') ?? '')?.[1];
    }
    expect([pages, seen.length, seen[0], seen.at(-1)]).toEqual([3, 65, 'c1', 'c65']);
    expect((await send(as, 'GET', '/1/comments?per_page=100')).body).toHaveLength(65);
  });

  it('since a time has what was changed since', async () => {
    const id = said('old');
    said('older');
    client.github.state.clock.advance(60_000);
    const since = client.github.state.clock.timestamp();
    act({ action: 'edit_comment', comment_id: id!, body: 'new', login: 'bob' });
    const as = await client.installationToken();
    const { body } = await send(as, 'GET', `/1/comments?since=${since}`);
    expect(body.map((comment: { body: string }) => comment.body)).toEqual(['new']);
  });

  it('is that of an issue or a pull request, and 404 where there is neither', async () => {
    const as = await client.installationToken();
    const { number } = act({ action: 'open_issue', repository: 'sandbox/shop', login: 'bob' });
    expect(number).toBe(2);
    expect((await send(as, 'GET', '/2/comments')).body).toEqual([]);
    expect((await send(as, 'GET', '/3/comments')).status).toBe(404);
    expect((await send(as, 'GET', '/2')).body).not.toHaveProperty('pull_request');
    expect((await send(as, 'GET', '/1')).body.pull_request.merged_at).toBeNull();
  });
});

describe('a reaction', () => {
  it('is made once: 201, then 200', async () => {
    const id = said('/preview public');
    const as = await client.installationToken();
    const first = await send(as, 'POST', `/comments/${id}/reactions`, { content: 'eyes' });
    const again = await send(as, 'POST', `/comments/${id}/reactions`, { content: 'eyes' });
    expect([first.status, again.status, again.body.id]).toEqual([201, 200, first.body.id]);
    expect(first.body.user.type).toBe('Bot');
    const bob = await client.userToken('bob');
    const other = await send(bob, 'POST', `/comments/${id}/reactions`, { content: 'eyes' });
    expect(other.status).toBe(201);
    const { body } = await send(as, 'GET', `/comments/${id}`);
    expect(body.reactions).toMatchObject({ eyes: 2, rocket: 0, total_count: 2 });
    const wrong = { content: 'thumbsup' };
    expect((await send(as, 'POST', `/comments/${id}/reactions`, wrong)).status).toBe(500);
    expect(client.takeViolations()).toHaveLength(1);
  });

  it('is listed and taken back, by who left it', async () => {
    const id = said('hello');
    const as = await client.installationToken();
    const made = await send(as, 'POST', `/comments/${id}/reactions`, { content: 'rocket' });
    await send(as, 'POST', `/comments/${id}/reactions`, { content: '+1' });
    const list = async (query = '') =>
      (await send(as, 'GET', `/comments/${id}/reactions${query}`)).body.map(
        ({ content }: { content: string }) => content,
      );
    expect(await list()).toEqual(['rocket', '+1']);
    expect(await list('?content=%2B1')).toEqual(['+1']);
    const path = `/comments/${id}/reactions/${made.body.id}`;
    expect((await send(await client.userToken('bob'), 'DELETE', path)).status).toBe(403);
    expect((await send(as, 'DELETE', path)).status).toBe(204);
    expect((await send(as, 'DELETE', path)).status).toBe(404);
    expect(await list()).toEqual(['+1']);
  });

  it('is left on the pull request itself as well', async () => {
    const as = await client.installationToken();
    const made = await send(as, 'POST', '/1/reactions', { content: 'heart' });
    expect(made.status).toBe(201);
    expect((await send(as, 'GET', '/1/reactions')).body).toHaveLength(1);
    expect((await send(as, 'GET', '/1')).body.reactions.heart).toBe(1);
    expect((await send(as, 'DELETE', `/1/reactions/${made.body.id}`)).status).toBe(204);
  });
});

// actions/github-script#643, coder/coder#24149
it.each([
  ['alice', false, 'NONE'],
  ['alice', true, 'MEMBER'],
  ['mallory', false, 'COLLABORATOR'],
])('%s, shown as a member %s: %s', async (login, shown, association) => {
  for (const member of client.github.state.world.organizations[0]!.members) member.public = shown;
  client.github.state.world.repositories[0]!.collaborators.push({
    user_id: 1003,
    role_name: 'write',
  });
  const as = await client.userToken(login);
  expect((await write(as, 'hello')).body.author_association).toBe(association);
});
