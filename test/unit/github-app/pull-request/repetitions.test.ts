/** Comments and deliveries that come twice or in the wrong order. */
import { describe, expect, it } from 'vitest';
import { bob } from '../payloads.ts';
import { minuteMs, useWorld, world } from '../world.ts';

useWorld();

describe('threats 44 and 45: repeated and reversed', () => {
  it('one delivery and one comment have one effect, also under a new delivery id', async () => {
    await world.begin();
    await world.say('/preview help');
    const delivery = world.github.deliveries.at(-1)!;
    expect(world.deliver(delivery)).toBe('seen');
    expect(world.deliver({ ...delivery, guid: 'another' })).toBe('seen');
    expect(world.deliver({ ...delivery, guid: 'another' })).toBe('seen');
    await world.settle();
    expect(world.github.replies).toHaveLength(1);
  });

  it('an old public that comes after a private does nothing', async () => {
    await world.begin();
    world.github.write('/preview public');
    world.github.write('/preview private');
    const [open, close] = world.github.deliveries.slice(-2);
    world.deliver(close!);
    await world.pass(minuteMs);
    world.deliver(open!);
    await world.pass(minuteMs);
    expect(world.previews.isPublic('web')).toBe(false);
    expect(world.whatWasDone()).not.toContain('public web');
  });

  it('a refused private that comes early does not hide a public before it', async () => {
    await world.begin();
    world.github.write('/preview public');
    world.github.write('/preview private', bob);
    const [open, close] = world.github.deliveries.slice(-2);
    world.deliver(close!);
    await world.pass(minuteMs);
    world.deliver(open!);
    await world.pass(minuteMs);
    expect(world.previews.isPublic('web')).toBe(true);
  });
});
