/** Bills against the examples that Cloudflare publishes, and the parts of the model that have exact answers. */
import { describe, expect, it } from 'vitest';
import { evaluate } from './run-model.ts';

const nothing = {
  workerRequests: 0,
  workerCpuMs: 0,
  objectRequests: 0,
  durationGbS: 0,
  rowsRead: 0,
  rowsWritten: 0,
  storedGb: 0,
};

function totalOf(usage: Partial<typeof nothing>): number {
  const bill = evaluate(
    'bill.ts',
    `module.billOf(${JSON.stringify({ ...nothing, ...usage })}, costs)`,
  );
  return (bill as { total: number }).total;
}

const day = 86_400;

describe('a bill', () => {
  it('at rest is the plan', () => expect(totalOf({})).toBe(5));

  // developers.cloudflare.com/workers/platform/pricing/, examples 1 and 4
  it.each([
    ['15 million requests of 7 ms', 15e6, 8],
    ['100 million requests of 7 ms', 100e6, 45.4],
  ])('of a Worker: %s', (_, workerRequests, usd) => {
    expect(totalOf({ workerRequests, workerCpuMs: workerRequests * 7 })).toBeCloseTo(usd, 6);
  });

  // developers.cloudflare.com/durable-objects/platform/pricing/, examples 1 to 4
  it.each([
    ['called by a Worker', 1.5e6, 1e6, 5.15],
    ['WebSockets, eight hours a day', 150_000 + 72e6 / 20, 100 * day * 10, 142.95],
    ['a message a second', 100 + 259.2e6 / 20, 100 * day * 30, 419.3],
    ['WebSockets that hibernate', 10_000 + 432e6 / 20, 4_320_000, 20.65],
  ])('of objects: %s', (_, objectRequests, seconds, usd) => {
    expect(totalOf({ objectRequests, durationGbS: seconds * 0.128 })).toBeCloseTo(usd, 6);
  });

  it('of rows and storage begins beyond what is included', () => {
    expect(totalOf({ rowsRead: 25e9, rowsWritten: 50e6, storedGb: 5 })).toBe(5);
    const usd = totalOf({ rowsRead: 26e9, rowsWritten: 51e6, storedGb: 6 });
    expect(usd).toBeCloseTo(5 + 1 + 1 + 0.2, 6);
  });

  it('of traffic falls by steps', () => {
    const usd = (gb: number) => evaluate('node.ts', `module.trafficUsdOf(${gb}, costs)`);
    expect(usd(100)).toBe(0);
    expect(usd(10_000)).toBeCloseTo(9_900 * 0.09, 6);
    expect(usd(60_000)).toBeCloseTo(9_900 * 0.09 + 40_000 * 0.085 + 10_000 * 0.07, 6);
  });
});

describe('chance', () => {
  it('is spread as it says', () => {
    const means = evaluate(
      'random.ts',
      `(() => {
        const random = new module.Random(7);
        const mean = (draw) => Array.from({ length: 50_000 }, draw).reduce((a, b) => a + b) / 50_000;
        return [
          mean(() => random.unit()), mean(() => random.below(10)), mean(() => random.exponential(3)),
          mean(() => random.poisson(0.2)), mean(() => random.poisson(20)), mean(() => random.poisson(400)),
        ];
      })()`,
    );
    const expected = [0.5, 4.5, 3, 0.2, 20, 400];
    (means as number[]).forEach((mean, index) => {
      expect(mean / expected[index]!).toBeGreaterThan(0.97);
      expect(mean / expected[index]!).toBeLessThan(1.03);
    });
  });
});

describe('the population', () => {
  it('puts every preview on exactly one object, with all of its views', () => {
    const plans = evaluate(
      'population.ts',
      `module.populate({ previews: 3000, shards: 4 }, costs, new (await import('./bench/scale/random.ts')).Random(1))`,
    ) as { cluster: number; previews: number; viewsPerDay: number }[];
    expect(plans).toHaveLength(48);
    expect(plans.reduce((total, { previews }) => total + previews, 0)).toBe(3_000);
    const views = plans.reduce((total, { viewsPerDay }) => total + viewsPerDay, 0);
    expect(views).toBeCloseTo((3_000 * 1_500) / 70, 3);
  });

  it('gives the first rank twice the second’s share with an exponent of one', () => {
    const shares = evaluate('population.ts', `[...module.zipf(4, 1)]`) as number[];
    expect(shares[0]! / shares[1]!).toBeCloseTo(2, 9);
    expect(shares.reduce((total, share) => total + share, 0)).toBeCloseTo(1, 9);
  });
});

describe('a spread', () => {
  it('is by nearest rank', () => {
    expect(evaluate('spread.ts', 'module.spreadOf([5, 1, 3, 2, 4])')).toEqual({
      p50: 3,
      p99: 5,
      max: 5,
    });
  });
});

describe('a day', () => {
  const live = (changed: string): Record<string, number> =>
    evaluate(
      'day.ts',
      `(async () => {
        const { Random } = await import('./bench/scale/random.ts');
        const workload = { ...costs.workload, ${changed} };
        const plan = { cluster: 0, previews: 5, viewsPerDay: 200 };
        return module.simulateDay(plan, { ...costs, workload }, new Random(3), new module.Totals());
      })()`.replace('(async', 'await (async'),
    ) as Record<string, number>;

  it('bills an open event stream, and not a WebSocket that is silent', () => {
    const idle = live('webSocketShare: 0, eventStreamShare: 0');
    const silent = live('webSocketShare: 1, eventStreamShare: 0, webSocketMessagesPerMin: 1e-9');
    const streams = live('webSocketShare: 0, eventStreamShare: 1');
    expect(silent['activeS']! / idle['activeS']!).toBeLessThan(1.2);
    expect(streams['activeS']! / idle['activeS']!).toBeGreaterThan(10);
  });

  it('is awake no longer than it is in memory, and wakes no oftener than somebody comes', () => {
    const lived = live('eventStreamShare: 0, webSocketShare: 0');
    expect(lived['activeS']!).toBeLessThan(lived['residentS']!);
    expect(lived['wakes']!).toBeLessThanOrEqual(lived['views']!);
    expect(lived['wakes']!).toBeGreaterThan(0);
    expect(lived['requests']).toBe(lived['views']! * 70);
  });
});
