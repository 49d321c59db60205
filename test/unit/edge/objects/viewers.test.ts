/** Whom the object of a preview remembers of those who come through the gate. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  alice,
  hourMs,
  member,
  organisationId,
  outcome,
  ScratchGate,
} from '../gate/scratch-gate.ts';

let world: ScratchGate;
let label: string;

beforeEach(async () => {
  world = new ScratchGate();
  label = await world.preview('private', '1');
  await world.connect();
});
afterEach(() => world.stop());

const seen = () => world.cluster.find(label)?.life?.viewers ?? [];
const open = async (fields: string[] = []): Promise<unknown> =>
  outcome(await world.ask(label, { fields }));

describe('the viewers of a preview', () => {
  it('are people with a session and tokens, for as long as the preview lives', async () => {
    expect(await open(await world.cookie(label))).toBe('relay');
    world.nowMs += 60_000;
    const { id, token } = world.token();
    expect(await open(['X-Byway-Token', token])).toBe('relay');
    const both = [
      { viewer: { kind: 'token', id }, atMs: world.nowMs },
      { viewer: { kind: 'person', ...alice }, atMs: world.nowMs - 60_000 },
    ];
    expect(seen()).toEqual(both);
    world.restart();
    expect(seen()).toEqual(both);
    world.cluster.remove(label);
    world.restart();
    expect(world.cluster.list()).toEqual([]);
  });

  it('are not those who are refused, nor strangers at a public one', async () => {
    expect(await open()).toBe(401);
    world.members.clear();
    expect(await open(await world.cookie(label))).toBe(404);
    world.members.set(alice.id, member);
    world.cluster.withdraw({ kind: 'everybody' });
    world.cluster.setAccess(label, { access: 'public', publicForS: 3600 });
    expect(await open(['Sec-Fetch-Mode', 'cors'])).toBe('relay');
    // Who is signed in and not admitted is a stranger as well.
    world.members.clear();
    expect(await open(await world.cookie(label))).toBe('relay');
    expect([seen(), world.cluster.find(label)?.life?.hits]).toEqual([[], 2]);
  });

  it('cost no statement after their first request, and one when the counts are written', async () => {
    const fields = await world.cookie(label);
    await open(fields);
    const before = world.statements;
    for (let index = 0; index < 100; index += 1) await open(fields);
    world.nowMs += 60_000;
    await open(fields);
    expect(world.statements).toBe(before);
    await world.ring();
    world.restart();
    expect(seen()).toMatchObject([{ atMs: world.nowMs - (world.nowMs % 60_000) }]);
  });

  it('go with the cluster, and leave no alarm that would ring for ever', async () => {
    await open(await world.cookie(label));
    world.cluster.retire();
    world.nowMs += 90 * 24 * hourMs;
    await world.cluster.alarm();
    expect(world.alarmMs).toBeUndefined();
    world.restart();
    expect(world.cluster.previews.claim(organisationId, 1)).toBe(false);
    expect(seen()).toEqual([]);
  });
});
