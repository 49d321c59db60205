/** Who gets in with a session, for how long, and what it tells them where not. */
import { describe, expect, it } from 'vitest';
import type { Membership } from '#edge/github/membership.ts';
import {
  alice,
  bytesOf,
  navigation,
  organisationId,
  outcome,
  pageField,
  sid,
} from '../scratch-gate.ts';
import { labels, useGate, world } from './five-labels.ts';

useGate();

describe('a session', () => {
  it('opens its own preview for a member', async () => {
    const way = await world.ask(labels.private, { fields: await world.cookie(labels.private) });
    expect(way).toMatchObject({
      kind: 'relay',
      passage: { label: labels.private, isPrivate: true, keys: [`sid:${sid}`, alice.id] },
    });
  });

  it('threat 13: of one preview is 401 on another', async () => {
    const fields = await world.cookie(labels.private);
    expect(outcome(await world.ask(labels.other, { fields }))).toBe(401);
    expect(outcome(await world.ask(labels.private, { fields }))).toBe('relay');
    expect(outcome(await world.ask(labels.other, { fields }))).toBe(401);
  });

  it('threat 13: of another organisation is 401', async () => {
    const fields = await world.cookie(labels.private, { organisationId: organisationId + 1 });
    expect(outcome(await world.ask(labels.private, { fields }))).toBe(401);
  });

  it('threat 37: from before the preview was made private is void, at once', async () => {
    const label = await world.preview('public', '5');
    const fields = await world.cookie(label);
    expect(outcome(await world.ask(label))).toBe('relay');
    expect(outcome(await world.ask(label, { fields }))).toBe('relay');
    world.cluster.setAccess(label, { access: 'private', publicForS: 0 });
    expect(outcome(await world.ask(label))).toBe(401);
    expect(outcome(await world.ask(label, { fields }))).toBe(401);
    const fresh = await world.cookie(label, { epoch: 1 });
    expect(outcome(await world.ask(label, { fields: fresh }))).toBe('relay');
  });

  it.each(['', 'x', 'a.b.c', '..', '"', '%00', 'undefined', 'null', '[object Object]'])(
    'threat 16: overwritten with %j leads to one clean login',
    async (value) => {
      const cookie = ['Cookie', `__Host-byway_session=${value}`];
      const asked = { target: '/deep?x=1', fields: [...cookie, ...navigation] };
      const way = await world.ask(labels.private, asked);
      expect(outcome(way)).toBe(303);
      expect(pageField(way, 'location')).toMatch(/^https:\/\/byway\.example\.com\/authorize\?tx=/);
      expect(pageField(way, 'set-cookie')).toMatch(/^__Host-byway_tx_/);
      expect(outcome(await world.ask(labels.private, { fields: cookie }))).toBe(401);
    },
  );

  it('threat 16: with another signature is none, though the true one was just verified', async () => {
    const text = await world.session(labels.private);
    const cookie = (value: string) => ({ fields: ['Cookie', `__Host-byway_session=${value}`] });
    expect(outcome(await world.ask(labels.private, cookie(text)))).toBe('relay');
    const last = text.endsWith('A') ? 'Q' : 'A';
    for (const other of [text.slice(0, -1) + last, `${text}A`, text.slice(0, -1), `${text}.x`]) {
      expect(outcome(await world.ask(labels.private, cookie(other)))).toBe(401);
    }
  });

  it('threat 11: that is there twice counts as absent', async () => {
    const text = await world.session(labels.private);
    const twice = `__Host-byway_session=${text}; __Host-byway_session=${text}`;
    expect(outcome(await world.ask(labels.private, { fields: ['Cookie', twice] }))).toBe(401);
  });

  it('threat 32: ends with its login', async () => {
    const fields = await world.cookie(labels.private);
    expect(outcome(await world.ask(labels.private, { fields }))).toBe('relay');
    world.logins.delete(sid);
    world.cluster.withdraw({ kind: 'logins', sids: [sid] });
    expect(outcome(await world.ask(labels.private, { fields }))).toBe(401);
  });

  const memberships: [Membership | undefined, number, string][] = [
    [undefined, 404, 'BW-6002'],
    [{ kind: 'pending' }, 403, 'BW-6003'],
    [{ kind: 'unavailable', retryAfterMs: 1000 }, 503, 'BW-6008'],
  ];
  it.each(memberships)(
    'threat 33: of somebody whose membership is %j is a %i, for every label alike',
    async (membership, status, code) => {
      if (membership) world.members.set(alice.id, membership);
      else world.members.delete(alice.id);
      const answers = new Set<string>();
      for (const label of [labels.private, labels.ended, labels.unknown]) {
        const way = await world.ask(label, { fields: await world.cookie(label) });
        expect(outcome(way)).toBe(status);
        expect(bytesOf(way)).toContain(code);
        answers.add(bytesOf(way).replaceAll(label, ''));
      }
      expect(answers.size).toBe(1);
    },
  );

  it('threat 10: of somebody who is no member any more leads to the login, where they can ask', async () => {
    world.members.delete(alice.id);
    for (const label of [labels.private, labels.ended, labels.unknown]) {
      const fields = [...(await world.cookie(label)), ...navigation];
      const way = await world.ask(label, { target: '/deep', fields });
      expect(outcome(way)).toBe(303);
      expect(pageField(way, 'location')).toMatch(/^https:\/\/byway\.example\.com\/authorize\?tx=/);
      expect(bytesOf(way)).not.toContain('ticket');
      expect(outcome(await world.ask(label, { method: 'POST', fields }))).toBe(404);
    }
    world.members.set(alice.id, { kind: 'pending' });
    const fields = [...(await world.cookie(labels.private)), ...navigation];
    expect(outcome(await world.ask(labels.private, { fields }))).toBe(403);
    world.members.delete(alice.id);
    world.canSignIn = false;
    expect(outcome(await world.ask(labels.private, { fields }))).toBe(404);
  });

  it('tells members, and them alone, that a preview has ended', async () => {
    const fields = await world.cookie(labels.ended);
    expect(bytesOf(await world.ask(labels.ended, { fields }))).toContain('BW-6009');
    expect(outcome(await world.ask(labels.ended))).toBe(401);
  });
});
