import { describe, expect, it } from 'vitest';
import type { ActionSeed } from '#sandbox/github/actions.ts';
import { useGitHub } from './client.ts';

const client = useGitHub();
const shop = 'sandbox/shop';
const act = (action: ActionSeed) => client.github.actions.act(action) as Record<string, never>;
const get = async (path: string) => {
  const answer = await client.api(`/repos/${shop}${path}`, {
    as: await client.installationToken(),
  });
  return answer;
};
const numbers = async (query: string) =>
  (await get(`/pulls${query}`)).body.map(({ number }: { number: number }) => number);

/** A fork of mallory's with a pull request of its own: #2. */
function fork(): void {
  act({ action: 'set_visibility', repository: shop, private: false });
  act({ action: 'fork_repository', repository: shop, owner: 'mallory', name: 'my-shop' });
  const repository = 'mallory/my-shop';
  act({ action: 'push', repository, branch: 'free-shipping', login: 'mallory' });
  act({
    action: 'open_pull_request',
    repository: shop,
    head: 'mallory:free-shipping',
    title: 'From a fork',
    login: 'mallory',
  });
}

describe('a pull request', () => {
  it('says where it comes from and where it goes', async () => {
    const { status, body } = await get('/pulls/1');
    expect(status).toBe(200);
    expect(body).toMatchObject({
      number: 1,
      state: 'open',
      merged: false,
      user: { login: 'alice', id: 1001 },
      head: { label: 'sandbox:free-shipping', ref: 'free-shipping', repo: { id: 2001 } },
      base: { ref: 'main', repo: { id: 2001, full_name: shop } },
      commits: 1,
      mergeable_state: 'clean',
    });
    expect(body.html_url).toBe(`${client.github.loopbackUrl}/sandbox/shop/pull/1`);
    expect((await get('/pulls/2')).status).toBe(404);
  });

  it('from a fork names the fork, and nothing when the fork is gone', async () => {
    fork();
    const { body } = await get('/pulls/2');
    expect(body.head).toMatchObject({
      label: 'mallory:free-shipping',
      repo: { full_name: 'mallory/my-shop', fork: true, owner: { type: 'User' } },
    });
    act({ action: 'delete_repository', repository: 'mallory/my-shop' });
    const { body: after } = await get('/pulls/2');
    expect(after.head).toMatchObject({ label: 'mallory:free-shipping', repo: null });
    expect((await get('/pulls')).body[0].head.repo).toBeNull();
  });

  it('is closed, opened again and merged; each but once', async () => {
    const on = { repository: shop, number: 1 } as const;
    act({ action: 'close_pull_request', ...on });
    expect((await get('/pulls/1')).body).toMatchObject({ state: 'closed', merged: false });
    expect(() => act({ action: 'close_pull_request', ...on })).toThrow('#1 is closed');
    act({ action: 'reopen_pull_request', ...on });
    expect((await get('/pulls/1')).body).toMatchObject({ state: 'open', closed_at: null });
    act({ action: 'merge_pull_request', ...on, login: 'alice' });
    const { body } = await get('/pulls/1');
    expect(body).toMatchObject({ state: 'closed', merged: true, merged_by: { login: 'alice' } });
    expect(body.merged_at).toBe(body.closed_at);
    expect(() => act({ action: 'reopen_pull_request', ...on })).toThrow('#1 is merged');
    const main = client.github.state.world.repositories[0]!.branches[0]!;
    expect(main.sha).toBe(body.merge_commit_sha);
  });

  it('follows its branch, and ends with it', async () => {
    const { sha } = act({ action: 'push', repository: shop, branch: 'free-shipping' });
    expect((await get('/pulls/1')).body).toMatchObject({ head: { sha }, commits: 2 });
    act({ action: 'delete_branch', repository: shop, branch: 'free-shipping' });
    expect((await get('/pulls/1')).body.state).toBe('closed');
    const again = { action: 'reopen_pull_request', repository: shop, number: 1 } as const;
    expect(() => act(again)).toThrow('the branch of #1 is gone');
  });

  it('needs branches, something to merge, and no twin', () => {
    const open = (head: string, base?: string) =>
      act({
        action: 'open_pull_request',
        repository: shop,
        head,
        ...(base === undefined ? {} : { base }),
      });
    expect(() => open('nothing')).toThrow('has no branch nothing');
    expect(() => open('main', 'nothing')).toThrow('has no branch nothing');
    expect(() => open('main')).toThrow('No commits between main and sandbox:main');
    expect(() => open('free-shipping')).toThrow('A pull request already exists');
    expect(() => open('mallory:main')).toThrow('mallory has no fork of shop');
  });
});

describe('the list', () => {
  it('has the open ones, newest first, in pages', async () => {
    for (let index = 0; index < 32; index += 1) {
      act({ action: 'push', repository: shop, branch: `b${index}` });
      act({ action: 'open_pull_request', repository: shop, head: `b${index}` });
    }
    const answer = await get('/pulls');
    expect(answer.body).toHaveLength(30);
    expect(answer.body[0].number).toBe(33);
    expect(answer.headers.get('link')).toContain('rel="next"');
    expect(await numbers('?page=2')).toEqual([3, 2, 1]);
    expect(await numbers('?direction=asc&per_page=2')).toEqual([1, 2]);
    act({ action: 'close_pull_request', repository: shop, number: 2 });
    expect(await numbers('?state=closed')).toEqual([2]);
    expect(await numbers('?state=all&per_page=100')).toHaveLength(33);
  });

  it('by branch: owner and name; a name alone is ignored (argoproj-labs/gitops-promoter#1417)', async () => {
    fork();
    expect(await numbers('?head=sandbox:free-shipping')).toEqual([1]);
    expect(await numbers('?head=MALLORY:free-shipping')).toEqual([2]);
    expect(await numbers('?head=alice:free-shipping')).toEqual([]);
    expect(await numbers('?head=free-shipping')).toEqual([2, 1]);
    expect(await numbers('?base=main&head=sandbox:free-shipping')).toEqual([1]);
    expect(await numbers('?base=other')).toEqual([]);
    act({ action: 'close_pull_request', repository: shop, number: 1 });
    expect(await numbers('?head=sandbox:free-shipping')).toEqual([]);
    expect(await numbers('?head=sandbox:free-shipping&state=all')).toEqual([1]);
  });
});

describe('the pull requests of a commit', () => {
  const of = async (sha: string) => {
    const { status, body } = await get(`/commits/${sha}/pulls`);
    return [status, status === 200 ? body.map(({ number }: { number: number }) => number) : []];
  };

  it('are those that are open or merged and have it', async () => {
    const first = (await get('/pulls/1')).body.head.sha;
    const { sha } = act({ action: 'push', repository: shop, branch: 'free-shipping' });
    expect(await of(first)).toEqual([200, [1]]);
    expect(await of(sha!)).toEqual([200, [1]]);
    expect(await of('0'.repeat(40))).toEqual([422, []]);
    act({ action: 'close_pull_request', repository: shop, number: 1 });
    expect(await of(first)).toEqual([200, []]);
    act({ action: 'reopen_pull_request', repository: shop, number: 1 });
    act({ action: 'merge_pull_request', repository: shop, number: 1 });
    expect(await of(first)).toEqual([200, [1]]);
  });

  it('are never those from forks (n8n-io/n8n-docs#5340)', async () => {
    fork();
    expect(await of((await get('/pulls/2')).body.head.sha)).toEqual([200, []]);
  });

  it('are a conflict in an empty repository', async () => {
    client.github.state.world.repositories[0]!.branches = [];
    expect(await of('0'.repeat(40))).toEqual([409, []]);
  });
});
