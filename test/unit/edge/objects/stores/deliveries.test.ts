import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  deliveryMemoryMs,
  maxDeliveries,
  SeenDeliveries,
} from '#edge/objects/stores/deliveries.ts';
import { scratch, type Scratch } from './scratch-store.ts';

let store: Scratch;
let deliveries: SeenDeliveries;
let effects: string[];
const restart = (): void => {
  deliveries = new SeenDeliveries(store);
};
beforeEach(() => {
  store = scratch();
  effects = [];
  restart();
});
afterEach(() => store.sql.close());
const once = (guid: string, body: string, options: { evenSameBody?: boolean } = {}) =>
  deliveries.once(guid, body, () => effects.push(guid), options);

describe('a webhook delivery', () => {
  it('threat 44: has one effect, whatever id a replay brings', () => {
    expect(once('g1', 'body')).toBe('new');
    expect(once('g1', 'body')).toBe('same-delivery');
    restart();
    expect(once('g1', 'other')).toBe('same-delivery');
    expect(once('g2', 'body')).toBe('same-body');
    expect(once('g2', 'other')).toBe('new');
    expect(effects).toEqual(['g1', 'g2']);
  });

  it('may take access away again though the body came before: two removals look alike', () => {
    once('g1', 'removed');
    expect(once('g2', 'removed', { evenSameBody: true })).toBe('same-body');
    expect(once('g2', 'removed', { evenSameBody: true })).toBe('same-delivery');
    expect(effects).toEqual(['g1', 'g2']);
  });

  it('is not done when its work fails: it may come again', () => {
    const fails = (): never => {
      store.sql.run('INSERT INTO webhook_deliveries VALUES (?, ?, ?)', 'half', 'done', 0);
      throw new Error('no');
    };
    expect(() => deliveries.once('g1', 'body', fails)).toThrow('no');
    restart();
    expect(deliveries.look('half', 'done')).toBe('new');
    expect(once('g1', 'body')).toBe('new');
  });

  it('may come again when it is forgotten', () => {
    once('g1', 'body');
    deliveries.forget('g1');
    expect(once('g1', 'body')).toBe('new');
  });

  it('is not remembered for having been looked at', () => {
    expect(deliveries.look('g1', 'body')).toBe('new');
    expect(deliveries.look('g1', 'body')).toBe('new');
  });

  it('is remembered for 3 days at least, and for a week', () => {
    once('g1', 'body');
    store.pass(deliveryMemoryMs - 1);
    restart();
    deliveries.clean();
    expect(once('g1', 'body')).toBe('same-delivery');
    expect(deliveryMemoryMs).toBeGreaterThan(3 * 86_400_000);
    store.pass(1);
    expect(once('g1', 'body')).toBe('new');
  });

  it('is one of a bounded number, of which those of the last 3 days stay', () => {
    store.sql.run(
      `WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?)
        INSERT INTO webhook_deliveries SELECT 'g' || i, 'b' || i, ? FROM n`,
      maxDeliveries + 1,
      store.clock.nowMs(),
    );
    deliveries.clean();
    const count = () => store.sql.all('SELECT COUNT(*) AS count FROM webhook_deliveries')[0]!.count;
    expect(count()).toBe(maxDeliveries + 1);
    store.pass(3 * 86_400_000);
    deliveries.clean();
    expect(count()).toBe(maxDeliveries);
  });
});
