/** GitHub or the previews do not answer, or answer about another pull request. */
import { describe, expect, it } from 'vitest';
import { repository, shaOf } from '../payloads.ts';
import { minuteMs, useWorld, world } from '../world.ts';

useWorld();

describe('a pull request that is out of reach', () => {
  it.each(['gone', 'forbidden'] as const)('%s: what was public is private', async (kind) => {
    await world.begin();
    await world.say('/preview public');
    world.github.push(shaOf(2));
    world.github.faults.push({ call: 'pull', answer: { kind } });
    await world.settle();
    expect(world.previews.isPublic('web')).toBe(false);
  });

  it('transferred to another organisation obeys nobody there', async () => {
    await world.begin();
    await world.say('/preview public');
    world.github.base = { ...repository, owner: { id: 71, login: 'elsewhere' } };
    const id = await world.say('/preview public');
    expect(world.previews.isPublic('web')).toBe(false);
    expect(world.reactionsTo(id)).toEqual([]);
    world.github.calls.length = 0;
    world.object.changed(repository, 42);
    await world.settle();
    expect(world.github.calls).toEqual(['pull']);
  });

  it('renamed is followed by its id', async () => {
    await world.begin();
    world.github.base = { ...repository, name: 'store' };
    await world.say('/preview status');
    expect(world.github.replies[0]).toContain('https://github.com/acme/store/pull/42');
  });

  it('another one of the old name is not taken for it', async () => {
    await world.begin();
    const id = world.github.write('/preview public');
    world.github.base = { ...repository, id: 8 };
    await world.settle();
    expect(world.previews.isPublic('web')).toBe(false);
    expect(world.reactionsTo(id)).toEqual([]);
  });
});

describe('a port that breaks its word', () => {
  it('is logged, and the work is done later', async () => {
    await world.begin();
    const attached = world.previews.attached.bind(world.previews);
    let failures = 1;
    world.previews.attached = (pull) => {
      if (failures-- > 0) throw new Error('out of order');
      return attached(pull);
    };
    await world.say('/preview public');
    expect(world.warnings).toContain('the work on a pull request failed');
    expect(world.previews.isPublic('web')).toBe(true);
  });

  it('leaves the comment for later too', async () => {
    await world.begin();
    const attached = world.previews.attached.bind(world.previews);
    world.previews.kept.set('web', { ...world.previews.kept.get('web')!, state: 'waiting' });
    let failures = 1;
    world.previews.attached = (pull) => {
      if (failures-- > 0) throw new Error('out of order');
      return attached(pull);
    };
    world.object.changed(repository, 42);
    await world.settle();
    expect(world.github.sticky?.body).toContain('laptop away');
  });

  it('previews that cannot be reached are tried again', async () => {
    await world.begin();
    await world.say('/preview public');
    world.github.push(shaOf(2));
    world.previews.failures = 5;
    await world.settle();
    await world.pass(minuteMs);
    expect(world.previews.isPublic('web')).toBe(false);
  });
});
