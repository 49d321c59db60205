/** What is open follows the access that it lives by: no longer than leases, and eight hours at most. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { wayTo } from '#edge/gate/way.ts';
import { leaseLifeMs, longLeaseLifeMs } from '#edge/objects/leases.ts';
import { maxOpenMs } from '#edge/objects/sweeps.ts';
import type { Passage, Served } from '#edge/relay/passage.ts';
import { StreamKind } from '#protocol/stream.ts';
import {
  alice,
  hourMs,
  member,
  organisationId,
  outcome,
  ScratchGate,
  sid,
  withToken,
} from '../gate/scratch-gate.ts';

const bob = { id: 1002, login: 'bob' };
const minuteMs = 60_000;
let world: ScratchGate;
let label: string;
let startMs: number;

beforeEach(async () => {
  world = new ScratchGate();
  startMs = world.nowMs;
  label = await world.preview('private', '1');
  await world.connect(() => ({ onHead() {}, onData() {}, onReset() {} }));
  world.members.set(bob.id, member);
  world.logins.set(sid, startMs + 100 * hourMs);
});
afterEach(() => world.stop());

class Open implements Served {
  readonly passage: Passage;
  closed = 0;
  constructor(passage: Passage) {
    this.passage = passage;
    const head = [':method', 'GET', ':path', '/events'];
    passage.session.open(StreamKind.http, passage.label, head, true, this);
  }
  withdraw(): void {
    this.closed += 1;
  }
  onHead(): void {}
  onData(): void {}
  onReset(): void {}
}

/** Opened in the very turn in which it was let in, as relays do. */
function open(fields: string[], to = label): Promise<Open> {
  const text = (): Promise<string> => Promise.resolve('');
  const asked = { label: to, method: 'GET', target: '/events', fields, text };
  return new Promise((resolve, reject) => {
    wayTo(world.gate, world.cluster, asked, (way) => {
      if (way.kind === 'relay') resolve(new Open(way.passage));
      else reject(new Error(`${way.page.status}`));
    });
  });
}

async function openFor(who = alice, change = {}): Promise<Open> {
  const viewer = { kind: 'person', ...who } as const;
  return open(await world.cookie(label, { viewer, untilMs: startMs + 100 * hourMs, ...change }));
}

/** Alarms go off until that time. */
async function until(ms: number): Promise<void> {
  while (world.alarmMs !== undefined && world.alarmMs <= ms) await world.ring();
  world.nowMs = ms;
}

describe('a withdrawal', () => {
  it('threat 31: closes what is open by it in the same turn, and nothing else', async () => {
    const [first, second, others] = [await openFor(), await openFor(), await openFor(bob)];
    const byToken = await open(withToken(world.token().token));
    world.members.delete(alice.id);
    world.cluster.withdraw({ kind: 'person', userId: alice.id });
    expect([first, second, others, byToken].map(({ closed }) => closed)).toEqual([1, 1, 0, 0]);
    const fields = await world.cookie(label);
    expect(outcome(await world.ask(label, { fields }))).toBe(404);
  });

  it('threat 31: of a login closes what that login has open', async () => {
    world.logins.set('other', startMs + hourMs);
    const [one, other] = [await openFor(), await openFor(alice, { sid: 'other' })];
    world.cluster.withdraw({ kind: 'logins', sids: ['other', 'never'] });
    expect([one.closed, other.closed]).toEqual([0, 1]);
  });

  it('threat 31: of a token closes what it has open', async () => {
    const [one, other] = [world.token(), world.token()];
    const opened = [await open(withToken(one.token)), await open(withToken(other.token))];
    world.cluster.withdraw({ kind: 'token', id: one.id });
    expect(opened.map(({ closed }) => closed)).toEqual([1, 0]);
  });

  it('threat 32: of everybody closes all that is private, and leaves what is public', async () => {
    const shared = await world.preview('public', '2');
    const opened = [await openFor(), await openFor(bob), await open([], shared)];
    world.cluster.withdraw({ kind: 'everybody' });
    expect(opened.map(({ closed }) => closed)).toEqual([1, 1, 0]);
  });

  it('threat 31: an answer that it overtakes opens nothing', async () => {
    let goOn: () => void = () => {};
    const held = new Promise<void>((resolve) => (goOn = resolve));
    world.before = (call) => (call.startsWith('membership') ? held : Promise.resolve());
    const opening = openFor();
    // The organisation's object says yes, and before that is here, the person is removed.
    while (!world.calls.includes(`membership ${alice.id}`)) await new Promise(setImmediate);
    world.cluster.withdraw({ kind: 'person', userId: alice.id });
    world.members.delete(alice.id);
    goOn();
    await expect(opening).rejects.toThrow('404');
  });

  it('threat 37: a preview that is made private closes what strangers have open', async () => {
    const shared = await world.preview('public', '2');
    const strangers = await open([], shared);
    world.cluster.setAccess(shared, { access: 'private', publicForS: 0 });
    expect(strangers.closed).toBe(1);
  });
});

