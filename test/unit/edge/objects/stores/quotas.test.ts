import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  DailyUsage,
  keptDays,
  maxSubjects,
  writeBackMs,
} from '#edge/objects/stores/daily-usage.ts';
import { maxPaces, Paces } from '#edge/objects/stores/paces.ts';
import { loginRate, Quotas } from '#edge/objects/stores/quotas.ts';
import { scratch, startMs, type Scratch } from './scratch-store.ts';

const dayMs = 86_400_000;
const limits = { max_public_requests_per_minute: 60, max_public_bytes_per_day: 1000 };

let store: Scratch;
let usage: DailyUsage;
let paces: Paces;
let quotas: Quotas;
const restart = (): void => {
  usage = new DailyUsage(store);
  paces = new Paces(store.clock);
  quotas = new Quotas(store.clock, usage, paces);
};
beforeEach(() => {
  store = scratch();
  restart();
});
afterEach(() => store.sql.close());
const rows = () => store.sql.all('SELECT * FROM daily_usage ORDER BY day');

describe('what is counted', () => {
  it('is written back after half a minute, not with each request', () => {
    usage.add('preview:a', { requests: 1, bytes: 10 });
    store.pass(writeBackMs - 1);
    usage.add('preview:a', { requests: 1, bytes: 10 });
    expect(rows()).toEqual([]);
    store.pass(1);
    usage.add('preview:b', { requests: 1 });
    expect(rows()).toHaveLength(2);
    restart();
    expect(usage.today('preview:a')).toEqual({ requests: 2, bytes: 20 });
    expect(usage.add('preview:a', { bytes: 1 })).toEqual({ requests: 2, bytes: 21 });
  });

  it('is written back early when it is much', () => {
    usage.add('preview:a', { bytes: 64 * 1024 * 1024 - 1 });
    expect(rows()).toEqual([]);
    usage.add('preview:a', { bytes: 1 });
    restart();
    expect(usage.today('preview:a').bytes).toBe(64 * 1024 * 1024);
  });

  it('is written back when asked, and never twice', () => {
    usage.add('preview:a', { requests: 3 });
    usage.flush();
    usage.flush();
    restart();
    usage.flush();
    expect(rows()).toMatchObject([{ requests: 3 }]);
  });

  it('begins anew each day (UTC), and the days before stay for a while', () => {
    usage.add('preview:a', { requests: 1 });
    store.pass(dayMs - 1);
    expect(usage.today('preview:a').requests).toBe(1);
    store.pass(1);
    expect(usage.add('preview:a', { requests: 5 })).toEqual({ requests: 5, bytes: 0 });
    usage.flush();
    expect(rows().map(({ requests }) => requests)).toEqual([1, 5]);
    store.pass((keptDays - 1) * dayMs);
    usage.clean();
    expect(rows().map(({ requests }) => requests)).toEqual([5]);
  });

  it('goes on with the right day when the clock was set back over midnight', () => {
    store.pass(dayMs);
    usage.add('preview:a', { requests: 1 });
    store.pass(-1);
    expect(usage.add('preview:a', { requests: 1 }).requests).toBe(1);
    store.pass(1);
    expect(usage.today('preview:a').requests).toBe(1);
  });

  it('is of a bounded number of subjects in memory, and forgets none', () => {
    for (let count = 0; count <= maxSubjects; count += 1) {
      usage.add(`preview:${count}`, { requests: 1 });
    }
    expect(usage.size).toBe(maxSubjects);
    expect(rows()).toHaveLength(1);
    expect(usage.today('preview:0').requests).toBe(1);
    expect(usage.size).toBe(maxSubjects);
  });

  it('stays a number that both engines store, and takes none else', () => {
    usage.add('a', { bytes: Number.MAX_SAFE_INTEGER });
    expect(usage.add('a', { bytes: 1 }).bytes).toBe(Number.MAX_SAFE_INTEGER);
    for (const bytes of [-1, 0.5, Number.NaN, Infinity]) {
      expect(() => usage.add('a', { bytes })).toThrow(RangeError);
    }
    usage.flush();
  });
});

describe('threat 59: a public preview', () => {
  it('answers so many requests a minute, each preview for itself', () => {
    for (let count = 0; count < 60; count += 1) {
      expect(quotas.admit('a', limits)).toEqual({ allowed: true });
    }
    expect(quotas.admit('a', limits)).toEqual({ allowed: false, over: 'requests', retryAfterS: 1 });
    expect(quotas.admit('b', limits).allowed).toBe(true);
    store.pass(1000);
    expect(quotas.admit('a', limits).allowed).toBe(true);
    expect(quotas.admit('a', limits).allowed).toBe(false);
    expect(quotas.usageOf('a').requests).toBe(61);
  });

  it('follows a new policy at once', () => {
    expect(quotas.admit('a', limits).allowed).toBe(true);
    const strict = { ...limits, max_public_requests_per_minute: 1 };
    expect(quotas.admit('a', strict).allowed).toBe(true);
    expect(quotas.admit('a', strict).allowed).toBe(false);
  });

  it('gives so many bytes a day, over restarts, and says when there are more', () => {
    expect(quotas.sent('a', 999, limits)).toBe(false);
    expect(quotas.admit('a', limits).allowed).toBe(true);
    expect(quotas.sent('a', 1, limits)).toBe(true);
    usage.flush();
    restart();
    store.pass(dayMs - 1500);
    expect(quotas.admit('a', limits)).toEqual({ allowed: false, over: 'bytes', retryAfterS: 2 });
    store.pass(1500);
    expect(quotas.admit('a', limits).allowed).toBe(true);
    expect(store.clock.nowMs()).toBe(startMs + dayMs);
  });

  it('gives nothing when the policy says 0 bytes', () => {
    expect(quotas.admit('a', { ...limits, max_public_bytes_per_day: 0 }).allowed).toBe(false);
  });
});

describe('threat 60: people', () => {
  it('begin so many logins, each for themselves', () => {
    for (let count = 0; count < loginRate.burst; count += 1) {
      expect(quotas.login('person:1').allowed).toBe(true);
    }
    expect(quotas.login('person:1')).toEqual({ allowed: false, retryAfterS: 6 });
    expect(quotas.login('person:2').allowed).toBe(true);
    store.pass(6000);
    expect(quotas.login('person:1').allowed).toBe(true);
  });

  it('are counted per day', () => {
    quotas.personCalled(1);
    expect(quotas.personCalled(1)).toBe(2);
    expect(quotas.personCalled(2)).toBe(1);
  });

  it('are remembered in a bounded number; who keeps asking is not forgotten', () => {
    const rate = { burst: 1, perMinute: 1 };
    for (let count = 0; count < maxPaces; count += 1) paces.take(`${count}`, rate);
    expect(paces.take('0', rate).allowed).toBe(false);
    paces.take('new', rate);
    expect(paces.size).toBe(maxPaces);
    expect(paces.take('0', rate).allowed).toBe(false);
    store.pass(60_000);
    paces.take('newer', rate);
    expect(paces.size).toBe(1);
  });
});
