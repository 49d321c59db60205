/** Public is for the commit that somebody looked at: every push takes it back. */
import { describe, expect, it } from 'vitest';
import { lookAgainMs } from '#github-app/pull-request.ts';
import { shaOf } from '../payloads.ts';
import { hourMs, minuteMs, useWorld, world } from '../world.ts';

useWorld();

describe('threat 48: a push takes public back', () => {
  it('at once, and the comment asks for a confirmation', async () => {
    await world.begin();
    await world.say('/preview public');
    world.github.push(shaOf(2));
    await world.settle();
    expect(world.previews.isPublic('web')).toBe(false);
    expect(world.previews.deeds.at(-1)?.by).toEqual({ kind: 'push', sha: shaOf(1) });
    expect(world.github.sticky?.body).toContain(`\`/preview public ${shaOf(2)}\``);
    await world.say(`/preview public ${shaOf(2)}`);
    expect(world.previews.isPublic('web')).toBe(true);
    expect(world.github.sticky?.body).not.toContain('confirm');
  });

  it('also when its webhook was lost and another comes', async () => {
    await world.begin();
    await world.say('/preview public');
    world.github.push(shaOf(2));
    world.github.deliveries.pop();
    await world.say('/preview status');
    expect(world.previews.isPublic('web')).toBe(false);
  });

  it('also when its webhook was lost and nothing else comes, within ten minutes', async () => {
    await world.begin();
    await world.say('/preview public 3h');
    world.github.push(shaOf(2));
    world.github.deliveries.pop();
    await world.pass(lookAgainMs + minuteMs);
    expect(world.previews.isPublic('web')).toBe(false);
  });

  it('and nobody looks again when nothing is public', async () => {
    await world.begin();
    await world.say('/preview public 3h');
    await world.say('/preview private');
    await world.pass(hourMs);
    world.github.calls.length = 0;
    await world.pass(24 * hourMs);
    expect(world.github.calls).toEqual([]);
  });

  it('also while GitHub does not answer', async () => {
    await world.begin();
    await world.say('/preview public');
    world.github.push(shaOf(2));
    const answer = { kind: 'unavailable', retryAfterMs: hourMs } as const;
    world.github.faults.push({ call: 'pull', answer });
    await world.settle();
    expect(world.previews.isPublic('web')).toBe(false);
  });

  it.each([
    [1_000, false],
    [59_000, false],
    [61_000, true],
  ])('a comment %i ms after a push: public is %s', async (afterMs, isPublic) => {
    await world.begin();
    world.github.push(shaOf(2));
    world.deliverAll();
    await world.pass(afterMs);
    await world.say('/preview public');
    expect(world.previews.isPublic('web')).toBe(isPublic);
  });

  it('a comment whose webhook comes after the push is not for its commit', async () => {
    await world.begin();
    world.github.write('/preview public');
    await world.pass(5 * minuteMs);
    world.github.push(shaOf(2));
    await world.settle();
    expect(world.previews.isPublic('web')).toBe(false);
  });

  it('a commit that is spelt out needs no distance, but has to be the head', async () => {
    await world.begin();
    world.github.push(shaOf(2));
    await world.say(`/preview public ${shaOf(1)}`);
    expect(world.previews.isPublic('web')).toBe(false);
    await world.say(`/preview public ${shaOf(2)}`);
    expect(world.previews.isPublic('web')).toBe(true);
  });

  it('a fork’s commit has to be spelt out, and whole', async () => {
    world.github.headRepositoryId = 8;
    await world.begin();
    await world.say('/preview public');
    expect(world.previews.isPublic('web')).toBe(false);
    expect(world.github.replies[0]).toContain(`/preview public ${shaOf(1)}`);
    await world.say(`/preview public ${shaOf(1).slice(0, 39)}`);
    expect(world.previews.isPublic('web')).toBe(false);
    await world.say(`/preview public ${shaOf(1)}`);
    expect(world.previews.isPublic('web')).toBe(true);
    world.github.push(shaOf(2));
    await world.settle();
    expect(world.previews.isPublic('web')).toBe(false);
  });

  it.each(['first', 'second'])(
    'a commit that is pushed after it was named is not the one (its webhook comes %s)',
    async (which) => {
      await world.begin();
      world.github.write(`/preview public ${shaOf(2)}`);
      await world.pass(5_000);
      world.github.push(shaOf(2));
      const [said, pushed] = world.github.deliveries.slice(-2);
      const order = which === 'first' ? [pushed, said] : [said, pushed];
      for (const delivery of order) {
        world.deliver(delivery!);
        await world.pass(minuteMs);
      }
      expect(world.previews.isPublic('web')).toBe(false);
    },
  );

  it('an order that waits changes nothing of what holds', async () => {
    world.github.headRepositoryId = 8;
    await world.begin();
    await world.say(`/preview public ${shaOf(1)}`);
    await world.say('/preview public 2h');
    expect(world.previews.isPublic('web')).toBe(true);
    expect(world.whatWasDone()).toEqual(['public web']);
    expect(world.github.sticky?.body).toContain('`ann` wants this public');
  });

  it('a fork that pushes and pushes back does not get it back', async () => {
    world.github.headRepositoryId = 8;
    await world.begin();
    await world.say(`/preview public ${shaOf(1)}`);
    world.github.push(shaOf(2));
    world.github.push(shaOf(1));
    await world.settle();
    expect(world.previews.isPublic('web')).toBe(false);
  });
});
