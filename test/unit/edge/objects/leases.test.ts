import { beforeEach, describe, expect, it } from 'vitest';
import type { Membership } from '#edge/github/membership.ts';
import {
  leaseLifeMs,
  leaseRetryMs,
  Leases,
  longLeaseLifeMs,
  maxLeases,
  maxRevoked,
  type ViewerKey,
} from '#edge/objects/leases.ts';
import type { MembershipAnswer } from '#edge/objects/stores/memberships.ts';

const alice = 1001;
const bob = 1002;
const startMs = 1_767_225_600_000;
const member = { kind: 'member', role: 'member' } as const;
const away = { kind: 'unavailable', retryAfterMs: 1000 } as const;
const answer = (membership: Membership, ageMs = 0, epoch = 0): MembershipAnswer => ({
  membership,
  ageMs,
  epoch,
});

let nowMs: number;
let asked: ViewerKey[];
let renew: (viewer: ViewerKey) => Promise<MembershipAnswer>;
let ended: [ViewerKey, string][];
let leases: Leases;
const says = (membership: Membership, ageMs = 0, epoch = 0): void => {
  renew = () => Promise.resolve(answer(membership, ageMs, epoch));
};
beforeEach(() => {
  nowMs = startMs;
  asked = [];
  ended = [];
  says(member);
  leases = new Leases(
    { nowMs: () => nowMs },
    (viewer) => {
      asked.push(viewer);
      return renew(viewer);
    },
    (viewer, reason) => ended.push([viewer, reason]),
  );
});

/** Answers that come when the test says so. */
function held() {
  const waiting: ((given: MembershipAnswer) => void)[] = [];
  renew = () => new Promise((resolve) => waiting.push(resolve));
  return waiting;
}

const kindOf = async (viewer: ViewerKey = alice) => (await leases.of(viewer)).kind;

describe('a lease', () => {
  it('spares the question for 5 minutes, to the millisecond', async () => {
    expect(leases.live(alice)).toBeUndefined();
    expect(await leases.of(alice)).toMatchObject({
      kind: 'leased',
      lease: { role: 'member', epoch: 0, confirmedMs: startMs },
    });
    nowMs += leaseLifeMs - 1;
    expect(leases.live(alice)).toMatchObject({ role: 'member' });
    await leases.of(alice);
    expect(asked).toEqual([alice]);
    nowMs += 1;
    expect(leases.live(alice)).toBeUndefined();
    await leases.of(alice);
    expect(asked).toEqual([alice, alice]);
  });

  it('threat 32: counts from when GitHub said so, not from when it came here', async () => {
    says(member, leaseLifeMs - 10);
    await leases.of(alice);
    nowMs += 9;
    expect(leases.live(alice)).toBeDefined();
    nowMs += 1;
    expect(leases.live(alice)).toBeUndefined();
  });

  it('counts from when the question was put, if the answer takes long', async () => {
    const [waiting, leased] = [held(), leases.of(alice)];
    nowMs += 60_000;
    waiting[0]!(answer(member));
    expect(await leased).toMatchObject({ lease: { confirmedMs: startMs } });
  });

  it('is one question for all who ask at once, and one for each viewer', async () => {
    const waiting = held();
    const all = [alice, alice, alice, bob].map((viewer) => leases.of(viewer));
    expect(asked).toEqual([alice, bob]);
    waiting[0]!(answer(member));
    waiting[1]!(answer({ kind: 'none' }));
    expect((await Promise.all(all)).map(({ kind }) => kind)).toEqual([
      'leased',
      'leased',
      'leased',
      'refused',
    ]);
  });

  it('tells viewers apart that only look alike', async () => {
    says(member);
    await leases.of(1);
    expect(leases.live('1')).toBeUndefined();
    expect(leases.live('token:1')).toBeUndefined();
  });

  it('is refused with the reason, and asked for again each time', async () => {
    says({ kind: 'pending' });
    expect(await leases.of(alice)).toEqual({ kind: 'refused', why: { kind: 'pending' } });
    says(member);
    expect(await kindOf()).toBe('leased');
  });

  it('is worth nothing when the clock was set back', async () => {
    await leases.of(alice);
    nowMs -= 1;
    expect(leases.live(alice)).toBeUndefined();
  });

  it('is one of a bounded number; the one that came first is asked for anew', async () => {
    for (let viewer = 0; viewer <= maxLeases; viewer += 1) await leases.of(viewer);
    expect(leases.live(0)).toBeUndefined();
    expect(leases.live(1)).toBeDefined();
    expect(leases.live(maxLeases)).toBeDefined();
  });

  it('is gone after a restart', async () => {
    await leases.of(alice);
    leases = new Leases(
      { nowMs: () => nowMs },
      () => Promise.resolve(answer({ kind: 'none' })),
      () => {},
    );
    expect(await kindOf()).toBe('refused');
  });
});

