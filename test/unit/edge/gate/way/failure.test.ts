/** The gate while what it asks fails. */
import { describe, expect, it } from 'vitest';
import type { Way } from '#edge/gate/way.ts';
import { alice, navigation, outcome, ScratchGate, withToken } from '../scratch-gate.ts';
import { labels, useGate, world } from './five-labels.ts';

useGate();

describe('when other objects fail', () => {
  const failures: [string, () => Promise<void>][] = [
    ['throws', () => Promise.reject(new Error('on purpose'))],
    [
      'throws at once',
      () => {
        throw new Error('on purpose');
      },
    ],
  ];

  it.each(failures)('threat 24: one that %s lets nobody in', async (_how, fail) => {
    const fields = await world.cookie(labels.private);
    const { token } = world.token();
    for (const call of ['loginUntil', 'membership', 'verifyToken', 'token', '']) {
      world.cluster.withdraw({ kind: 'everybody' });
      world.before = (name) => (name.startsWith(call) ? fail() : Promise.resolve());
      const isOfPerson = call === 'loginUntil' || call === 'membership' || call === '';
      const asked = isOfPerson ? fields : withToken(token);
      const status = outcome(await world.ask(labels.private, { fields: asked }));
      expect(status).toBeGreaterThanOrEqual(500);
    }
    world.before = () => Promise.resolve();
    expect(outcome(await world.ask(labels.private, { fields }))).toBe('relay');
  });

  it('threat 24: one that hangs keeps its askers waiting, and nobody else', async () => {
    const fields = await world.cookie(labels.private);
    // What the organisation allows is known from here on.
    expect(outcome(await world.ask(labels.public))).toBe('relay');
    let open: () => void = () => {};
    const hanging = new Promise<void>((resolve) => (open = resolve));
    world.before = () => hanging;
    let answer: Way | undefined;
    const waiting = world.ask(labels.private, { fields }).then((way) => (answer = way));
    expect(outcome(await world.ask(labels.private))).toBe(401);
    expect(outcome(await world.ask(labels.public))).toBe('relay');
    expect(answer).toBeUndefined();
    // Access is withdrawn while the answer is on its way.
    world.members.delete(alice.id);
    world.cluster.withdraw({ kind: 'person', userId: alice.id });
    open();
    expect(outcome(await waiting)).toBe(404);
  });

  it('threat 24: a database that fails is a 500, answered once', async () => {
    const broken = new ScratchGate();
    const label = await broken.preview('private', '1');
    const fields = await broken.cookie(label);
    await broken.connect();
    const { previews } = broken.cluster;
    const find = previews.find.bind(previews);
    previews.find = () => {
      throw new Error('disk I/O error');
    };
    for (const asked of [{}, { fields }, { fields: navigation }]) {
      expect(outcome(await broken.ask(label, asked))).toBeGreaterThanOrEqual(500);
    }
    previews.find = find;
    const shared = await broken.preview('public', '2');
    broken.sqlFault = new Error('disk is full');
    for (const [to, asked] of [
      [label, { fields }],
      [shared, {}],
    ] as const) {
      expect(outcome(await broken.ask(to, asked))).toBeGreaterThanOrEqual(500);
    }
    broken.sqlFault = undefined;
    expect(outcome(await broken.ask(label, { fields }))).toBe('relay');
    await broken.stop();
  });

  it('without a GitHub App nobody can sign in, and private stays closed', async () => {
    world.canSignIn = false;
    expect(outcome(await world.ask(labels.private, { fields: navigation }))).toBe(401);
  });
});
