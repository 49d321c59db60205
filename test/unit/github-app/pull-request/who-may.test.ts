/** Whose comments count, and for which previews. */
import { describe, expect, it } from 'vitest';
import { ann, bob } from '../payloads.ts';
import { minuteMs, useWorld, world } from '../world.ts';

useWorld();

describe('threat 46: who may', () => {
  it.each([
    ['a stranger', 'none', 'none'],
    ['a reader who is a member', 'read', 'member'],
    ['a writer who is no member', 'write', 'none'],
  ] as const)('public: not %s', async (_who, permission, role) => {
    await world.begin();
    world.github.permissions.set(bob.id, permission);
    world.previews.roles.set(bob.id, role);
    const id = await world.say('/preview public', bob);
    expect(world.previews.isPublic('web')).toBe(false);
    expect(world.reactionsTo(id)).toEqual(['eyes', 'confused']);
    expect(world.github.replies[0]).toContain('Only active members');
  });

  it('private and remove: the owner alone reaches only what is theirs', async () => {
    await world.begin();
    world.previews.add('cart', { owner: bob });
    await world.pass(minuteMs);
    await world.say('/preview public');
    expect(world.previews.isPublic('web') && world.previews.isPublic('cart')).toBe(true);
    await world.say('/preview private', bob);
    expect(world.previews.isPublic('web')).toBe(true);
    expect(world.previews.isPublic('cart')).toBe(false);
    await world.say('/preview remove', bob);
    expect([...world.previews.kept.keys()]).toEqual(['web']);
  });

  it('a login that has changed hands is nobody’s', async () => {
    await world.begin();
    const index = world.github.users.indexOf(ann);
    world.github.users[index] = { id: 555, login: 'ann' };
    world.github.permissions.set(555, 'admin');
    await world.say('/preview public');
    expect(world.previews.isPublic('web')).toBe(false);
  });
});
