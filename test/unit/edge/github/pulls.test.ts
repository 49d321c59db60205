/** Pull requests at GitHub: what is asked, with which token, and what becomes of each answer. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { GitHubPulls, type RepositoryToken } from '#edge/github/pulls.ts';
import { Rest } from '#edge/github/rest.ts';
import { startGitHub, type GitHubSandbox } from '#sandbox/github/github.ts';
import { ScratchGitHub, type Told } from './scratch-github.ts';

const repository = { id: 7, owner: { id: 77, login: 'acme' }, name: 'shop' };
const place = { repository, number: 42 };
const owner = { id: 77, login: 'acme', type: 'Organization' };
const sha = 'a'.repeat(40);
const body = {
  id: 4200,
  number: 42,
  state: 'open',
  closed_at: null as string | null,
  user: { id: 1, login: 'ann' } as object | null,
  head: {
    sha,
    ref: 'feature',
    repo: { id: 7, name: 'shop', owner, pushed_at: '2026-01-01T00:00:01Z' } as object | null,
  },
  base: { ref: 'main', repo: { id: 7, name: 'shop', owner } },
};
const pullRoute = 'GET /api/repos/acme/shop/pulls/42';
const commentsRoute = 'GET /api/repos/acme/shop/issues/42/comments';

let gitHub: ScratchGitHub;
let pulls: GitHubPulls;
let tokens: RepositoryToken[];
/** What the owner of tokens was asked. */
let wanted: [number, string | undefined][];

beforeEach(async () => {
  gitHub = await new ScratchGitHub().start();
  tokens = [];
  wanted = [];
  const tokenOf = (id: number, refused?: string): Promise<RepositoryToken> => {
    wanted.push([id, refused]);
    return Promise.resolve(tokens.shift() ?? { kind: 'token', token: `ghs_${wanted.length}` });
  };
  pulls = new GitHubPulls(new Rest(`${gitHub.url}/api`, gitHub.services), tokenOf, 7);
});
afterEach(() => gitHub.stop());

/** The repository has another name, and the old one says so or knows nothing of it. */
function moved(name: string, login = 'acme'): void {
  gitHub.on('GET /api/repositories/7', {
    body: { id: 7, name, owner: { ...owner, login } },
  });
}

const paths = (): string[] => gitHub.asked.map(({ method, url }) => `${method} ${url}`);

