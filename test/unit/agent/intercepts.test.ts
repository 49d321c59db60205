import { describe, expect, it } from 'vitest';
import type { InterceptHeader, InterceptSpec } from '#protocol/control.ts';
import { Intercepts } from '#agent/intercepts.ts';

function spec(id: string, headers: InterceptHeader[], port = 'http'): InterceptSpec {
  return {
    id,
    name: id,
    client: 'c',
    owner: { id: 1, login: 'alice' },
    workload: 'web',
    namespace: 'default',
    port: { name: port, number: 80 },
    mechanism: 'http',
    headers,
    laptop: { name: 'laptop', address: '127.0.0.1:1' },
  };
}

function holding(...specs: InterceptSpec[]): Intercepts {
  const intercepts = new Intercepts();
  intercepts.replace(specs.map((each) => ({ spec: each, ticket: `t-${each.id}` })));
  return intercepts;
}

const me = { name: 'X-Me', value: 'alice' };

describe('Intercepts', () => {
  it('takes each list in place of the one before', () => {
    const intercepts = holding(spec('a', [me]), spec('b', [], 'other'));
    expect([intercepts.count, intercepts.tickets, intercepts.holds('a')]).toEqual([
      2,
      ['t-a', 't-b'],
      true,
    ]);
    expect([
      intercepts.isOn('http'),
      intercepts.isFiltered('http'),
      intercepts.isFiltered('other'),
    ]).toEqual([true, true, false]);
    intercepts.replace([]);
    expect([
      intercepts.count,
      intercepts.holds('a'),
      intercepts.isOn('http'),
      intercepts.told,
    ]).toEqual([0, false, false, true]);
  });

  it.each([
    [['x-me', 'alice'], true],
    [['X-ME', 'alice'], true],
    [['x-me', 'bob', 'x-me', 'alice'], true],
    [['x-me', 'Alice'], false],
    [['x-me', 'alice '], false],
    [['x-me', 'alice, bob'], false],
    [['x_me', 'alice'], false],
    [['x-mee', 'alice'], false],
    [['alice', 'x-me'], false],
    [[], false],
  ])('matches %j: %s', (fields, expected) => {
    expect(holding(spec('a', [me])).match('http', fields)?.id).toBe(expected ? 'a' : undefined);
    expect(holding(spec('a', [me])).match('other', fields)).toBeUndefined();
  });

  it('wants all headers, and prefers the filter with most', () => {
    const intercepts = holding(
      spec('all', []),
      spec('one', [me]),
      spec('two', [me, { name: 'b', value: '2' }]),
    );
    expect(intercepts.match('http', ['b', '2', 'x-me', 'alice'])?.id).toBe('two');
    expect(intercepts.match('http', ['x-me', 'alice'])?.id).toBe('one');
    expect(intercepts.match('http', ['b', '2'])?.id).toBe('all');
    expect(intercepts.global('http')?.id).toBe('all');
  });

  it('never rules out by bytes what matches by fields', () => {
    const odd = { name: 'x-odd', value: 'caf\xe9 =%' };
    const head = (text: string): Buffer =>
      Buffer.from(`GET / HTTP/1.1\r\n${text}\r\n\r\n`, 'latin1');
    const intercepts = holding(spec('a', [me, odd]));
    expect(intercepts.mayMatch('http', head('x-me: alice\r\nX-Odd:caf\xe9 =%'))).toBe(true);
    expect(intercepts.mayMatch('http', head('x-me: alice'))).toBe(false);
    expect(intercepts.mayMatch('http', head('x-me: ALICE\r\nX-Odd:caf\xe9 =%'))).toBe(false);
    expect(holding(spec('a', [])).mayMatch('http', head('a: b'))).toBe(true);
    expect(holding().mayMatch('http', head('a: b'))).toBe(false);
  });
});
