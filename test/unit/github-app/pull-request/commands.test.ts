/** What each command does, and when it does nothing. */
import { describe, expect, it } from 'vitest';
import { maxRepliesPerHour } from '#github-app/replies.ts';
import { ann, bob, repository } from '../payloads.ts';
import { hourMs, minuteMs, startMs, useWorld, world } from '../world.ts';

useWorld();

describe('commands', () => {
  it('public and private: 👀, 🚀, access and the comment', async () => {
    await world.begin();
    const open = await world.say('/preview public 2h');
    expect(world.previews.isPublic('web')).toBe(true);
    expect(world.reactionsTo(open)).toEqual(['eyes', 'rocket']);
    expect(world.github.sticky?.body).toContain('🌐 public until 2026-11-21 14:10 UTC');
    expect(world.previews.deeds.at(-1)?.by).toEqual({
      kind: 'comment',
      user: ann,
      commentId: open,
    });
    await world.say('/preview private');
    expect(world.previews.isPublic('web')).toBe(false);
    expect(world.github.sticky?.body).toContain('🔒 organisation');
    expect(world.github.replies).toEqual([]);
  });

  it('public ends by itself, and the comment says so then', async () => {
    await world.begin();
    await world.say('/preview public 30m');
    await world.pass(hourMs);
    expect(world.previews.isPublic('web')).toBe(false);
    expect(world.github.sticky?.body).toContain('🔒 organisation');
  });

  it('public is refused with the reason where the organisation does not allow it', async () => {
    await world.begin();
    world.previews.publicAllowed = false;
    const id = await world.say('/preview public');
    expect(world.reactionsTo(id)).toEqual(['eyes', 'confused']);
    expect(world.github.replies[0]).toContain('The organisation allows no public previews.');
  });

  it('remove ends what there is, and nothing that comes later', async () => {
    await world.begin();
    await world.say('/preview remove');
    expect(world.previews.kept.size).toBe(0);
    expect(world.github.sticky?.body).toContain('There are no previews at the moment.');
    world.previews.add('web-2');
    world.object.changed(repository, 42);
    await world.settle();
    expect([...world.previews.kept.keys()]).toEqual(['web-2']);
  });

  it('extend is the owner’s', async () => {
    await world.begin();
    world.previews.add('other', { owner: bob });
    await world.pass(minuteMs);
    await world.say('/preview extend 3h');
    expect(world.whatWasDone()).toEqual(['extend web']);
    expect(world.github.sticky?.body).toContain('ends 2026-11-21 15:11 UTC');
  });

  it('allow lets one person in for a time, by numeric id; disallow takes it back', async () => {
    await world.begin();
    await world.say('/preview allow @BOB 2h');
    expect(world.previews.kept.get('web')?.allowed).toEqual([
      { user: bob, untilMs: startMs + 10_000 + 10 * minuteMs + 2 * hourMs },
    ]);
    expect(world.github.sticky?.body).toContain('`bob` until');
    await world.say('/preview disallow @bob');
    expect(world.previews.kept.get('web')?.allowed).toEqual([]);
    const id = await world.say('/preview allow @nobody');
    expect(world.reactionsTo(id)).toEqual(['eyes', 'confused']);
  });

  it('the last word about a person counts, in whatever order they arrive', async () => {
    await world.begin();
    world.github.write('/preview allow @bob 2h');
    world.github.write('/preview disallow @bob');
    const [first, second] = world.github.deliveries.slice(-2);
    world.deliver(second!);
    await world.pass(minuteMs);
    world.deliver(first!);
    await world.pass(minuteMs);
    expect(world.previews.kept.get('web')?.allowed).toEqual([]);
  });

  it('status and help are answered, for anybody', async () => {
    await world.begin();
    await world.say('/preview status', bob);
    expect(world.github.replies[0]).toContain('- `web` of `ann`: 🔒 organisation');
    expect(world.github.replies[0]).toContain(
      `https://github.com/acme/shop/pull/42#issuecomment-${world.github.sticky?.id}`,
    );
    await world.say('/preview help', bob);
    expect(world.github.replies[1]).toContain('`/preview private`');
  });

  it('that are unknown get the help', async () => {
    await world.begin();
    const id = await world.say('/preview publish');
    expect(world.reactionsTo(id)).toEqual(['eyes', 'confused']);
    expect(world.github.replies[0]).toContain('there is no such command');
  });

  it('are answered so often in an hour and no more', async () => {
    await world.begin();
    for (let at = 0; at <= maxRepliesPerHour; at += 1) await world.say('/preview help', bob);
    expect(world.github.replies).toHaveLength(maxRepliesPerHour);
    await world.pass(hourMs);
    await world.say('/preview help', bob);
    expect(world.github.replies).toHaveLength(maxRepliesPerHour + 1);
  });

  it('about nothing say so', async () => {
    world.github.open();
    await world.settle();
    await world.say('/preview private');
    expect(world.github.replies[0]).toContain('There is no preview here');
  });

  it('do not bring back what its owner has made private since', async () => {
    await world.begin();
    world.github.write('/preview public');
    await world.pass(minuteMs);
    const web = world.previews.kept.get('web')!;
    world.previews.kept.set('web', { ...web, madePrivateMs: world.nowMs });
    await world.settle();
    expect(world.previews.isPublic('web')).toBe(false);
  });

  it('to a closed pull request give nothing, also when it is open again by then', async () => {
    await world.begin();
    world.github.close();
    await world.settle();
    world.previews.add('web-2', { attached: false });
    await world.pass(minuteMs);
    const ids = ['public', 'allow @bob', 'extend', 'remove'].map((verb) =>
      world.github.write(`/preview ${verb}`),
    );
    await world.settle();
    expect(world.whatWasDone()).toEqual(['remove web']);
    world.github.reopen();
    await world.settle();
    expect(world.whatWasDone()).toEqual(['remove web', 'attach web-2']);
    expect(world.reactionsTo(ids[0]!)).toEqual(['eyes', 'confused']);
    expect(world.github.replies[0]).toContain('The pull request was closed');
  });

  it('end together: one of two that were made for longer does not outlive the last', async () => {
    await world.begin();
    world.github.write('/preview public 30d');
    world.github.write('/preview public 1h');
    const [long, short] = world.github.deliveries.slice(-2);
    world.deliver(long!);
    await world.pass(2 * hourMs);
    expect(world.previews.isPublic('web')).toBe(true);
    world.deliver(short!);
    await world.pass(minuteMs);
    expect(world.previews.isPublic('web')).toBe(false);
  });

  it('do not reach previews that are younger than they', async () => {
    await world.begin();
    world.github.write('/preview public');
    await world.pass(minuteMs);
    world.previews.add('young');
    await world.settle();
    expect(world.previews.isPublic('web')).toBe(true);
    expect(world.previews.isPublic('young')).toBe(false);
  });

  it('are carried out when a reaction fails', async () => {
    await world.begin();
    const answer = { kind: 'forbidden' } as const;
    world.github.faults.push({ call: 'react', answer }, { call: 'react', answer });
    await world.say('/preview public');
    expect(world.previews.isPublic('web')).toBe(true);
  });
});
