import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Membership } from '#edge/github/membership.ts';
import {
  Memberships,
  negativeLifeMs,
  positiveLifeMs,
  staleLifeMs,
} from '#edge/objects/stores/memberships.ts';
import { scratch, type Scratch } from './scratch-store.ts';

const alice = 1001;
const member = { kind: 'member', role: 'member' } as const;
const away = { kind: 'unavailable', retryAfterMs: 1000 } as const;

let store: Scratch;
let memberships: Memberships;
let asked: number[];
let github: (userId: number) => Promise<Membership>;
const restart = (): void => {
  memberships = new Memberships(store, (userId) => {
    asked.push(userId);
    return github(userId);
  });
};
const says = (membership: Membership): void => {
  github = () => Promise.resolve(membership);
};
beforeEach(() => {
  store = scratch();
  asked = [];
  says(member);
  restart();
});
afterEach(() => store.sql.close());

const kindOf = async (userId = alice) => (await memberships.of(userId)).membership.kind;

/** An answer that comes when the test says so. */
function held() {
  const waiting: ((membership: Membership) => void)[] = [];
  github = () => new Promise((resolve) => waiting.push(resolve));
  return waiting;
}

describe('a cached membership', () => {
  it('is a yes for 5 minutes, to the millisecond, also over a restart', async () => {
    expect(await memberships.of(alice)).toEqual({ membership: member, ageMs: 0, epoch: 0 });
    store.pass(positiveLifeMs - 1);
    restart();
    expect(await memberships.of(alice)).toEqual({
      membership: member,
      ageMs: positiveLifeMs - 1,
      epoch: 0,
    });
    expect(asked).toEqual([alice]);
    store.pass(1);
    says({ kind: 'none' });
    expect(await kindOf()).toBe('none');
  });

  it.each<Membership>([
    { kind: 'none' },
    { kind: 'pending' },
    { kind: 'saml', url: 'https://github.example.com/sso' },
    { kind: 'saml' },
    { kind: 'not-installed' },
    { kind: 'suspended' },
    { kind: 'no-permission' },
  ])('is a no for 30 seconds: %j', async (no) => {
    says(no);
    await memberships.of(alice);
    store.pass(negativeLifeMs - 1);
    restart();
    expect((await memberships.of(alice)).membership).toEqual(no);
    expect(asked).toEqual([alice]);
    store.pass(1);
    says(member);
    expect(await kindOf()).toBe('member');
  });

  it('is of one person', async () => {
    await memberships.of(alice);
    says({ kind: 'none' });
    expect(await kindOf(1002)).toBe('none');
    expect(await kindOf()).toBe('member');
  });

  it('is asked for once by many at once', async () => {
    const waiting = held();
    const all = [1, 2, 3, 4, 5].map(() => memberships.of(alice));
    expect(waiting).toHaveLength(1);
    waiting[0]!(member);
    expect(new Set((await Promise.all(all)).map(({ membership }) => membership.kind))).toEqual(
      new Set(['member']),
    );
  });

  it.each(['', 'x', '{}', '{"kind":"member"}', '{"kind":"member","role":"owner"}', '[]', 'null'])(
    'threat 24: is no yes when it is damaged: %s',
    async (outcome) => {
      await memberships.of(alice);
      store.sql.run('UPDATE memberships SET outcome = ?', outcome);
      says({ kind: 'none' });
      expect(await kindOf()).toBe('none');
    },
  );

  it('is asked anew when the clock was set back', async () => {
    await memberships.of(alice);
    store.pass(-1);
    says({ kind: 'none' });
    expect(await kindOf()).toBe('none');
  });
});

describe('while GitHub is away', () => {
  it('threat 32: a yes lives on until it is 15 minutes old, to the millisecond', async () => {
    await memberships.of(alice);
    says(away);
    store.pass(positiveLifeMs);
    expect(await memberships.of(alice)).toMatchObject({
      membership: member,
      ageMs: positiveLifeMs,
    });
    store.pass(staleLifeMs - positiveLifeMs - 1);
    restart();
    expect(await memberships.of(alice)).toMatchObject({
      membership: member,
      ageMs: staleLifeMs - 1,
    });
    store.pass(1);
    expect(await memberships.of(alice)).toMatchObject({ membership: away });
  });

  it('a no does not, and nobody is let in who was not known', async () => {
    says({ kind: 'pending' });
    await memberships.of(alice);
    says(away);
    store.pass(negativeLifeMs);
    expect(await kindOf()).toBe('unavailable');
    expect(await kindOf(1002)).toBe('unavailable');
  });

  it('is the same when the question throws', async () => {
    await memberships.of(alice);
    github = () => Promise.reject(new Error('socket hang up'));
    store.pass(positiveLifeMs);
    expect(await kindOf()).toBe('member');
    expect(await kindOf(1002)).toBe('unavailable');
  });

  it('GitHub is left alone for as long as it asked for, half a minute at most', async () => {
    says(away);
    for (const ms of [0, 999, 1]) {
      store.pass(ms);
      expect(await kindOf()).toBe('unavailable');
    }
    expect(asked).toHaveLength(2);
    says({ kind: 'unavailable', retryAfterMs: 3_600_000 });
    store.pass(1000);
    await memberships.of(alice);
    says(member);
    store.pass(29_999);
    expect(await kindOf()).toBe('unavailable');
    store.pass(1);
    expect(await kindOf()).toBe('member');
    expect(asked).toHaveLength(4);
  });
});

