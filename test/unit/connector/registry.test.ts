import { describe, expect, it } from 'vitest';
import { overlap, Registry } from '#connector/registry.ts';
import { Tickets } from '#connector/ticket.ts';
import type { InterceptHeader, InterceptSpec } from '#protocol/control.ts';
import type { RequestError } from '#protocol/requests.ts';

let minted = 0;
function spec(more: Partial<InterceptSpec> = {}): InterceptSpec {
  minted += 1;
  return {
    id: minted.toString(16).padStart(32, '0'),
    name: `i${minted}`,
    client: 'client',
    owner: { id: 1, login: 'alice' },
    workload: 'web',
    namespace: 'default',
    port: { name: 'http', number: 80 },
    mechanism: 'http',
    headers: [{ name: 'x-id', value: String(minted) }],
    laptop: { name: 'book', address: '127.0.0.1:1' },
    ...more,
  };
}

function codeOf(registry: Registry, wanted: InterceptSpec): string {
  try {
    registry.check(wanted);
    return 'fits';
  } catch (error) {
    return (error as RequestError).code;
  }
}

const headersOf = (...headers: [string, string][]): InterceptHeader[] =>
  headers.map(([name, value]) => ({ name, value }));

describe('two filters', () => {
  it.each<[string, InterceptHeader[], InterceptHeader[], boolean]>([
    ['other values of one header', headersOf(['a', '1']), headersOf(['A', '2']), false],
    ['the same value', headersOf(['a', '1']), headersOf(['A', '1']), true],
    ['other headers', headersOf(['a', '1']), headersOf(['b', '1']), true],
    ['a header more', headersOf(['a', '1']), headersOf(['a', '1'], ['b', '1']), true],
    [
      'one of two differs',
      headersOf(['a', '1'], ['b', '1']),
      headersOf(['b', '2'], ['c', '1']),
      false,
    ],
    ['everything and something', [], headersOf(['a', '1']), true],
    ['everything and everything', [], [], true],
  ])('with %s: %#', (_name, a, b, expected) => {
    expect(overlap(spec({ headers: a }), spec({ headers: b }))).toBe(expected);
    expect(overlap(spec({ headers: b }), spec({ headers: a }))).toBe(expected);
  });
});

describe('the registry', () => {
  it('takes what cannot meet, and names the owner of what can', () => {
    const registry = new Registry();
    registry.add(spec({ headers: headersOf(['a', '1']) }), '', undefined, 0);
    expect(codeOf(registry, spec({ headers: headersOf(['a', '2']) }))).toBe('fits');
    expect(codeOf(registry, spec({ workload: 'other', headers: [] }))).toBe('fits');
    expect(codeOf(registry, spec({ namespace: 'other', headers: [] }))).toBe('fits');
    expect(codeOf(registry, spec({ port: { name: '', number: 81 }, headers: [] }))).toBe('fits');
    expect(() => registry.check(spec({ headers: [], client: 'c2' }))).toThrow(/by alice .*book/);
    expect(codeOf(registry, spec({ mechanism: 'tcp', headers: [] }))).toBe('conflict');
  });

  it('has each name once per client, and never conflicts with itself', () => {
    const registry = new Registry();
    const first = spec({ name: 'web' });
    registry.add(first, '', undefined, 0);
    expect(codeOf(registry, first)).toBe('fits');
    expect(codeOf(registry, spec({ name: 'web', workload: 'other' }))).toBe('name_taken');
    expect(codeOf(registry, spec({ name: 'web', client: 'c2', workload: 'other' }))).toBe('fits');
  });

  it('drops intercepts whose laptop was away for more than a day, and does not revive them', () => {
    const registry = new Registry();
    const day = 24 * 60 * 60 * 1000;
    const { id } = registry.add(spec(), '', undefined, 1000).spec;
    expect(registry.expire(1000 + day)).toEqual([]);
    expect(registry.expire(1001 + day).map((each) => each.spec.id)).toEqual([id]);
    expect([registry.list().length, registry.wasLeft(id)]).toEqual([0, true]);
  });

  it('remembers the last 10,000 that were left', () => {
    const registry = new Registry();
    for (let count = 0; count <= 10_000; count += 1) registry.remove(`id${count}`);
    expect([registry.wasLeft('id0'), registry.wasLeft('id1')]).toEqual([false, true]);
    expect(registry.wasLeft('id10000')).toBe(true);
  });
});

describe('a ticket', () => {
  const tickets = new Tickets(Buffer.alloc(32, 1));

  it('is an intercept under the key', () => {
    const wanted = spec({ name: 'ä' });
    expect(tickets.open(tickets.issue(wanted))).toEqual(wanted);
  });

  it('of another key, changed or cut, is none', () => {
    const ticket = tickets.issue(spec());
    const [body = '', mac = ''] = ticket.split('.');
    const other = new Tickets(Buffer.alloc(32, 2)).issue(spec());
    const changed = `${body.slice(0, -2)}${body.endsWith('Q') ? 'A' : 'Q'}x.${mac}`;
    for (const wrong of [other, changed, body, `${body}.`, `.${mac}`, '', '.', `${ticket}.`, mac])
      expect(tickets.open(wrong)).toBeUndefined();
  });
});
