import { describe, expect, it } from 'vitest';
import { judge } from '../../runner/vitest.ts';

const record = { passed: 2, failed: 0, skipped: [], broken: [] };
const judged = (change: object, exitCode: number) =>
  judge(JSON.stringify({ ...record, ...change }), exitCode, ['x']);

describe('the outcome of a run of vitest', () => {
  it('is good when tests passed and vitest agrees', () => {
    expect(judged({}, 0)).toEqual(record);
  });

  it('is bad when vitest ended before it reported', () => {
    expect(judge(undefined, 0, ['x']).broken).toHaveLength(1);
    expect(judge(undefined, 137, ['x']).broken[0]).toContain('137');
  });

  it('is bad when there were no tests', () => {
    expect(judged({ passed: 0 }, 0).broken).toHaveLength(1);
  });

  it('is bad when vitest failed and no test tells why', () => {
    expect(judged({}, 1).broken).toHaveLength(1);
  });

  it('counts a failed test once', () => {
    expect(judged({ failed: 1 }, 1)).toMatchObject({ failed: 1, broken: [] });
  });
});
