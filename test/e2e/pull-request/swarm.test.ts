/** Many webhooks at once, and what one of them costs; `npm run bench -- --pull-requests` measures them. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { engine } from '../engine.ts';
import { PullScene, repository } from './scene.ts';

const scene = new PullScene();
const rounds = 3;
let origin: string;
let number: number;

beforeAll(async () => {
  await scene.start();
  const sha = scene.push('swarm');
  number = scene.openPull('swarm');
  const source = { remotes: [repository], owner: 'sandbox', branch: 'swarm', sha };
  origin = await scene.previewOf(source);
  await scene.says(number, origin);
}, 90_000);
afterAll(() => scene.stop());

function callsSince(index: number): string[] {
  return scene.github.journal.requests
    .slice(index)
    .filter(({ operation_id: operation }) => operation !== null)
    .map(({ operation_id: operation }) => String(operation));
}

describe('fifty webhooks at once', () => {
  it('end in one comment by a handful of calls', async () => {
    await scene.publish(number);
    const before = scene.github.journal.requests.length;
    for (let count = 0; count < 50; count += 1) scene.push('swarm');
    await scene.says(number, '🔒 organisation');
    const calls = callsSince(before);
    console.log(`${engine}: fifty webhooks at once: ${calls.length} API calls`, calls);
    expect(scene.stickies(number)).toHaveLength(1);
    expect(scene.told('pull_request').every(({ statusCode }) => statusCode === 202)).toBe(true);
    expect(calls.length).toBeLessThan(10);
  }, 60_000);
});

describe('a pull request without a preview', () => {
  it('costs no call, and is known as soon as it has one', async () => {
    const before = scene.github.journal.requests.length;
    scene.push('bare');
    const bare = scene.openPull('bare');
    for (let count = 0; count < 10; count += 1) scene.push('bare');
    await scene.github.webhooks.settled();
    // Of the same second: what was told before has been worked on when this is answered.
    await scene.orders(number, 'alice', '/preview help');
    const paths = scene.github.journal.requests.slice(before).map(({ path }) => path);
    expect(paths.filter((path) => path.endsWith(`/pulls/${bare}`))).toEqual([]);
    const source = { remotes: [repository], owner: 'sandbox', branch: 'bare' };
    await scene.says(bare, await scene.previewOf(source));
  }, 60_000);
});

describe('one command', () => {
  it('is shown in the comment by few calls', async () => {
    for (let round = 0; round < rounds; round += 1) {
      for (const order of [`public ${scene.headOf(number).sha} 2h`, 'private']) {
        const before = scene.github.journal.requests.length;
        scene.say(number, 'alice', `/preview ${order}`);
        await scene.says(number, order === 'private' ? '🔒 organisation' : '🌐 public until');
        expect(callsSince(before).length).toBeLessThanOrEqual(5);
      }
    }
    expect(scene.stickies(number)).toHaveLength(1);
  }, 90_000);
});
