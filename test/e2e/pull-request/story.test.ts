/** A preview and its pull request, in both orders, from the link to the closing. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Visitor } from '#sandbox/visitor.ts';
import { ids } from '../gate/scene.ts';
import { PullScene, repository } from './scene.ts';

const scene = new PullScene();
beforeAll(() => scene.start(), 90_000);
afterAll(() => scene.stop());

async function statusOf(origin: string, visitor = new Visitor()): Promise<number> {
  return (await visitor.send(`${origin}/`)).status;
}

describe('a preview and its pull request', () => {
  it('find each other when the pull request was first', async () => {
    const sha = scene.push('first');
    const number = scene.openPull('first');
    const origin = await scene.previewOf({
      ...{ remotes: [repository], owner: 'sandbox', branch: 'first', sha },
    });
    const text = await scene.says(number, origin);
    expect(text).toContain('🔒 organisation');
    expect(text).toContain('`bob`');
    expect((await scene.shown(origin)).pulls).toMatchObject([{ repository, number }]);
  }, 30_000);

  it('find each other when the preview was first', async () => {
    const sha = scene.push('second');
    const source = { remotes: [repository], owner: 'sandbox', branch: 'second', sha };
    const origin = await scene.previewOf(source);
    expect((await scene.shown(origin)).pulls).toEqual([]);
    const number = scene.openPull('second');
    await scene.says(number, origin);
  }, 30_000);
});

describe('the story of one pull request', () => {
  let origin: string;
  let number: number;

  beforeAll(async () => {
    const sha = scene.push('story');
    number = scene.openPull('story');
    // A push of the last minute is confirmed by the commit.
    origin = await scene.previewOf({
      ...{ remotes: [repository], owner: 'sandbox', branch: 'story', sha },
    });
    await scene.says(number, origin);
  }, 30_000);

  it('a member sees it, an outsider does not, and after /preview public they do; threat 45', async () => {
    expect((await new Visitor('bob').open(`${origin}/`)).status).toBe(200);
    expect(await statusOf(origin)).toBe(303);
    const { sha } = scene.github.state.world.pull_requests.find(
      (each) => each.number === number,
    )!.head;
    scene.say(number, 'alice', `/preview public ${sha} 2h`);
    await scene.says(number, '🌐 public until');
    expect(await statusOf(origin)).toBe(200);
  }, 30_000);

  it('is shut again at the next request after /preview private; threat 46', async () => {
    scene.say(number, 'alice', '/preview private');
    await scene.says(number, '🔒 organisation');
    expect(await statusOf(origin)).toBe(303);
  }, 30_000);

  it('is not opened by somebody who may only read; threat 47', async () => {
    scene.say(number, 'mallory', '/preview public 2h');
    const replied = scene.say(number, 'alice', '/preview status');
    expect(replied).toBeGreaterThan(0);
    await scene.says(number, '🔒 organisation');
    expect(await statusOf(origin)).toBe(303);
    expect(ids.mallory).toBe(1003);
  }, 30_000);

  it('is over when the pull request is closed, and the comment says so; threat 48', async () => {
    scene.act({ action: 'close_pull_request', repository, number, login: 'alice' });
    const text = await scene.says(number, 'closed');
    expect(text).not.toContain(origin);
    expect(await statusOf(origin)).toBe(303);
    const member = await new Visitor('bob').open(`${origin}/`);
    expect([member.status, member.headers['x-byway-error']]).toEqual([410, 'BW-6009']);
    expect(
      scene.comments(number).filter((body) => body.startsWith('<!-- byway:previews')),
    ).toHaveLength(1);
  }, 30_000);
});
