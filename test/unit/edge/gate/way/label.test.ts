/** What a label tells somebody who may not know whether it exists. */
import { describe, expect, it } from 'vitest';
import { makeToken } from '#edge/gate/token.ts';
import { random } from '../key-ring.ts';
import { bytesOf, navigation, withToken } from '../scratch-gate.ts';
import { labels, useGate, world } from './five-labels.ts';

useGate();

describe('a label', () => {
  const targets: [string, string[], string][] = [
    ['a navigation', navigation, 'GET'],
    ['an old browser', ['Accept', 'text/html'], 'GET'],
    ['a program', [], 'GET'],
    ['a form', ['Accept', 'text/html', 'Content-Type', 'text/plain'], 'POST'],
    ['a script', ['Sec-Fetch-Mode', 'cors', 'Sec-Fetch-Dest', 'empty'], 'GET'],
    ['a WebSocket', ['Connection', 'Upgrade', 'Upgrade', 'websocket'], 'GET'],
    ['a preflight', ['Origin', 'https://evil.test', 'Accept', '*/*'], 'OPTIONS'],
    ['a broken cookie', ['Cookie', '__Host-byway_session=a.b.c'], 'GET'],
  ];

  it.each(targets)(
    'threat 19: to %s, unknown, ended and private are the same in bytes, calls and reads',
    async (_who, fields, method) => {
      const costs = new Set<string>();
      const answers = new Set<string>();
      for (const label of [labels.unknown, labels.ended, labels.private, labels.other]) {
        const before = [world.calls.length, world.statements];
        const way = await world.ask(label, { method, fields, target: '/a?b=c' });
        const after = [world.calls.length, world.statements];
        costs.add(after.map((count, index) => count - (before[index] ?? 0)).join());
        answers.add(withoutChance(bytesOf(way), label));
      }
      expect([...costs]).toEqual(['0,0']);
      expect(answers.size).toBe(1);
    },
  );

  it.each(targets.slice(0, 3))(
    'threat 19: to %s, no cluster at all is the same as well',
    async (_who, fields, method) => {
      const [there, nowhere] = await Promise.all([
        world.ask(labels.private, { method, fields }),
        world.ask(labels.unknown, { method, fields }, null),
      ]);
      expect(withoutChance(bytesOf(nowhere), labels.unknown)).toBe(
        withoutChance(bytesOf(there), labels.private),
      );
    },
  );

  it('threat 19: is not told by a token that is good for none of them', async () => {
    const fields = withToken(makeToken('bws', random).token);
    const answers = new Set<string>();
    for (const label of [labels.unknown, labels.ended, labels.private, labels.public]) {
      answers.add(bytesOf(await world.ask(label, { fields })));
    }
    answers.add(bytesOf(await world.ask(labels.unknown, { fields }, null)));
    expect(answers.size).toBe(1);
  });

  it('threat 17: that has ended is never issued again, and looks like one that never was', async () => {
    expect(world.cluster.previews.knows(labels.ended)).toBe(true);
    expect(labels.ended.slice(-20)).toMatch(/^[a-z2-7]{20}$/);
    const [ended, unknown] = [await world.ask(labels.ended), await world.ask(labels.unknown)];
    expect(bytesOf(ended)).toBe(bytesOf(unknown));
  });
});

/** Without label, transaction and nonce, which are another each time. */
function withoutChance(bytes: string, label: string): string {
  return bytes
    .replaceAll(label, '<label>')
    .replaceAll(/tx=[\w-]+\.[\w-]+\.[\w-]+/g, 'tx=<tx>')
    .replaceAll(/__Host-byway_tx_[0-9A-Za-z]{8}=[\w-]+/g, '<nonce>')
    .replaceAll(/"Content-Length","\d+"/g, '<length>');
}
