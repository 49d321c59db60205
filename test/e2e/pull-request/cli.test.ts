/** `byway intercept` in a working copy shows its preview at the pull request of the branch. */
import { execFileSync } from 'node:child_process';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { portOf } from '../gate/scene.ts';
import { PullScene, repository } from './scene.ts';

const scene = new PullScene();
let made = 0;
beforeAll(async () => {
  await scene.start();
  git('init', '--quiet', '--initial-branch', 'topic');
  git('commit', '--quiet', '--allow-empty', '--message', 'first');
  git('remote', 'add', 'origin', `https://github.com/${repository}.git`);
}, 90_000);
afterAll(() => scene.stop());

function git(...args: string[]): string {
  const identity = ['-c', 'user.name=A', '-c', 'user.email=a@example.com'];
  return execFileSync('git', [...identity, ...args], { cwd: scene.dir, encoding: 'utf8' }).trim();
}

async function intercept(...flags: string[]): Promise<string> {
  made += 1;
  const { code, stdout, stderr } = await scene.stack.byway(
    ...['intercept', 'web', '--name', `cli-${made}`, '--http-header', `x-cli=${made}`],
    ...['--port', `${portOf(scene.laptop)}:http`, '--output', 'json', ...flags],
  );
  if (code !== 0) throw new Error(stderr);
  return (JSON.parse(stdout) as { preview: { url: string } }).preview.url.replace(/\/$/, '');
}

it('finds the pull request of the branch, whichever was first', async () => {
  const origin = await intercept();
  scene.act({ action: 'push', repository, branch: 'topic', sha: git('rev-parse', 'HEAD') });
  const number = scene.openPull('topic');
  await scene.says(number, origin);
  const second = await intercept();
  expect(await scene.says(number, second)).toContain(origin);
}, 60_000);

it('obeys --pr and --no-pr', async () => {
  scene.push('named');
  const number = scene.openPull('named');
  const named = await intercept('--pr', `${repository}#${number}`);
  const none = await intercept('--no-pr', '--preview-url-banner=false');
  expect(await scene.says(number, named)).not.toContain(none);
  expect(await scene.shown(none)).toMatchObject({ pulls: [], banner: false });
}, 60_000);

it('tells where the link is, at once and later', async () => {
  scene.push('told');
  const number = scene.openPull('told');
  const args = ['intercept', 'web', '--name', 'told', '--http-header', 'x-cli=told'];
  const port = `${portOf(scene.laptop)}:http`;
  const shown = expect.stringMatching(
    new RegExp(String.raw`Shown at *: http\S+/${repository}/pull/${number}\n`),
  );
  const made = await scene.stack.byway(...args, '--port', port, '--pr', String(number));
  expect([made.code, made.stdout]).toEqual([0, shown]);
  expect((await scene.stack.byway('status')).stdout).toEqual(shown);
}, 60_000);

it('refuses to intercept for a pull request that cannot show it, and leaves nothing behind', async () => {
  scene.push('closed');
  const closed = scene.openPull('closed');
  scene.act({ action: 'close_pull_request', repository, number: closed });
  for (const [pr, words] of [
    ['77', '--pr 77: the repository has no pull request of that number'],
    [`${repository}#${closed}`, `--pr ${repository}#${closed}: that pull request is closed`],
    ['https://github.com/else/where/pull/1', '--pr else/where#1: the GitHub App is not installed'],
  ] as const) {
    await expect(intercept('--pr', pr)).rejects.toThrow(words);
  }
  const { stdout } = await scene.stack.byway('status', '--output', 'json');
  const { intercepts, ending_previews: ending } = JSON.parse(stdout) as {
    intercepts: { name: string }[];
    ending_previews: number;
  };
  expect([intercepts.map(({ name }) => name), ending]).toEqual([
    expect.not.arrayContaining([`cli-${made}`]),
    0,
  ]);
}, 60_000);

it('obeys --access', async () => {
  scene.push('readers');
  const number = scene.openPull('readers');
  const origin = await intercept('--pr', String(number), '--access', 'repo');
  await scene.says(number, '🔒 readers of the repository');
  expect(await scene.shown(origin)).toMatchObject({ gate: 'repo', access: 'private' });
  await expect(intercept('--access', 'repo', '--no-pr')).rejects.toThrow('leave out --no-pr');
  await expect(intercept('--access', 'repos')).rejects.toThrow('org, repo');
}, 60_000);

it('goes on after the edge was restarted in the middle of it', async () => {
  scene.push('restarted');
  const number = scene.openPull('restarted');
  const origin = await intercept('--pr', String(number));
  await scene.stack.part('edge').stop();
  await scene.stack.startPart('edge');
  await scene.says(number, origin);
}, 60_000);

it('shows that the cluster is away, and is there again', async () => {
  scene.push('away');
  const number = scene.openPull('away');
  const origin = await intercept('--pr', String(number));
  await scene.says(number, origin);
  await scene.says(number, '🟢');
  const connector = scene.stack.part('connector');
  await connector.stop();
  await scene.says(number, '⚪ cluster not connected');
  await scene.stack.startPart('connector');
  await scene.says(number, '🟢');
}, 60_000);
