/** Pull requests from forks: the link is at the repository that they come to, and no push opens anything. */
import { execFileSync } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Visitor } from '#sandbox/visitor.ts';
import { ids, portOf } from '../gate/scene.ts';
import { nextSecond, PullScene, repository } from './scene.ts';

const scene = new PullScene();
const fork = 'bob/shop';

beforeAll(async () => {
  await scene.start();
  scene.act({ action: 'fork_repository', repository, owner: 'bob' });
}, 90_000);
afterAll(() => scene.stop());

function git(...args: string[]): string {
  const identity = ['-c', 'user.name=A', '-c', 'user.email=a@example.com'];
  return execFileSync('git', [...identity, ...args], { cwd: scene.dir, encoding: 'utf8' }).trim();
}

function pushToFork(branch: string, sha?: string): string {
  const commit = sha === undefined ? {} : { sha };
  const pushed = scene.act({ action: 'push', repository: fork, branch, login: 'bob', ...commit });
  return String(pushed['sha']);
}

function openFromFork(branch: string, login = 'bob'): number {
  const head = `bob:${branch}`;
  return Number(scene.act({ action: 'open_pull_request', repository, head, login })['number']);
}

async function statusOf(origin: string): Promise<number> {
  return (await new Visitor().send(`${origin}/`)).status;
}

const sourceOf = (branch: string, sha: string) => ({
  ...{ remotes: [repository, fork], owner: 'bob', branch, sha },
});

describe('a pull request from a fork', () => {
  it('is found by the working copy of the fork, whichever was first', async () => {
    git('init', '--quiet', '--initial-branch', 'topic');
    git('commit', '--quiet', '--allow-empty', '--message', 'first');
    git('remote', 'add', 'origin', `git@github.com:${fork}.git`);
    git('remote', 'add', 'upstream', `https://github.com/${repository}`);
    const made: string[] = [];
    for (const name of ['before', 'after']) {
      if (name === 'after') {
        pushToFork('topic', git('rev-parse', 'HEAD'));
        openFromFork('topic');
      }
      const { code, stdout, stderr } = await scene.stack.byway(
        ...['intercept', 'web', '--name', name, '--http-header', `x-pull=${name}`],
        ...['--port', `${portOf(scene.laptop)}:http`, '--output', 'json'],
      );
      if (code !== 0) throw new Error(stderr);
      made.push((JSON.parse(stdout) as { preview: { url: string } }).preview.url.slice(0, -1));
    }
    const { number } = scene.github.state.world.pull_requests.at(-1)!;
    // The laptop is the operator's, who opened nothing: a writer has to.
    scene.act({ action: 'set_collaborator', repository, person: 'bob', role: 'write' });
    pushToFork('topic');
    for (const origin of made) await scene.says(number, origin);
    expect(scene.stickies(number)).toHaveLength(1);
    scene.act({ action: 'set_collaborator', repository, person: 'bob', role: null });
  }, 60_000);

  it('by its preview’s owner shows the link; a stranger’s does not', async () => {
    const sha = pushToFork('own');
    const origin = await scene.previewOf(sourceOf('own', sha));
    const theirs = openFromFork('own', 'mallory');
    await scene.asks(theirs, 'alice', '/preview status');
    expect(scene.stickies(theirs)).toEqual([]);
    scene.act({ action: 'close_pull_request', repository, number: theirs, login: 'mallory' });
    const number = openFromFork('own');
    await scene.says(number, origin);
    expect((await scene.shown(origin)).pulls).toMatchObject([{ repository, number }]);
  }, 60_000);

  it('is public by the whole commit alone, and until the next push; threat 48', async () => {
    const sha = pushToFork('public');
    const number = openFromFork('public');
    const origin = await scene.previewOf(sourceOf('public', sha));
    await scene.says(number, origin);
    await nextSecond();
    for (const words of ['', ' 2h', ` ${sha.slice(0, 7)}`, ` ${sha.slice(0, 39)}`]) {
      const reply = await scene.asks(number, 'alice', `/preview public${words}`);
      expect(reply).toContain(`/preview public ${sha}`);
      expect(reply).toContain('fork');
      expect(await statusOf(origin)).toBe(303);
    }
    await scene.publish(number);
    expect(await statusOf(origin)).toBe(200);
    pushToFork('public');
    await scene.says(number, '🔒 organisation');
    expect(await statusOf(origin)).toBe(303);
  }, 60_000);

  it('goes on when its fork is deleted, private, and ends when it is closed', async () => {
    scene.act({ action: 'fork_repository', repository, owner: 'mallory' });
    scene.act({ action: 'push', repository: 'mallory/shop', branch: 'lost', login: 'mallory' });
    const head = 'mallory:lost';
    const opened = scene.act({
      ...{ action: 'open_pull_request', repository, head, login: 'mallory' },
    });
    const number = Number(opened['number']);
    const pr = { repository, number };
    const origin = await scene.previewOf({ remotes: [], pr }, { id: ids.alice, login: 'alice' });
    await scene.says(number, origin);
    await scene.publish(number);
    scene.act({ action: 'delete_repository', repository: 'mallory/shop', login: 'mallory' });
    const { sha } = scene.headOf(number);
    await nextSecond();
    expect(await scene.asks(number, 'alice', '/preview public')).toContain(sha);
    await scene.orders(number, 'alice', '/preview private');
    await scene.says(number, '🔒 organisation');
    expect(await statusOf(origin)).toBe(303);
    scene.act({ action: 'close_pull_request', repository, number, login: 'alice' });
    await scene.says(number, 'closed');
    expect((await new Visitor('bob').open(`${origin}/`)).status).toBe(410);
  }, 60_000);
});