describe('a pull request', () => {
  it('is what GitHub says of it', async () => {
    gitHub.on(pullRoute, { body });
    expect(await pulls.pull(place)).toEqual({
      kind: 'ok',
      value: {
        number: 42,
        state: 'open',
        closedMs: undefined,
        author: { id: 1, login: 'ann' },
        head: {
          sha,
          branch: 'feature',
          repository: {
            id: 7,
            owner: { id: 77, login: 'acme' },
            pushedMs: Date.UTC(2026, 0, 1, 0, 0, 1),
          },
        },
        base: { repository },
      },
    });
    expect(gitHub.asked[0]?.headers.authorization).toBe('Bearer ghs_1');
    expect(wanted).toEqual([[7, undefined]]);
  });

  it('may be of a fork that was deleted, of a deleted account, and closed', async () => {
    const closed_at = '2026-01-01T00:00:05Z';
    const head = { ...body.head, repo: null };
    gitHub.on(pullRoute, { body: { ...body, head, user: null, state: 'closed', closed_at } });
    expect(await pulls.pull(place)).toMatchObject({
      kind: 'ok',
      value: {
        state: 'closed',
        closedMs: Date.parse(closed_at),
        author: { login: 'ghost' },
        head: { repository: undefined },
      },
    });
  });

  it.each<[number, string]>([
    [404, 'gone'],
    [410, 'gone'],
    [403, 'forbidden'],
    [422, 'forbidden'],
    [451, 'forbidden'],
    [500, 'unavailable'],
    [429, 'unavailable'],
  ])('that is answered by %i is %s', async (status, kind) => {
    gitHub.on(pullRoute, { status, body: { message: 'x' } });
    expect(await pulls.pull(place)).toMatchObject({ kind });
  });

  it.each<[string, Told]>([
    ['with fields missing', { body: { number: 42 } }],
    ['cut short', { body: '{"number":42,' }],
    ['never given', { fault: 'cut' }],
    ['that asks to wait', { status: 403, headers: { 'retry-after': '7' } }],
  ])('in an answer %s is not believed, and asked again later', async (_what, told) => {
    gitHub.on(pullRoute, told);
    expect(await pulls.pull(place)).toMatchObject({ kind: 'unavailable' });
  });

  it('is followed by the repository’s id when the name leads elsewhere', async () => {
    gitHub.on(pullRoute, {
      status: 301,
      headers: { location: `${gitHub.url}/api/repositories/7` },
    });
    gitHub.on('GET /api/repos/acme/store/pulls/42', { body });
    moved('store');
    expect(await pulls.pull(place)).toMatchObject({ kind: 'ok' });
    gitHub.asked.length = 0;
    expect(await pulls.pull(place)).toMatchObject({ kind: 'ok' });
    expect(paths()).toEqual(['GET /api/repos/acme/store/pulls/42']);
  });

  it('of another repository that took the old name is not taken for it', async () => {
    const other = { ...body, base: { ...body.base, repo: { ...body.base.repo, id: 8 } } };
    gitHub.on(pullRoute, { body: other });
    expect(await pulls.pull(place)).toEqual({ kind: 'gone' });
    moved('store', 'elsewhere');
    gitHub.on('GET /api/repos/elsewhere/store/pulls/42', { body });
    expect(await pulls.pull(place)).toMatchObject({ kind: 'ok' });
  });

  it('is asked for with another token when GitHub refuses one, and not for ever', async () => {
    gitHub.on(pullRoute, ({ headers }) =>
      headers.authorization === 'Bearer ghs_2' ? { body } : { status: 401 },
    );
    expect(await pulls.pull(place)).toMatchObject({ kind: 'ok' });
    expect(wanted).toEqual([
      [7, undefined],
      [7, 'ghs_1'],
    ]);
    gitHub.on(pullRoute, { status: 401 });
    gitHub.asked.length = 0;
    expect(await pulls.pull(place)).toEqual({ kind: 'forbidden' });
    expect(gitHub.asked).toHaveLength(3);
  });

  it.each<RepositoryToken>([
    { kind: 'gone' },
    { kind: 'forbidden' },
    { kind: 'unavailable', retryAfterMs: 9 },
  ])('is $kind where there is no token, and nobody is asked', async (token) => {
    tokens.push(token);
    expect(await pulls.pull(place)).toEqual(token);
    expect(gitHub.asked).toEqual([]);
  });
});

describe('pull requests of a working copy', () => {
  it('by branch are always asked with the owner, who may be a fork’s', async () => {
    gitHub.on('GET /api/repos/acme/shop/pulls', { body: [body] });
    expect(await pulls.pullsByHead(repository, 'bob', 'a/b&c')).toMatchObject({
      kind: 'ok',
      value: [{ number: 42 }],
    });
    const { searchParams } = new URL(gitHub.asked[0]!.url, gitHub.url);
    expect(Object.fromEntries(searchParams)).toEqual({
      head: 'bob:a/b&c',
      state: 'open',
      per_page: '100',
    });
  });

  it.each([404, 409, 422])('by commit are none where GitHub knows none (%i)', async (status) => {
    gitHub.on(`GET /api/repos/acme/shop/commits/${sha}/pulls`, { status });
    expect(await pulls.pullsOfCommit(repository, sha)).toEqual({ kind: 'ok', value: [] });
  });

  it('by commit are unknown where GitHub is away', async () => {
    gitHub.on(`GET /api/repos/acme/shop/commits/${sha}/pulls`, { status: 502 });
    expect(await pulls.pullsOfCommit(repository, sha)).toMatchObject({ kind: 'unavailable' });
  });
});

