import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { maxWaiting } from '#github-app/inbox.ts';
import { lookAgainMs } from '#github-app/pull-request.ts';
import { maxRepliesPerHour } from '#github-app/replies.ts';
import { appId } from './fake-github.ts';
import { ann, bob, commentCreated, repository, shaOf } from './payloads.ts';
import { startMs, World } from './world.ts';

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;

let world: World;
beforeEach(() => {
  world = new World();
});
afterEach(() => world.store.close());

async function say(body: string, by = ann): Promise<number> {
  const id = world.github.write(body, by);
  await world.settle();
  return id;
}

const reactionsTo = (id: number) => world.github.said.get(id)!.reactions;
const whatWasDone = () => world.previews.deeds.map(({ what, label }) => `${what} ${label}`);

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
    expect(whatWasDone()).toEqual(['attach web']);
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
    expect(whatWasDone()).toEqual(['remove web']);
    expect(world.github.ours).toEqual([]);
  });

  it('names the right commit at last where GitHub’s first answers lagged behind', async () => {
    await world.begin();
    await say('/preview public');
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
    await say('/preview public');
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

describe('commands', () => {
  it('public and private: 👀, 🚀, access and the comment', async () => {
    await world.begin();
    const open = await say('/preview public 2h');
    expect(world.previews.isPublic('web')).toBe(true);
    expect(reactionsTo(open)).toEqual(['eyes', 'rocket']);
    expect(world.github.sticky?.body).toContain('🌐 public until 2026-11-21 14:10 UTC');
    expect(world.previews.deeds.at(-1)?.by).toEqual({
      kind: 'comment',
      user: ann,
      commentId: open,
    });
    await say('/preview private');
    expect(world.previews.isPublic('web')).toBe(false);
    expect(world.github.sticky?.body).toContain('🔒 organisation');
    expect(world.github.replies).toEqual([]);
  });

  it('public ends by itself, and the comment says so then', async () => {
    await world.begin();
    await say('/preview public 30m');
    await world.pass(hourMs);
    expect(world.previews.isPublic('web')).toBe(false);
    expect(world.github.sticky?.body).toContain('🔒 organisation');
  });

  it('public is refused with the reason where the organisation does not allow it', async () => {
    await world.begin();
    world.previews.publicAllowed = false;
    const id = await say('/preview public');
    expect(reactionsTo(id)).toEqual(['eyes', 'confused']);
    expect(world.github.replies[0]).toContain('The organisation allows no public previews.');
  });

  it('remove ends what there is, and nothing that comes later', async () => {
    await world.begin();
    await say('/preview remove');
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
    await say('/preview extend 3h');
    expect(whatWasDone()).toEqual(['extend web']);
    expect(world.github.sticky?.body).toContain('ends 2026-11-21 15:11 UTC');
  });

  it('allow lets one person in for a time, by numeric id; disallow takes it back', async () => {
    await world.begin();
    await say('/preview allow @BOB 2h');
    expect(world.previews.kept.get('web')?.allowed).toEqual([
      { user: bob, untilMs: startMs + 10_000 + 10 * minuteMs + 2 * hourMs },
    ]);
    expect(world.github.sticky?.body).toContain('`bob` until');
    await say('/preview disallow @bob');
    expect(world.previews.kept.get('web')?.allowed).toEqual([]);
    const id = await say('/preview allow @nobody');
    expect(reactionsTo(id)).toEqual(['eyes', 'confused']);
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
    await say('/preview status', bob);
    expect(world.github.replies[0]).toContain('- `web` of `ann`: 🔒 organisation');
    expect(world.github.replies[0]).toContain(
      `https://github.com/acme/shop/pull/42#issuecomment-${world.github.sticky?.id}`,
    );
    await say('/preview help', bob);
    expect(world.github.replies[1]).toContain('`/preview private`');
  });

  it('that are unknown get the help', async () => {
    await world.begin();
    const id = await say('/preview publish');
    expect(reactionsTo(id)).toEqual(['eyes', 'confused']);
    expect(world.github.replies[0]).toContain('there is no such command');
  });

  it('are answered so often in an hour and no more', async () => {
    await world.begin();
    for (let at = 0; at <= maxRepliesPerHour; at += 1) await say('/preview help', bob);
    expect(world.github.replies).toHaveLength(maxRepliesPerHour);
    await world.pass(hourMs);
    await say('/preview help', bob);
    expect(world.github.replies).toHaveLength(maxRepliesPerHour + 1);
  });

  it('about nothing say so', async () => {
    world.github.open();
    await world.settle();
    await say('/preview private');
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
    expect(whatWasDone()).toEqual(['remove web']);
    world.github.reopen();
    await world.settle();
    expect(whatWasDone()).toEqual(['remove web', 'attach web-2']);
    expect(reactionsTo(ids[0]!)).toEqual(['eyes', 'confused']);
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
    await say('/preview public');
    expect(world.previews.isPublic('web')).toBe(true);
  });
});

describe('threat 46: who may', () => {
  it.each([
    ['a stranger', 'none', 'none'],
    ['a reader who is a member', 'read', 'member'],
    ['a writer who is no member', 'write', 'none'],
  ] as const)('public: not %s', async (_who, permission, role) => {
    await world.begin();
    world.github.permissions.set(bob.id, permission);
    world.previews.roles.set(bob.id, role);
    const id = await say('/preview public', bob);
    expect(world.previews.isPublic('web')).toBe(false);
    expect(reactionsTo(id)).toEqual(['eyes', 'confused']);
    expect(world.github.replies[0]).toContain('Only active members');
  });

  it('private and remove: the owner alone reaches only what is theirs', async () => {
    await world.begin();
    world.previews.add('cart', { owner: bob });
    await world.pass(minuteMs);
    await say('/preview public');
    expect(world.previews.isPublic('web') && world.previews.isPublic('cart')).toBe(true);
    await say('/preview private', bob);
    expect(world.previews.isPublic('web')).toBe(true);
    expect(world.previews.isPublic('cart')).toBe(false);
    await say('/preview remove', bob);
    expect([...world.previews.kept.keys()]).toEqual(['web']);
  });

  it('a login that has changed hands is nobody’s', async () => {
    await world.begin();
    const index = world.github.users.indexOf(ann);
    world.github.users[index] = { id: 555, login: 'ann' };
    world.github.permissions.set(555, 'admin');
    await say('/preview public');
    expect(world.previews.isPublic('web')).toBe(false);
  });
});

describe('threats 44 and 45: repeated and reversed', () => {
  it('one delivery and one comment have one effect, also under a new delivery id', async () => {
    await world.begin();
    await say('/preview help');
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
    expect(whatWasDone()).not.toContain('public web');
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

describe('threat 48: a push takes public back', () => {
  it('at once, and the comment asks for a confirmation', async () => {
    await world.begin();
    await say('/preview public');
    world.github.push(shaOf(2));
    await world.settle();
    expect(world.previews.isPublic('web')).toBe(false);
    expect(world.previews.deeds.at(-1)?.by).toEqual({ kind: 'push', sha: shaOf(1) });
    expect(world.github.sticky?.body).toContain(`\`/preview public ${shaOf(2)}\``);
    await say(`/preview public ${shaOf(2)}`);
    expect(world.previews.isPublic('web')).toBe(true);
    expect(world.github.sticky?.body).not.toContain('confirm');
  });

  it('also when its webhook was lost and another comes', async () => {
    await world.begin();
    await say('/preview public');
    world.github.push(shaOf(2));
    world.github.deliveries.pop();
    await say('/preview status');
    expect(world.previews.isPublic('web')).toBe(false);
  });

  it('also when its webhook was lost and nothing else comes, within ten minutes', async () => {
    await world.begin();
    await say('/preview public 3h');
    world.github.push(shaOf(2));
    world.github.deliveries.pop();
    await world.pass(lookAgainMs + minuteMs);
    expect(world.previews.isPublic('web')).toBe(false);
  });

  it('and nobody looks again when nothing is public', async () => {
    await world.begin();
    await say('/preview public 3h');
    await say('/preview private');
    await world.pass(hourMs);
    world.github.calls.length = 0;
    await world.pass(24 * hourMs);
    expect(world.github.calls).toEqual([]);
  });

  it('also while GitHub does not answer', async () => {
    await world.begin();
    await say('/preview public');
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
    await say('/preview public');
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
    await say(`/preview public ${shaOf(1)}`);
    expect(world.previews.isPublic('web')).toBe(false);
    await say(`/preview public ${shaOf(2)}`);
    expect(world.previews.isPublic('web')).toBe(true);
  });

  it('a fork’s commit has to be spelt out, and whole', async () => {
    world.github.headRepositoryId = 8;
    await world.begin();
    await say('/preview public');
    expect(world.previews.isPublic('web')).toBe(false);
    expect(world.github.replies[0]).toContain(`/preview public ${shaOf(1)}`);
    await say(`/preview public ${shaOf(1).slice(0, 39)}`);
    expect(world.previews.isPublic('web')).toBe(false);
    await say(`/preview public ${shaOf(1)}`);
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
    await say(`/preview public ${shaOf(1)}`);
    await say('/preview public 2h');
    expect(world.previews.isPublic('web')).toBe(true);
    expect(whatWasDone()).toEqual(['public web']);
    expect(world.github.sticky?.body).toContain('`ann` wants this public');
  });

  it('a fork that pushes and pushes back does not get it back', async () => {
    world.github.headRepositoryId = 8;
    await world.begin();
    await say(`/preview public ${shaOf(1)}`);
    world.github.push(shaOf(2));
    world.github.push(shaOf(1));
    await world.settle();
    expect(world.previews.isPublic('web')).toBe(false);
  });
});

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
    await say('/preview private');
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
      await say('/preview status', bob);
      expect(world.github.sticky).toBeUndefined();
      await world.pass(minuteMs);
      if (what === 'a new preview') {
        world.previews.add('cart');
        world.object.changed(repository, 42);
        await world.settle();
      } else await say('/preview status');
      expect(world.github.sticky?.body).toContain('https://web.preview.example.dev');
      await say('/preview status', bob);
      expect(world.github.ours.filter(({ body }) => body.includes('byway:previews'))).toHaveLength(
        1,
      );
    },
  );

  it('is not taken for deleted when the whole repository is out of reach for a time', async () => {
    await world.begin();
    await say('/preview public');
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
    const pasted = await say(body, bob);
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
    await say('/preview help');
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

describe('a pull request that is out of reach', () => {
  it.each(['gone', 'forbidden'] as const)('%s: what was public is private', async (kind) => {
    await world.begin();
    await say('/preview public');
    world.github.push(shaOf(2));
    world.github.faults.push({ call: 'pull', answer: { kind } });
    await world.settle();
    expect(world.previews.isPublic('web')).toBe(false);
  });

  it('transferred to another organisation obeys nobody there', async () => {
    await world.begin();
    await say('/preview public');
    world.github.base = { ...repository, owner: { id: 71, login: 'elsewhere' } };
    const id = await say('/preview public');
    expect(world.previews.isPublic('web')).toBe(false);
    expect(reactionsTo(id)).toEqual([]);
    world.github.calls.length = 0;
    world.object.changed(repository, 42);
    await world.settle();
    expect(world.github.calls).toEqual(['pull']);
  });

  it('renamed is followed by its id', async () => {
    await world.begin();
    world.github.base = { ...repository, name: 'store' };
    await say('/preview status');
    expect(world.github.replies[0]).toContain('https://github.com/acme/store/pull/42');
  });

  it('another one of the old name is not taken for it', async () => {
    await world.begin();
    const id = world.github.write('/preview public');
    world.github.base = { ...repository, id: 8 };
    await world.settle();
    expect(world.previews.isPublic('web')).toBe(false);
    expect(reactionsTo(id)).toEqual([]);
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
    await say('/preview public');
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
    await say('/preview public');
    world.github.push(shaOf(2));
    world.previews.failures = 5;
    await world.settle();
    await world.pass(minuteMs);
    expect(world.previews.isPublic('web')).toBe(false);
  });
});

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
    await say('/preview public');
    expect(world.previews.isPublic('web')).toBe(false);
  });

  it('is looked at when somebody orders something', async () => {
    world.github.open();
    await say('/preview public');
    expect(world.github.replies[0]).toContain('There is no preview here');
  });

  it('ends one that was made before it was closed, though it was of no use then', async () => {
    world.github.open();
    await world.settle();
    world.previews.add('web', { attached: false });
    await world.pass(minuteMs);
    world.github.close();
    await world.settle();
    expect(whatWasDone()).toEqual(['remove web']);
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
    await say('/preview public');
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
    await say('/preview public');
    await world.pass(minuteMs);
    world.github.calls.length = 0;
    for (let at = 2; at <= 51; at += 1) {
      world.github.push(shaOf(at));
      world.deliverAll();
      await world.pass(80);
    }
    await world.settle();
    expect(world.github.calls.filter((call) => call === 'pull').length).toBeLessThanOrEqual(6);
    expect(world.github.calls.filter((call) => call === 'updateComment').length).toBeLessThan(4);
    expect(world.github.sticky?.body).toContain(`/preview public ${shaOf(51)}`);
  });

  it('fifty while it works: they wait for one more look', async () => {
    await world.begin();
    await say('/preview public');
    world.github.calls.length = 0;
    world.github.push(shaOf(2));
    world.deliverAll();
    const first = world.pass(300);
    for (let at = 3; at <= 51; at += 1) world.github.push(shaOf(at));
    await first;
    await world.settle();
    expect(world.github.calls).toEqual(['pull', 'pull', 'updateComment']);
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

describe('deployments', () => {
  it('are made when they are wanted, once, and end with the previews', async () => {
    world = new World({ deployments: true });
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
    world = new World({ deployments: true });
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
    world = new World({ deployments: true });
    world.github.faults.push({ call: 'createDeployment', answer: { kind: 'forbidden' } });
    await world.begin();
    expect(world.github.sticky?.body).toContain('https://web.preview.example.dev');
    expect(world.github.deployments).toEqual([]);
  });
});