describe('while GitHub is away', () => {
  it('threat 32: a lease lives until GitHub’s word is 15 minutes old, to the millisecond', async () => {
    await leases.of(alice);
    says(away);
    nowMs += leaseLifeMs;
    expect(await kindOf()).toBe('leased');
    nowMs += longLeaseLifeMs - leaseLifeMs - 1;
    expect(await kindOf()).toBe('leased');
    expect(ended).toEqual([]);
    nowMs += 1;
    expect(leases.live(alice)).toBeUndefined();
    expect(await leases.of(alice)).toEqual({ kind: 'refused', why: away });
    expect(ended).toEqual([[alice, 'unavailable']]);
  });

  it('asks once in half a minute', async () => {
    await leases.of(alice);
    says(away);
    nowMs += leaseLifeMs;
    await leases.of(alice);
    nowMs += leaseRetryMs - 1;
    await leases.of(alice);
    expect(asked).toHaveLength(2);
    nowMs += 1;
    says({ kind: 'none' });
    expect(await kindOf()).toBe('refused');
  });

  it('is the same when the question throws, and lets nobody in who had no lease', async () => {
    await leases.of(alice);
    renew = () => Promise.reject(new Error('the object is away'));
    nowMs += leaseLifeMs;
    expect(await kindOf()).toBe('leased');
    expect(await leases.of(bob)).toMatchObject({ kind: 'refused', why: { kind: 'unavailable' } });
  });

  it('takes the organisation’s old word for as long as it is good, and no longer', async () => {
    says(member, longLeaseLifeMs - 10);
    expect(await kindOf()).toBe('leased');
    nowMs += 10;
    expect(leases.live(alice)).toBeUndefined();
    says(member, longLeaseLifeMs);
    expect(await leases.of(bob)).toMatchObject({ kind: 'refused', why: { kind: 'unavailable' } });
  });
});

describe('a revocation', () => {
  it('threat 31: ends the lease and says so at once, for that viewer', async () => {
    await leases.of(alice);
    await leases.of(bob);
    leases.revoke(alice);
    expect(leases.live(alice)).toBeUndefined();
    expect(leases.live(bob)).toBeDefined();
    expect(ended).toEqual([[alice, 'revoked']]);
  });

  it('threat 32: overtakes an answer that is on its way', async () => {
    const waiting = held();
    const before = leases.of(alice);
    leases.revoke(alice);
    const after = leases.of(alice);
    expect(waiting).toHaveLength(2);
    waiting[0]!(answer(member));
    waiting[1]!(answer({ kind: 'none' }));
    expect((await after).kind).toBe('refused');
    // The answer to the first question is void, so it was put again.
    await expect.poll(() => waiting.length).toBe(3);
    waiting[2]!(answer({ kind: 'none' }));
    expect((await before).kind).toBe('refused');
    expect(leases.live(alice)).toBeUndefined();
  });

  it('ends in a no for whoever it overtakes again and again', async () => {
    renew = () => {
      leases.revoke(alice);
      return Promise.resolve(answer(member));
    };
    expect(await leases.of(alice)).toEqual({ kind: 'refused', why: { kind: 'none' } });
    expect(asked).toHaveLength(3);
  });

  it('of everybody closes everything and voids what is on its way', async () => {
    await leases.of(alice);
    const waiting = held();
    const before = leases.of(bob);
    leases.revokeAll();
    expect(ended).toEqual([['everybody', 'revoked']]);
    expect(leases.live(alice)).toBeUndefined();
    says({ kind: 'not-installed' });
    waiting[0]!(answer(member));
    expect(await before).toEqual({ kind: 'refused', why: { kind: 'not-installed' } });
  });

  it('lets somebody who is a member again back in', async () => {
    leases.revoke(alice);
    says(member, 0, 1);
    expect(await leases.of(alice)).toMatchObject({ kind: 'leased', lease: { epoch: 1 } });
  });

  it('is remembered of a bounded number of viewers; those forgotten fail closed', async () => {
    const waiting = held();
    const before = leases.of(0);
    for (let viewer = 0; viewer <= maxRevoked; viewer += 1) leases.revoke(viewer);
    says({ kind: 'none' });
    waiting[0]!(answer(member));
    expect((await before).kind).toBe('refused');
  });
});

describe('the sweep', () => {
  it('threat 31: renews the lease of what is open while it may, and ends it when it may not', async () => {
    await leases.of(alice);
    await leases.of(bob);
    await leases.sweep([alice, bob]);
    expect(asked).toHaveLength(2);
    nowMs += leaseLifeMs;
    renew = (viewer) => Promise.resolve(answer(viewer === alice ? member : { kind: 'none' }));
    await leases.sweep([alice, bob]);
    expect(ended).toEqual([[bob, 'denied']]);
    expect(leases.untilMs(alice)).toBe(nowMs + leaseLifeMs);
    expect(leases.untilMs(bob)).toBeUndefined();
  });

  it('reaches all, though there are many', async () => {
    const all = Array.from({ length: 50 }, (_, index) => index + 1);
    for (const viewer of all) await leases.of(viewer);
    nowMs += leaseLifeMs;
    says({ kind: 'none' });
    await leases.sweep(all);
    expect(ended).toEqual(all.map((viewer) => [viewer, 'denied']));
  });

  it('while GitHub is away asks again when it is time, not before', async () => {
    await leases.of(alice);
    says(away);
    nowMs += leaseLifeMs;
    await leases.sweep([alice]);
    expect(leases.untilMs(alice)).toBe(nowMs + leaseRetryMs);
    expect(ended).toEqual([]);
  });
});