describe('comments', () => {
  const said = (id: number, app: number | null = null) => ({
    id,
    body: id === 3 ? null : `text ${id}`,
    user: { id: 1, login: 'ann', type: app === null ? 'User' : 'Bot' },
    performed_via_github_app: app === null ? null : { id: app },
  });

  it('are those of all pages, with what tells ours from others', async () => {
    const next = `${gitHub.url}/api/repositories/7/issues/42/comments?page=2`;
    const headers = { link: `<${next}>; rel="next"` };
    gitHub.on(commentsRoute, { body: [said(1), said(2, 99)], headers });
    gitHub.on('GET /api/repositories/7/issues/42/comments', { body: [said(3)] });
    expect(await pulls.comments(place)).toEqual({
      kind: 'ok',
      value: [
        { id: 1, body: 'text 1', authorType: 'User', appId: undefined },
        { id: 2, body: 'text 2', authorType: 'Bot', appId: 99 },
        { id: 3, body: '', authorType: 'User', appId: undefined },
      ],
    });
  });

  it('are found under the repository’s new name, and with a new token', async () => {
    gitHub.on(commentsRoute, { status: 301 });
    gitHub.on('GET /api/repos/acme/store/issues/42/comments', ({ headers }) =>
      headers.authorization === 'Bearer ghs_3' ? { status: 401 } : { body: [said(1)] },
    );
    moved('store');
    expect(await pulls.comments(place)).toMatchObject({ kind: 'ok', value: [{ id: 1 }] });
    expect(wanted.at(-1)).toEqual([7, 'ghs_3']);
  });

  it('are written, edited and reacted to', async () => {
    gitHub
      .on('POST /api/repos/acme/shop/issues/42/comments', { status: 201, body: { id: 9 } })
      .on('PATCH /api/repos/acme/shop/issues/comments/9', { body: {} })
      .on('GET /api/repos/acme/shop/issues/comments/9', { body: said(9, 99) })
      .on('POST /api/repos/acme/shop/issues/comments/9/reactions', { status: 201, body: {} });
    expect(await pulls.createComment(place, 'one')).toEqual({ kind: 'ok', value: { id: 9 } });
    expect(await pulls.updateComment(place, 9, 'two')).toMatchObject({ kind: 'ok' });
    expect(await pulls.comment(place, 9)).toMatchObject({ kind: 'ok', value: { appId: 99 } });
    expect(await pulls.react(place, 9, 'rocket')).toMatchObject({ kind: 'ok' });
    expect(gitHub.asked.map((asked) => asked.body)).toEqual([
      '{"body":"one"}',
      '{"body":"two"}',
      '',
      '{"content":"rocket"}',
    ]);
  });

  it('that a locked conversation refuses are refused for good', async () => {
    const message = 'Unable to create comment because issue is locked.';
    const told = { status: 403, body: { message } };
    gitHub.on('POST /api/repos/acme/shop/issues/42/comments', told);
    moved('shop');
    expect(await pulls.createComment(place, 'one')).toEqual({ kind: 'forbidden' });
    expect(gitHub.askedOf('POST')).toHaveLength(1);
  });

  it('go to the repository that was meant, not to one that has its old name', async () => {
    const told = { status: 403, body: { message: 'Resource not accessible by integration' } };
    gitHub.on('POST /api/repos/acme/shop/issues/42/comments', told);
    gitHub.on('POST /api/repos/acme/store/issues/42/comments', { status: 201, body: { id: 9 } });
    moved('store');
    expect(await pulls.createComment(place, 'one')).toEqual({ kind: 'ok', value: { id: 9 } });
  });
});

describe('people', () => {
  const route = 'GET /api/repos/acme/shop/collaborators/bob/permission';

  it('may do what GitHub says, under the number that it means', async () => {
    gitHub.on(route, { body: { permission: 'write', user: { id: 2 } } });
    expect(await pulls.permission(repository, 'bob')).toEqual({
      kind: 'ok',
      value: { permission: 'write', userId: 2 },
    });
  });

  it.each<[string, Told, string]>([
    ['nobody', { body: { permission: 'none', user: null } }, 'gone'],
    ['an unknown permission', { body: { permission: 'owner', user: { id: 2 } } }, 'unavailable'],
    ['no such person', { status: 404 }, 'gone'],
  ])('of whom GitHub says %s may do nothing; threat 46', async (_what, told, kind) => {
    gitHub.on(route, told);
    expect(await pulls.permission(repository, 'bob')).toMatchObject({ kind });
  });

  it('are looked up with the token of the repository that was asked last', async () => {
    gitHub.on('GET /api/users/bob', ({ headers }) =>
      headers.authorization === 'Bearer ghs_1'
        ? { status: 401 }
        : { body: { id: 2, login: 'Bob', name: 'x' } },
    );
    expect(await pulls.user('bob')).toEqual({ kind: 'ok', value: { id: 2, login: 'Bob' } });
    expect(wanted).toEqual([
      [7, undefined],
      [7, 'ghs_1'],
    ]);
  });
});

