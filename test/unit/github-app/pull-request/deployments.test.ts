/** Deployments, where they are wanted. */
import { describe, expect, it } from 'vitest';
import { repository, shaOf } from '../payloads.ts';
import { useWorld, world } from '../world.ts';

useWorld({ deployments: true });

describe('deployments', () => {
  it('are made when they are wanted, once, and end with the previews', async () => {
    await world.begin();
    expect(world.github.deployments).toEqual([
      { sha: shaOf(1), environment: 'preview/pr-42', states: ['success'] },
    ]);
    world.github.push(shaOf(2));
    await world.settle();
    world.github.close();
    await world.settle();
    expect(world.github.deployments.map(({ states }) => states)).toEqual([['success', 'inactive']]);
  });

  it('stay with their preview while it lives, and go over to another then', async () => {
    await world.begin();
    world.previews.add('a-second');
    world.object.changed(repository, 42);
    await world.settle();
    expect(world.github.deployments).toHaveLength(1);
    world.previews.kept.delete('web');
    world.object.changed(repository, 42);
    await world.settle();
    expect(world.github.deployments.map(({ states }) => states)).toEqual([
      ['success', 'inactive'],
      ['success'],
    ]);
  });

  it('that GitHub does not allow leave the comment as it is', async () => {
    world.github.faults.push({ call: 'createDeployment', answer: { kind: 'forbidden' } });
    await world.begin();
    expect(world.github.sticky?.body).toContain('https://web.preview.example.dev');
    expect(world.github.deployments).toEqual([]);
  });
});
