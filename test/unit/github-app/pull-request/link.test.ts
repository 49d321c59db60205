/** The link to a preview finds its pull request, whichever of the two is first, and goes with it. */
import { describe, expect, it } from 'vitest';
import { bob, repository, shaOf } from '../payloads.ts';
import { hourMs, minuteMs, useWorld, world } from '../world.ts';

useWorld();

describe('the link', () => {
  it('comes when the pull request is first and the preview second', async () => {
    world.github.open();
    await world.settle();
    expect(world.github.ours).toEqual([]);
    world.previews.add('web');
    world.object.changed(repository, 42);
    await world.settle();
    expect(world.github.sticky?.body).toContain('https://web.preview.example.dev');
  });

  it('comes when the preview is first and the pull request second', async () => {
    world.previews.add('web', { attached: false });
    world.previews.add('other', { attached: false, branch: 'other' });
    await world.pass(hourMs);
    world.github.open();
    await world.settle();
    expect(world.github.sticky?.body).toContain('https://web.preview.example.dev');
    expect(world.github.sticky?.body).not.toContain('other');
    expect(world.whatWasDone()).toEqual(['attach web']);
  });

  it('comes when the host knows of the pull request and no webhook ever came', async () => {
    world.previews.add('web');
    world.object.changed(repository, 42);
    await world.settle();
    expect(world.github.sticky?.body).toContain('https://web.preview.example.dev');
  });

  it('is not given to a pull request that a reader opened from somebody else’s branch', async () => {
    world.previews.add('web', { attached: false });
    world.github.author = bob;
    world.github.open();
    await world.settle();
    expect(world.github.ours).toEqual([]);
    world.github.close();
    await world.settle();
    expect(world.previews.kept.has('web')).toBe(true);
  });

  it('is one row for each preview and owner, in one comment', async () => {
    await world.begin('web');
    world.previews.add('cart', { owner: bob });
    world.object.changed(repository, 42);
    await world.settle();
    expect(world.github.ours).toHaveLength(1);
    expect(world.github.sticky?.body).toContain('https://web.preview.example.dev');
    expect(world.github.sticky?.body).toContain('https://cart.preview.example.dev');
  });

  it('goes with the pull request, and the comment says so', async () => {
    await world.begin();
    world.github.close();
    await world.settle();
    expect(world.previews.kept.size).toBe(0);
    expect(world.previews.deeds.at(-1)?.by.kind).toBe('closed');
    expect(world.github.sticky?.body).toContain('closed, and its previews were removed');
    world.github.reopen();
    world.previews.add('web-2');
    await world.settle();
    expect(world.github.sticky?.body).toContain('https://web-2.preview.example.dev');
    expect(world.github.ours).toHaveLength(1);
  });

  it('ends with the last closing, in whatever order closings are told', async () => {
    await world.begin();
    world.github.close();
    await world.pass(minuteMs);
    world.github.reopen();
    await world.pass(minuteMs);
    world.previews.add('between');
    await world.pass(minuteMs);
    world.github.close();
    await world.pass(minuteMs);
    world.github.reopen();
    await world.pass(minuteMs);
    world.previews.add('young');
    for (const delivery of world.github.deliveries.slice(-4).toReversed()) {
      world.deliver(delivery);
      await world.pass(minuteMs);
    }
    expect([...world.previews.kept.keys()]).toEqual(['young']);
    expect(world.github.sticky?.body).toContain('https://young.preview.example.dev');
  });

  it('ends too when the opening is told after the closing', async () => {
    world.previews.add('web', { attached: false });
    await world.pass(minuteMs);
    world.github.open();
    await world.pass(minuteMs);
    world.github.close();
    await world.settle();
    expect(world.whatWasDone()).toEqual(['remove web']);
    expect(world.github.ours).toEqual([]);
  });

  it('names the right commit at last where GitHub’s first answers lagged behind', async () => {
    await world.begin();
    await world.say('/preview public');
    world.github.push(shaOf(2));
    world.github.sha = shaOf(1);
    world.deliverAll();
    await world.pass(3_000);
    expect(world.previews.isPublic('web')).toBe(false);
    world.github.sha = shaOf(2);
    await world.pass(10_000);
    expect(world.github.sticky?.body).toContain(`/preview public ${shaOf(2)}`);
  });

  it('is looked at again where GitHub’s answer is older than the last push of its second', async () => {
    await world.begin();
    world.github.push(shaOf(2));
    world.github.push(shaOf(3));
    world.github.sha = shaOf(2);
    world.deliverAll();
    await world.pass(3_000);
    world.github.sha = shaOf(3);
    await world.pass(10_000);
    await world.say('/preview public');
    expect(world.github.sticky?.body).toContain(`/preview public ${shaOf(3)}`);
    expect(world.github.calls.filter((call) => call === 'pull')).toHaveLength(3);
  });

  it('waits for GitHub where it cannot say whether its author may write', async () => {
    world.previews.add('web', { attached: false, owner: bob });
    const answer = { kind: 'unavailable', retryAfterMs: 1000 } as const;
    world.github.faults.push({ call: 'permission', answer });
    world.github.open();
    await world.settle();
    expect(world.github.sticky?.body).toContain('https://web.preview.example.dev');
  });

  it('never leads to a comment at a pull request that was closed before', async () => {
    world.previews.add('web');
    world.github.open();
    world.github.close();
    await world.settle();
    expect(world.github.ours).toEqual([]);
  });
});