describe('deployments', () => {
  it('name the commit, replace nothing and wait for nothing', async () => {
    gitHub
      .on('POST /api/repos/acme/shop/deployments', { status: 201, body: { id: 3 } })
      .on('POST /api/repos/acme/shop/deployments/3/statuses', { status: 201, body: {} });
    const environment = 'preview/pr-42';
    const made = await pulls.createDeployment(place, { sha, environment });
    expect(made).toEqual({ kind: 'ok', value: { id: 3 } });
    const url = 'https://web.preview.example.dev';
    await pulls.createDeploymentStatus(place, 3, { state: 'success', url });
    await pulls.createDeploymentStatus(place, 3, { state: 'inactive', url: undefined });
    expect(gitHub.asked.map((asked) => JSON.parse(asked.body) as object)).toEqual([
      {
        ref: sha,
        environment,
        auto_merge: false,
        required_contexts: [],
        transient_environment: true,
        production_environment: false,
      },
      { state: 'success', auto_inactive: false, environment_url: url },
      { state: 'inactive', auto_inactive: false },
    ]);
  });
});

describe('against the sandbox, which holds every request against GitHub’s description', () => {
  let sandbox: GitHubSandbox;
  beforeEach(async () => {
    sandbox = await startGitHub();
  });
  afterEach(async () => {
    await sandbox.stop();
    expect(sandbox.journal.violations).toEqual([]);
  });

  it('all is asked rightly', async () => {
    const { sandboxed, made } = await pullsAt(sandbox);
    expect(await sandboxed.pull(made)).toMatchObject({ kind: 'ok', value: { state: 'open' } });
    expect(await sandboxed.pullsByHead(made.repository, 'sandbox', 'free-shipping')).toMatchObject({
      kind: 'ok',
      value: [{ number: 1 }],
    });
    const { sha: head } = sandbox.state.world.pull_requests[0]!.head;
    expect(await sandboxed.pullsOfCommit(made.repository, head)).toMatchObject({
      value: [{ number: 1 }],
    });
    const comment = await sandboxed.createComment(made, 'one');
    if (comment.kind !== 'ok') throw new Error(comment.kind);
    const { id } = comment.value;
    expect(await sandboxed.updateComment(made, id, 'two')).toMatchObject({ kind: 'ok' });
    expect(await sandboxed.react(made, id, 'eyes')).toMatchObject({ kind: 'ok' });
    expect(await sandboxed.comments(made)).toMatchObject({
      value: [{ id, body: 'two', authorType: 'Bot', appId: 77 }],
    });
    expect(await sandboxed.permission(made.repository, 'bob')).toEqual({
      kind: 'ok',
      value: { permission: 'read', userId: 1002 },
    });
    expect(await sandboxed.user('mallory')).toMatchObject({ value: { id: 1003 } });
    sandbox.actions.act({ action: 'rename_repository', repository: 'sandbox/shop', to: 'store' });
    expect(await sandboxed.updateComment(made, id, 'three')).toMatchObject({ kind: 'ok' });
    sandbox.actions.act({ action: 'delete_comment', comment_id: id });
    expect(await sandboxed.updateComment(made, id, 'four')).toEqual({ kind: 'gone' });
  });
});

async function pullsAt({ state, apiUrl }: GitHubSandbox) {
  const { mintForRepository } = await import('#edge/github/repository-token.ts');
  const { gitHubConfigOf } = await import('#edge/github/config.ts');
  const app = state.world.apps[0]!;
  const config = gitHubConfigOf({
    webUrl: 'http://127.0.0.1',
    apiUrl,
    appId: app.id,
    clientId: app.client_id,
    clientSecret: app.client_secret,
    privateKey: app.private_key,
    webhookSecrets: [app.webhook_secret],
    slug: app.slug,
  });
  const services = { clock: { nowMs: () => Date.now() }, log: { info() {}, warn() {} } };
  const rest = new Rest(apiUrl, services);
  const tokenOf = (repositoryId: number): Promise<RepositoryToken> =>
    mintForRepository(rest, config, services, { installationId: 501, repositoryId });
  const shop = { id: 2001, owner: { id: 1, login: 'sandbox' }, name: 'shop' };
  return {
    sandboxed: new GitHubPulls(rest, tokenOf, 2001),
    made: { repository: shop, number: 1 },
  };
}
