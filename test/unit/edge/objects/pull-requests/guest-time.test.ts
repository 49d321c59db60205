/** Somebody who was let in is out at the end of their time, and what they have open is closed then. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { wayTo } from '#edge/gate/way.ts';
import type { Passage, Served } from '#edge/relay/passage.ts';
import { StreamKind } from '#protocol/stream.ts';
import { alice, hourMs, outcome, ScratchGate, sid } from '../../gate/scratch-gate.ts';

const mallory = { id: 1003, login: 'mallory' };
let world: ScratchGate;
let label: string;
let startMs: number;

beforeEach(async () => {
  world = new ScratchGate();
  startMs = world.nowMs;
  label = await world.preview('private', '1');
  await world.connect(() => ({ onHead() {}, onData() {}, onReset() {} }));
  world.logins.set(sid, startMs + 100 * hourMs);
});
afterEach(() => world.stop());

/** A WebSocket or an answer that goes on. */
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

const cookieOf = (who: typeof alice) =>
  world.cookie(label, { viewer: { kind: 'person', ...who }, untilMs: startMs + 100 * hourMs });

async function open(who: typeof alice): Promise<Open> {
  const fields = await cookieOf(who);
  const text = (): Promise<string> => Promise.resolve('');
  const asked = { label, method: 'GET', target: '/events', fields, text };
  return new Promise((resolve, reject) => {
    wayTo(world.gate, world.cluster, asked, (way) => {
      if (way.kind === 'relay') resolve(new Open(way.passage));
      else reject(new Error(`${way.page.status}`));
    });
  });
}

/** Alarms go off until that time. */
async function until(ms: number): Promise<void> {
  while (world.alarmMs !== undefined && world.alarmMs <= ms) await world.ring();
  world.nowMs = ms;
}

const enters = async (who: typeof alice) =>
  outcome(await world.ask(label, { fields: await cookieOf(who) }));

describe('threats 31 and 37: somebody who was let in for an hour', () => {
  it('is out to the millisecond, with what is open; members stay', async () => {
    await expect(open(mallory)).rejects.toThrow('404');
    world.cluster.allow(label, mallory, startMs + hourMs);
    const opened = [await open(mallory), await open(mallory), await open(alice)];
    await until(startMs + hourMs - 1);
    expect(opened.map(({ closed }) => closed)).toEqual([0, 0, 0]);
    expect(await enters(mallory)).toBe('relay');
    await until(startMs + hourMs);
    expect(opened.map(({ closed }) => closed)).toEqual([1, 1, 0]);
    expect(await enters(mallory)).toBe(404);
    expect(world.cluster.find(label)?.guests ?? []).toEqual([]);
  });

  it('stays as long as the last word says, and goes when it is taken back', async () => {
    world.cluster.allow(label, mallory, startMs + hourMs);
    const opened = await open(mallory);
    world.cluster.allow(label, mallory, startMs + 2 * hourMs);
    await until(startMs + hourMs);
    expect([opened.closed, await enters(mallory)]).toEqual([0, 'relay']);
    world.cluster.revokeAllow(label, mallory.id);
    expect([opened.closed, await enters(mallory)]).toEqual([1, 404]);
  });

  it('is out at that time too when the alarm is late, and after a restart', async () => {
    world.cluster.allow(label, mallory, startMs + hourMs);
    world.nowMs = startMs + hourMs;
    expect(await enters(mallory)).toBe(404);
    world.restart();
    expect(world.alarmMs).toBeLessThanOrEqual(startMs + hourMs);
    expect(await enters(mallory)).toBe(404);
  });

  it('who has become a member meanwhile may come again at once', async () => {
    world.cluster.allow(label, mallory, startMs + hourMs);
    await open(mallory);
    world.members.set(mallory.id, { kind: 'member', role: 'member' });
    await until(startMs + hourMs);
    expect(await enters(mallory)).toBe('relay');
  });
});
