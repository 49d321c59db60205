import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isFull, take, type Bucket } from '#edge/gate/rate-limit.ts';
import { fuzzRuns } from '../../fuzz-runs.ts';

const rate = { burst: 5, perMinute: 10 };

/** Takes at each time; which of them were allowed. */
function takeAll(times: readonly number[]): boolean[] {
  let bucket: Bucket | undefined;
  return times.map((nowMs) => {
    const taken = take(bucket, nowMs, rate);
    bucket = taken.bucket;
    return taken.allowed;
  });
}

describe('a bucket', () => {
  it('threat 60: lets five guesses through and refuses the sixth', () => {
    expect(takeAll([0, 0, 0, 0, 0, 0])).toEqual([true, true, true, true, true, false]);
  });

  it('says when it is worth trying again, and keeps its word', () => {
    const empty = { level: 0, atMs: 1000 };
    const refused = take(empty, 1000, rate);
    expect(refused).toEqual({ allowed: false, bucket: empty, retryAfterS: 6 });
    expect(take(refused.bucket, 1000 + 5999, rate).allowed).toBe(false);
    expect(take(refused.bucket, 1000 + 6000, rate).allowed).toBe(true);
  });

  it('takes nothing for a refusal: who keeps asking waits no longer', () => {
    expect(takeAll([0, 0, 0, 0, 0, 1000, 2000, 3000, 4000, 5000, 6000]).at(-1)).toBe(true);
  });

  it('fills up to the burst and no further', () => {
    const old = { level: 0, atMs: 0 };
    expect(take(old, 1e12, rate).bucket).toEqual({ level: 4 * 60_000, atMs: 1e12 });
    expect(isFull(old, 29_999, rate)).toBe(false);
    expect(isFull(old, 30_000, rate)).toBe(true);
  });

  it('takes what something costs', () => {
    expect(take(undefined, 0, rate, 5).allowed).toBe(true);
    expect(take({ level: 120_000, atMs: 0 }, 0, rate, 3)).toMatchObject({
      allowed: false,
      retryAfterS: 6,
    });
  });

  it('gives and takes nothing when the clock is set back, and goes on from there', () => {
    expect(take({ level: 60_000, atMs: 1_000_000 }, 0, rate).allowed).toBe(true);
    const bucket = { level: 0, atMs: 1_000_000 };
    const back = take(bucket, 0, rate);
    expect(back.allowed).toBe(false);
    expect(take(back.bucket, 6000, rate).allowed).toBe(true);
  });

  it.each([Number.NaN, -1, -Infinity])('threat 24: is empty when damaged (%s)', (level) => {
    expect(take({ level, atMs: 0 }, 0, rate).allowed).toBe(false);
  });

  it('threat 60: never lets more through than burst and rate allow', () => {
    const steps = fc.array(fc.nat(20_000), { maxLength: 60 });
    fc.assert(
      fc.property(steps, (waits) => {
        let nowMs = 0;
        const times = waits.map((wait) => (nowMs += wait));
        const allowed = takeAll(times).filter(Boolean).length;
        const spanMs = (times.at(-1) ?? 0) - (times[0] ?? 0);
        expect(allowed).toBeLessThanOrEqual(rate.burst + (spanMs * rate.perMinute) / 60_000);
      }),
      { seed: 60, numRuns: fuzzRuns(500) },
    );
  });
});
