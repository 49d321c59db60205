import { expect, it } from 'vitest';
import { withEnded, without, type Ended } from '#cli/daemon/endings.ts';
import type { InterceptSpec } from '#protocol/control.ts';

const spec = (name: string): InterceptSpec => ({
  id: 'a'.repeat(32),
  name,
  client: 'client',
  owner: { id: 1, login: 'alice' },
  workload: 'web',
  namespace: 'default',
  port: { name: 'http', number: 80 },
  mechanism: 'http',
  headers: [],
  laptop: { name: 'book', address: '127.0.0.1:1' },
});
const dayMs = 24 * 3_600_000;

it('is told of with its reason, for a day', () => {
  const ended = withEnded(
    [],
    spec('web'),
    { reason: 'ended by carol through the edge', by: 'carol' },
    1000,
  );
  expect(ended).toEqual([
    {
      name: 'web',
      workload: 'web',
      namespace: 'default',
      reason: 'ended by carol through the edge',
      by: 'carol',
      atMs: 1000,
    },
  ]);
  expect(without(ended, undefined, 1000 + dayMs - 1)).toEqual(ended);
  expect(without(ended, undefined, 1000 + dayMs)).toEqual([]);
});

it('is forgotten where the name is in use again, and replaced where it ends again', () => {
  const ended = withEnded(
    withEnded([], spec('web'), { reason: 'a' }, 1),
    spec('api'),
    { reason: 'b' },
    2,
  );
  expect(without(ended, 'web', 3).map(({ name }) => name)).toEqual(['api']);
  expect(withEnded(ended, spec('web'), { reason: 'c' }, 3).map(({ reason }) => reason)).toEqual([
    'b',
    'c',
  ]);
});

it('says nothing that a terminal would obey, and not without end', () => {
  const [first] = withEnded(
    [],
    spec('web'),
    { reason: `\u001b[2J\u009b${'x'.repeat(1000)}`, by: 'a\u0007b' },
    0,
  );
  expect(first!.reason).toBe(` [2J ${'x'.repeat(295)}`);
  expect(first!.by).toBe('a b');
});

it('is one of few', () => {
  let ended: Ended[] = [];
  for (let index = 0; index < 30; index += 1) {
    ended = withEnded(ended, spec(`web-${index}`), { reason: 'x' }, index);
  }
  expect(ended.map(({ name }) => name).at(-1)).toBe('web-29');
  expect(ended).toHaveLength(20);
});
