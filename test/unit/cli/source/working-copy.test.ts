/** What is told of a working copy: real repositories of `git`, without any network. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { pullOf, repositoryOf } from '#cli/source/remote.ts';
import { sourceOf } from '#cli/source/working-copy.ts';

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'byway-source-'));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

function git(...args: string[]): string {
  const identity = ['-c', 'user.name=A', '-c', 'user.email=a@example.com'];
  return execFileSync('git', [...identity, ...args], { cwd: dir, encoding: 'utf8' }).trim();
}

function begin(branch = 'topic'): string {
  git('init', '--quiet', '--initial-branch', branch);
  git('commit', '--quiet', '--allow-empty', '--message', 'first');
  return git('rev-parse', 'HEAD');
}

describe('a working copy', () => {
  it('is nothing without git, and without a remote', async () => {
    expect(await sourceOf(dir, undefined)).toBeUndefined();
    begin();
    expect(await sourceOf(dir, undefined)).toBeUndefined();
    expect(await sourceOf(join(dir, 'missing'), undefined)).toBeUndefined();
  });

  it('is known by its remote, branch and commit', async () => {
    const sha = begin();
    git('remote', 'add', 'origin', 'git@github.com:acme/shop.git');
    expect(await sourceOf(dir, undefined)).toEqual({
      ...{ remotes: ['acme/shop'], owner: 'acme', branch: 'topic', sha },
    });
  });

  it('of a fork names the repository that pull requests go to first', async () => {
    const sha = begin();
    git('remote', 'add', 'origin', 'https://user:secret@github.com/ann/shop');
    git('remote', 'add', 'upstream', 'ssh://git@github.com:22/acme/shop.git');
    const source = await sourceOf(dir, undefined);
    expect(source).toEqual({
      ...{ remotes: ['acme/shop', 'ann/shop'], owner: 'ann', branch: 'topic', sha },
    });
    expect(JSON.stringify(source)).not.toContain('secret');
  });

  it('pushes to the branch that it tracks, whatever its own is called', async () => {
    const sha = begin('mine');
    git('remote', 'add', 'origin', 'https://github.com/acme/shop');
    git('update-ref', 'refs/remotes/origin/theirs', sha);
    git('branch', '--quiet', '--set-upstream-to', 'origin/theirs');
    expect(await sourceOf(dir, undefined)).toMatchObject({ owner: 'acme', branch: 'theirs' });
  });

  it('with a detached head is known by its commit alone', async () => {
    const sha = begin();
    git('remote', 'add', 'origin', 'https://github.com/acme/shop');
    git('checkout', '--quiet', '--detach');
    expect(await sourceOf(dir, undefined)).toEqual({ remotes: ['acme/shop'], sha });
  });
});

describe('--pr and --no-pr', () => {
  it('decide alone', async () => {
    expect(await sourceOf(dir, false)).toEqual({ remotes: [], pr: 'none' });
    const pr = { repository: 'acme/shop', number: 7 };
    expect(await sourceOf(dir, 'https://github.com/acme/shop/pull/7')).toEqual({ remotes: [], pr });
  });

  it('as a number need a remote, and a text of another form is refused', async () => {
    await expect(sourceOf(dir, '7')).rejects.toThrow('no git remote here; give its URL');
    await expect(sourceOf(dir, 'seven')).rejects.toThrow('must be a pull request’s URL');
    begin();
    git('remote', 'add', 'origin', 'https://github.com/acme/shop');
    expect(await sourceOf(dir, '7')).toMatchObject({ remotes: ['acme/shop'], pr: 7 });
  });

  it.each([
    ['#12', 12],
    ['acme/shop#12', { repository: 'acme/shop', number: 12 }],
    ['https://github.com/acme/shop/pull/12/files', { repository: 'acme/shop', number: 12 }],
    ['https://github.com/acme/shop/issues/12', undefined],
    ['0', undefined],
  ])('%s', (text, pull) => expect(pullOf(text)).toEqual(pull));
});

it.each([
  ['https://github.com/acme/shop.git', { owner: 'acme', name: 'shop' }],
  ['https://github.example.com/acme/shop.js/', { owner: 'acme', name: 'shop.js' }],
  ['git@github.com:acme/shop.git', { owner: 'acme', name: 'shop' }],
  ['ssh://git@github.com/acme/shop', { owner: 'acme', name: 'shop' }],
  ['../shop', undefined],
  ['/srv/git/shop.git', undefined],
  ['https://gitlab.example.com/group/sub/shop', undefined],
])('the remote %s', (url, repository) => expect(repositoryOf(url)).toEqual(repository));