describe('a revocation', () => {
  it('threat 32: ends a yes at once, for 30 seconds whatever GitHub says, and raises the epoch', async () => {
    await memberships.of(alice);
    expect(memberships.revoke(alice)).toBe(1);
    restart();
    expect(await memberships.of(alice)).toEqual({
      membership: { kind: 'none' },
      ageMs: 0,
      epoch: 1,
    });
    store.pass(negativeLifeMs);
    expect(await memberships.of(alice)).toEqual({ membership: member, ageMs: 0, epoch: 1 });
    expect(memberships.revoke(alice)).toBe(2);
  });

  it('leaves no stale yes for when GitHub is away', async () => {
    await memberships.of(alice);
    memberships.revoke(alice);
    says(away);
    store.pass(negativeLifeMs);
    expect(await kindOf()).toBe('unavailable');
  });

  it('threat 32: overtakes a question that was put before it', async () => {
    const waiting = held();
    const before = memberships.of(alice);
    memberships.revoke(alice);
    const after = memberships.of(alice);
    waiting[0]!(member);
    expect((await before).membership.kind).toBe('none');
    expect(await after).toMatchObject({ membership: { kind: 'none' }, epoch: 1 });
    expect(memberships.members()).toEqual([]);
  });

  it('asks GitHub afresh when it only makes void what was given out', async () => {
    await memberships.of(alice);
    const waiting = held();
    memberships.revoke(alice, 'ask');
    const first = memberships.of(alice);
    memberships.revoke(alice, 'ask');
    const second = memberships.of(alice);
    expect(waiting).toHaveLength(2);
    waiting[1]!(member);
    expect(await second).toEqual({ membership: member, ageMs: 0, epoch: 2 });
    waiting[0]!({ kind: 'none' });
    expect(await first).toEqual({ membership: member, ageMs: 0, epoch: 2 });
  });

  it('is a no for whoever it overtakes again and again', async () => {
    github = () => {
      memberships.revoke(alice, 'ask');
      return Promise.resolve(member);
    };
    expect(await memberships.of(alice)).toEqual({
      membership: { kind: 'none' },
      ageMs: 0,
      epoch: 3,
    });
  });

  it('of everybody names who was a member', async () => {
    await memberships.of(alice);
    await memberships.of(1002);
    says({ kind: 'none' });
    await memberships.of(1003);
    expect(memberships.members()).toEqual([alice, 1002]);
    expect(memberships.revokeAll('suspended')).toEqual([alice, 1002]);
    restart();
    expect(await memberships.of(alice)).toMatchObject({
      membership: { kind: 'suspended' },
      epoch: 1,
    });
    expect(memberships.revokeAll('not-installed')).toEqual([]);
  });

  it('is never forgotten', async () => {
    await memberships.of(1002);
    memberships.revoke(alice);
    store.pass(400 * 86_400_000);
    memberships.clean();
    restart();
    expect(memberships.epochOf(alice)).toBe(1);
    expect(store.sql.all('SELECT user_id FROM memberships')).toEqual([{ user_id: alice }]);
  });
});

describe('what a login heard', () => {
  it('is taken, unless a revocation came in between', async () => {
    expect(memberships.put(alice, member, memberships.epochOf(alice))).toBe(true);
    expect(await kindOf()).toBe('member');
    expect(asked).toEqual([]);
    const { epoch } = await memberships.of(alice);
    memberships.revoke(alice);
    expect(memberships.put(alice, member, epoch)).toBe(false);
    expect(await kindOf()).toBe('none');
    expect(memberships.put(alice, away, 1)).toBe(false);
  });
});

it('an answer that was overtaken by the end of the installation is not taken of anybody', async () => {
  const waiting = held();
  const answer = memberships.of(alice);
  memberships.revokeAll('not-installed');
  says({ kind: 'not-installed' });
  waiting[0]!(member);
  expect((await answer).membership.kind).toBe('not-installed');
  expect(memberships.members()).toEqual([]);
});

it('a no for want of the app is forgotten when the app is back; any other stays', async () => {
  says({ kind: 'suspended' });
  expect(await kindOf()).toBe('suspended');
  says({ kind: 'none' });
  expect(await kindOf(1002)).toBe('none');
  says(member);
  memberships.forgetDenials();
  expect(await kindOf()).toBe('member');
  expect(await kindOf(1002)).toBe('none');
});