describe('without any word from GitHub', () => {
  it('threat 32: who has left is out after five minutes', async () => {
    const opened = await openFor();
    world.members.delete(alice.id);
    await until(startMs + leaseLifeMs - 1);
    expect(opened.closed).toBe(0);
    await until(startMs + leaseLifeMs);
    expect(opened.closed).toBe(1);
  });

  it('threat 32: also who came when the next look was planned for later', async () => {
    const opened = await openFor();
    await until(startMs + 4 * minuteMs);
    const later = await openFor(bob);
    world.members.delete(alice.id);
    world.members.delete(bob.id);
    await until(startMs + leaseLifeMs);
    expect([opened.closed, later.closed]).toEqual([1, 0]);
    await until(startMs + 4 * minuteMs + leaseLifeMs);
    expect(later.closed).toBe(1);
  });

  it('threat 32: an answer that was old already brings the look forward', async () => {
    const fresh = await openFor();
    world.ageMs = 4 * minuteMs;
    const old = await openFor(bob);
    world.ageMs = 0;
    world.members.delete(bob.id);
    await until(startMs + minuteMs);
    expect([fresh.closed, old.closed]).toEqual([0, 1]);
    world.members.delete(alice.id);
    await until(startMs + leaseLifeMs);
    expect(fresh.closed).toBe(1);
  });

  it('threat 32: while GitHub is away a member stays for fifteen minutes, and no longer', async () => {
    const opened = await openFor();
    world.members.set(alice.id, { kind: 'unavailable', retryAfterMs: 1000 });
    await until(startMs + longLeaseLifeMs - minuteMs);
    expect(opened.closed).toBe(0);
    const fields = await world.cookie(label);
    expect(outcome(await world.ask(label, { fields }))).toBe('relay');
    await until(startMs + longLeaseLifeMs);
    expect(opened.closed).toBe(1);
    expect(outcome(await world.ask(label, { fields }))).toBe(503);
  });

  it('threat 24: an organisation’s object that throws is GitHub being away', async () => {
    const opened = await openFor();
    world.before = () => Promise.reject(new Error('on purpose'));
    await until(startMs + longLeaseLifeMs - minuteMs);
    expect(opened.closed).toBe(0);
    await until(startMs + longLeaseLifeMs);
    expect(opened.closed).toBe(1);
  });

  it('threat 31: what a login or token has open ends with it', async () => {
    const { token } = world.token();
    const opened = [await openFor(), await open(withToken(token))];
    world.logins.delete(sid);
    world.tokens.delete(token);
    await until(startMs + leaseLifeMs + 1000);
    expect(opened.map(({ closed }) => closed)).toEqual([1, 1]);
  });
});

describe('eight hours', () => {
  it('threat 31: are all that anything private stays open, member or not', async () => {
    const first = await openFor();
    await until(startMs + minuteMs);
    const second = await openFor();
    await until(startMs + maxOpenMs - 1);
    expect([first.closed, second.closed]).toEqual([0, 0]);
    await until(startMs + maxOpenMs);
    expect([first.closed, second.closed]).toEqual([1, 0]);
    await until(startMs + maxOpenMs + minuteMs);
    expect(second.closed).toBe(1);
    expect((await openFor()).closed).toBe(0);
  });
});

describe('the next look', () => {
  it('is planned when something private opens, and for nothing else', async () => {
    const before = world.alarmMs ?? Infinity;
    await world.ask(label);
    expect(world.alarmMs ?? Infinity).toBe(before);
    await openFor();
    expect(world.alarmMs).toBeLessThanOrEqual(startMs + leaseLifeMs);
  });

  it('is still planned after a restart, and ends when nothing is open', async () => {
    await openFor();
    world.alarmMs = undefined;
    world.restart();
    expect(world.alarmMs).toBeLessThanOrEqual(startMs + leaseLifeMs);
    await until(startMs + hourMs);
    expect(world.alarmMs ?? Infinity).toBeGreaterThan(startMs + 2 * hourMs);
  });

  it('threat 24: that cannot be stored lets nothing open, and is planned by the next request', async () => {
    const fields = await world.cookie(label);
    await world.ask(label);
    world.sqlFault = new Error('disk is full');
    await expect(open(fields)).rejects.toThrow('500');
    world.sqlFault = undefined;
    const opened = await open(fields);
    world.members.delete(alice.id);
    await until(startMs + leaseLifeMs);
    expect(opened.closed).toBe(1);
  });

  it('that comes early does nothing; one that comes twice neither', async () => {
    const opened = await openFor();
    const calls = world.calls.length;
    await world.cluster.alarm();
    expect(world.calls.length).toBe(calls);
    await until(startMs + leaseLifeMs);
    await world.cluster.alarm();
    expect(opened.closed).toBe(0);
    expect(world.alarmMs).toBeGreaterThan(world.nowMs);
  });

  it('costs one question for each viewer, however much they have open', async () => {
    for (let count = 0; count < 5; count += 1) await openFor();
    world.calls.length = 0;
    await until(startMs + leaseLifeMs);
    expect([...world.calls].sort()).toEqual([`loginUntil ${sid}`, `membership ${alice.id}`]);
  });
});

it('an organisation is asked about its own people only', async () => {
  const fields = await world.cookie(label, { organisationId: organisationId + 1 });
  await expect(open(fields)).rejects.toThrow('401');
  expect(world.calls).toEqual([]);
});
