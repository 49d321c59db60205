/** The one comment: when it is written, edited, found again and left alone. */
import { describe, expect, it } from 'vitest';
import { appId } from '../fake-github.ts';
import { bob, commentCreated, repository, shaOf } from '../payloads.ts';
import { refreshDelayMs } from '#github-app/refresh-time.ts';
import { hourMs, minuteMs, useWorld, world } from '../world.ts';

useWorld();

describe('the comment', () => {
  it('is edited only when it would say something else', async () => {
    await world.begin();
    world.object.changed(repository, 42);
    await world.settle();
    expect(world.github.calls).toEqual([]);
    world.previews.kept.set('web', { ...world.previews.kept.get('web')!, state: 'waiting' });
    world.object.changed(repository, 42);
    world.object.changed(repository, 42);
    await world.settle();
    expect(world.github.calls).toEqual(['updateComment']);
  });

  it('is edited at once, then after a while with all that has changed meanwhile', async () => {
    await world.begin();
    const edits = (): number =>
      world.github.calls.filter((call) => call === 'updateComment').length;
    const is = (state: 'live' | 'waiting' | 'offline'): void => {
      world.previews.kept.set('web', { ...world.previews.kept.get('web')!, state });
      world.object.changed(repository, 42);
    };
    is('waiting');
    await world.pass(0);
    expect(edits()).toBe(1);
    for (const state of ['live', 'waiting', 'offline'] as const) is(state);
    await world.pass(refreshDelayMs - 1);
    expect(edits()).toBe(1);
    await world.pass(1);
    expect([edits(), world.github.sticky?.body]).toEqual([2, expect.stringContaining('⚪')]);
    await world.pass(minuteMs);
    expect(edits()).toBe(2);
  });

  it('is written when there was time for more, since GitHub mails it', async () => {
    world.github.open();
    world.previews.add('web');
    world.object.changed(repository, 42);
    world.deliverAll();
    await world.pass(refreshDelayMs);
    expect(world.github.sticky).toBeUndefined();
    world.previews.add('cart');
    world.object.changed(repository, 42);
    await world.pass(refreshDelayMs);
    expect(world.github.sticky?.body).toContain('cart');
    expect(world.github.calls.filter((call) => call === 'updateComment')).toEqual([]);
  });

  it.each(['told', 'found out'])('is not made again when a person deleted it (%s)', async (how) => {
    await world.begin();
    const { id } = world.github.sticky!;
    world.github.said.delete(id);
    const created = commentCreated({ id, body: '', atMs: world.nowMs });
    if (how === 'told')
      world.deliver({ guid: 'deleted', payload: { ...created, action: 'deleted' } });
    world.previews.add('cart');
    world.object.changed(repository, 42);
    await world.settle();
    await world.say('/preview private');
    expect(world.github.sticky).toBeUndefined();
    expect(world.github.calls.filter((call) => call === 'createComment')).toEqual([]);
  });

  it.each(['a new preview', 'a person who may see to it'])(
    'comes back, once, when %s asks for it',
    async (what) => {
      await world.begin();
      const { id } = world.github.sticky!;
      world.github.said.delete(id);
      const created = commentCreated({ id, body: '', atMs: world.nowMs });
      world.deliver({ guid: 'deleted', payload: { ...created, action: 'deleted' } });
      await world.say('/preview status', bob);
      expect(world.github.sticky).toBeUndefined();
      await world.pass(minuteMs);
      if (what === 'a new preview') {
        world.previews.add('cart');
        world.object.changed(repository, 42);
        await world.settle();
      } else await world.say('/preview status');
      expect(world.github.sticky?.body).toContain('https://web.preview.example.dev');
      await world.say('/preview status', bob);
      expect(world.github.ours.filter(({ body }) => body.includes('byway:previews'))).toHaveLength(
        1,
      );
    },
  );

  it('is not taken for deleted when the whole repository is out of reach for a time', async () => {
    await world.begin();
    await world.say('/preview public');
    const comment = world.github.sticky!;
    world.github.faults.push(
      { call: 'updateComment', answer: { kind: 'gone' } },
      { call: 'pull', answer: { kind: 'gone' } },
      { call: 'pull', answer: { kind: 'forbidden' } },
    );
    world.previews.kept.set('web', { ...world.previews.kept.get('web')!, state: 'waiting' });
    world.object.changed(repository, 42);
    await world.settle();
    expect(world.previews.isPublic('web')).toBe(false);
    expect(comment.body).not.toContain('laptop away');
    world.object.changed(repository, 42);
    await world.settle();
    expect(world.github.sticky).toBe(comment);
    expect(comment.body).toContain('laptop away');
    expect(world.github.ours).toHaveLength(1);
  });

  it('is not taken from somebody who pasted its marker', async () => {
    await world.begin();
    const { body } = world.github.sticky!;
    const pasted = await world.say(body, bob);
    world.previews.add('cart');
    world.object.changed(repository, 42);
    await world.settle();
    expect(world.github.said.get(pasted)?.body).toBe(body);
    expect(world.github.ours).toHaveLength(1);
  });

  it('is found again when GitHub took it and the answer was lost', async () => {
    world.github.write('<!-- byway:previews 7#42 -->', bob);
    const person = world.github.write('<!-- byway:previews 7#42 -->', bob);
    // Written by a person through our own app.
    world.github.said.get(person)!.appId = appId;
    world.github.faults.push({ call: 'createComment', answer: 'lost' });
    world.previews.add('web');
    world.github.open();
    await world.settle();
    const bots = world.github.ours.filter(({ authorType }) => authorType === 'Bot');
    expect(bots).toHaveLength(1);
    expect(world.github.said.get(person)?.body).toBe('<!-- byway:previews 7#42 -->');
    expect(world.github.calls.filter((call) => call === 'createComment')).toHaveLength(1);
  });

  it('of a reply is not sent twice when the answer was lost', async () => {
    await world.begin();
    world.github.faults.push({ call: 'createComment', answer: 'lost' });
    await world.say('/preview help');
    expect(world.github.replies).toHaveLength(1);
    expect(world.warnings).toEqual([]);
  });

  it('survives a restart at any time', async () => {
    await world.begin();
    world.github.write('/preview public');
    world.deliverAll();
    world.restart();
    await world.settle();
    expect(world.previews.isPublic('web')).toBe(true);
    world.github.push(shaOf(2));
    world.deliverAll();
    world.restart();
    await world.settle();
    expect(world.previews.isPublic('web')).toBe(false);
    expect(world.github.ours).toHaveLength(1);
  });

  it('waits where GitHub asks to wait', async () => {
    world.previews.add('web');
    world.github.open();
    const answer = { kind: 'unavailable', retryAfterMs: 10 * minuteMs } as const;
    world.github.faults.push({ call: 'createComment', answer });
    await world.settle();
    expect(world.github.ours).toEqual([]);
    await world.pass(10 * minuteMs);
    expect(world.github.ours).toHaveLength(1);
  });

  it('is tried less and less often while GitHub fails', async () => {
    world.previews.add('web');
    world.github.open();
    const answer = { kind: 'unavailable', retryAfterMs: 5000 } as const;
    for (let at = 0; at < 100; at += 1) world.github.faults.push({ call: 'createComment', answer });
    world.deliverAll();
    await world.pass(24 * hourMs);
    const tried = world.github.calls.filter((call) => call === 'createComment');
    expect(tried.length).toBeLessThan(90);
    expect(tried.length).toBeGreaterThan(24);
    world.github.faults.length = 0;
    await world.pass(hourMs);
    expect(world.github.ours).toHaveLength(1);
  });

  it('is given up where GitHub forbids it, until something changes', async () => {
    world.previews.add('web');
    world.github.open();
    world.github.faults.push({ call: 'createComment', answer: { kind: 'forbidden' } });
    await world.settle();
    await world.pass(hourMs);
    expect(world.github.calls.filter((call) => call === 'createComment')).toHaveLength(1);
    expect(world.warnings).toContain('the pull request takes no comment');
    world.object.changed(repository, 42);
    await world.settle();
    expect(world.github.ours).toHaveLength(1);
  });
});
