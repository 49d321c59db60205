/** Public previews: for how long, and what a stranger sees first. */
import { describe, expect, it } from 'vitest';
import { bytesOf, navigation, outcome, ScratchGate } from '../scratch-gate.ts';
import { labels, useGate, world } from './five-labels.ts';

useGate();

describe('a public preview', () => {
  it('threat 38: is private when its time is over, before any alarm', async () => {
    const label = await world.preview('public', '6');
    const startMs = world.nowMs;
    try {
      world.nowMs = startMs + 86_400_000 - 1;
      expect(outcome(await world.ask(label))).toBe('relay');
      world.nowMs += 1;
      expect(outcome(await world.ask(label))).toBe(401);
    } finally {
      world.nowMs = startMs;
    }
  });

  it('threats 37 and 38: is private at once when the organisation forbids public ones', async () => {
    const forbidding = new ScratchGate();
    const label = await forbidding.preview('public', '1');
    await forbidding.connect();
    expect(outcome(await forbidding.ask(label))).toBe('relay');
    const policy = { ...(await forbidding.gate.objects.org(1).policy()), public_allowed: false };
    forbidding.cluster.withdraw({ kind: 'policy', policy });
    expect(outcome(await forbidding.ask(label))).toBe(401);
    await forbidding.stop();
  });

  it('threat 59: shows strangers who look at it a notice first, and nothing else to anybody', async () => {
    const notice = await world.ask(labels.public, { fields: navigation });
    expect(outcome(notice)).toBe(200);
    expect(bytesOf(notice)).toContain('/.byway/seen');
    const cookie = await world.cookie(labels.public);
    for (const fields of [
      [],
      ['Cookie', '__Host-byway_seen=1', ...navigation],
      [...cookie, ...navigation],
    ]) {
      expect(outcome(await world.ask(labels.public, { fields }))).toBe('relay');
    }
  });
});
