/** How few calls of GitHub’s API all of this takes. */
import { describe, expect, it } from 'vitest';
import { maxWaiting } from '#github-app/inbox.ts';
import { repository, shaOf } from '../payloads.ts';
import { hourMs, minuteMs, useWorld, world } from '../world.ts';

useWorld();

describe('calls of GitHub’s API', () => {
  const command = ['pull', 'react', 'permission', 'react', 'updateComment'];
  it.each([
    ['a push', () => world.github.push(shaOf(2)), ['pull']],
    ['a closing', () => world.github.close(), ['pull', 'updateComment']],
    ['an edit of the title', () => world.github.edit(), ['pull']],
    ['a comment that is no command', () => void world.github.write('nice'), []],
    ['a command', () => void world.github.write('/preview public'), command],
    [
      'a request for help',
      () => void world.github.write('/preview help'),
      ['pull', 'react', 'react', 'createComment'],
    ],
  ])('for %s are few', async (_what, act, calls) => {
    await world.begin();
    act();
    await world.settle();
    expect(world.github.calls).toEqual(calls);
  });
});

describe('a pull request without a preview', () => {
  it('costs no call, whatever is told of it', async () => {
    world.previews.add('other', { attached: false, branch: 'other' });
    world.github.open();
    for (let at = 2; at <= 5; at += 1) {
      world.github.push(shaOf(at));
      await world.settle();
    }
    world.github.edit();
    world.github.close();
    await world.settle();
    world.github.reopen();
    await world.settle();
    expect(world.github.calls).toEqual([]);
  });

  it('is looked at as soon as there is one, and what was told before counts', async () => {
    world.github.open();
    await world.pass(hourMs);
    world.github.push(shaOf(2));
    world.deliverAll();
    await world.pass(5000);
    expect(world.github.calls).toEqual([]);
    world.previews.add('web');
    world.object.changed(repository, 42);
    await world.settle();
    expect(world.github.sticky?.body).toContain('https://web.preview.example.dev');
    // A push of seconds ago is too close for an order that names no commit.
    await world.say('/preview public');
    expect(world.previews.isPublic('web')).toBe(false);
  });

  it('is looked at when somebody orders something', async () => {
    world.github.open();
    await world.say('/preview public');
    expect(world.github.replies[0]).toContain('There is no preview here');
  });

  it('ends one that was made before it was closed, though it was of no use then', async () => {
    world.github.open();
    await world.settle();
    world.previews.add('web', { attached: false });
    await world.pass(minuteMs);
    world.github.close();
    await world.settle();
    expect(world.whatWasDone()).toEqual(['remove web']);
  });

  it('is asked about where the previews cannot be', async () => {
    world.github.open();
    world.deliverAll();
    world.previews.failures = 1;
    await world.settle();
    expect(world.github.calls).toEqual(['pull']);
  });
});

describe('many webhooks', () => {
  it('fifty of all kinds at once: each person is looked up once, the comment is edited once', async () => {
    await world.begin();
    await world.say('/preview public');
    world.github.calls.length = 0;
    for (let at = 0; at < 10; at += 1) {
      world.github.push(shaOf(at + 2));
      world.github.edit();
      world.github.write('nice');
    }
    for (let at = 0; at < 5; at += 1) world.github.write('/preview private');
    const all = world.github.deliveries.slice(-35);
    for (const delivery of [...all, ...all.slice(-15)]) world.deliver(delivery);
    await world.pass(10_000);
    const countOf = (name: string) => world.github.calls.filter((call) => call === name).length;
    expect(countOf('pull')).toBe(1);
    expect(countOf('permission')).toBe(1);
    expect(countOf('updateComment')).toBe(1);
    // 👀 and 🚀 for each command.
    expect(countOf('react')).toBe(10);
    expect(world.github.calls).toHaveLength(13);
  });

  it('fifty at once: one comment, a handful of calls', async () => {
    world.previews.add('web');
    world.github.open();
    for (let at = 2; at <= 50; at += 1) world.github.push(shaOf(at));
    await world.settle();
    expect(world.github.deliveries).toHaveLength(50);
    expect(world.github.ours).toHaveLength(1);
    expect(world.github.calls).toEqual(['pull', 'createComment']);
  });

  it('fifty, one after the other: a look each second', async () => {
    await world.begin();
    await world.say('/preview public');
    await world.pass(minuteMs);
    world.github.calls.length = 0;
    for (let at = 2; at <= 51; at += 1) {
      world.github.push(shaOf(at));
      world.deliverAll();
      await world.pass(80);
    }
    await world.settle();
    expect(world.github.calls.filter((call) => call === 'pull').length).toBeLessThanOrEqual(6);
    expect(
      world.github.calls.filter((call) => call === 'updateComment').length,
    ).toBeLessThanOrEqual(4);
    expect(world.github.sticky?.body).toContain(`/preview public ${shaOf(51)}`);
  });

  it('fifty while it works: they wait for one more look, and one more edit', async () => {
    await world.begin();
    await world.say('/preview public');
    world.github.calls.length = 0;
    world.github.push(shaOf(2));
    world.deliverAll();
    const first = world.pass(300);
    for (let at = 3; at <= 51; at += 1) world.github.push(shaOf(at));
    await first;
    await world.settle();
    expect(world.github.calls).toEqual([
      ...['pull', 'updateComment'],
      ...['pull', 'updateComment'],
    ]);
    expect(world.github.sticky?.body).toContain(`/preview public ${shaOf(51)}`);
  });

  it(`${maxWaiting} wait, the next one is to be redelivered`, async () => {
    await world.begin();
    for (let at = 2; at <= maxWaiting + 2; at += 1) world.github.push(shaOf(at));
    const all = world.github.deliveries.slice(-maxWaiting - 1);
    const received = all.map((delivery) => world.deliver(delivery));
    expect(received.filter((each) => each === 'full')).toHaveLength(1);
    await world.pass(minuteMs);
    expect(world.deliver(all.at(-1)!)).toBe('queued');
  });
});
