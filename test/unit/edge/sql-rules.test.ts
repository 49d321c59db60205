import { describe, expect, it } from 'vitest';
import { checkStatement, checkSynchronous, checkValues, sqlLimits } from '#edge/sql-rules.ts';

describe('statements', () => {
  it.each([
    ['SELECT 1', 0],
    ['SELECT 1;', 0],
    ['INSERT INTO t VALUES (?, ?, ?)', 3],
    ["SELECT '?; BEGIN :a' FROM t WHERE a = ? -- ?;\n", 1],
    ['SELECT "a;b?" /* ; ? */ FROM t', 0],
    ["SELECT 'it''s ?' WHERE 1 = ?", 1],
    ['SELECT beginning FROM pragmatic', 0],
    ['CREATE TRIGGER t AFTER INSERT ON a BEGIN DELETE FROM b; DELETE FROM c; END', 0],
  ])('%s takes its parameters', (text, parameters) => {
    expect(checkStatement(text)).toBe(parameters);
  });

  it.each([
    ['SELECT 1; SELECT 2', 'one statement per call'],
    ["INSERT INTO t VALUES (';'); DROP TABLE t", 'one statement per call'],
    ['BEGIN', 'BEGIN is not available'],
    ['  commit', 'commit is not available'],
    ['/* x */ ROLLBACK', 'ROLLBACK is not available'],
    ['SAVEPOINT a', 'SAVEPOINT is not available'],
    ['RELEASE a', 'RELEASE is not available'],
    ['PRAGMA user_version', 'PRAGMA is not available'],
    ["ATTACH 'x' AS y", 'ATTACH is not available'],
    ['VACUUM', 'VACUUM is not available'],
    ['CREATE TEMP TABLE t (a)', 'CREATE TEMP is not available'],
    ['SELECT sqlite_version()', 'sqlite_version is not available'],
    ['SELECT * FROM _cf_KV', '_cf_KV is not available'],
    ['SELECT ?1', 'parameters are plain ?'],
    ['SELECT :name', 'parameters are plain ?'],
    ['SELECT @name', 'parameters are plain ?'],
    ['SELECT $name', 'parameters are plain ?'],
  ])('%s is refused', (text, words) => {
    expect(() => checkStatement(text)).toThrow(words);
  });

  it('take at most 100 parameters', () => {
    const select = (count: number): string => `SELECT ${Array(count).fill('?').join(', ')}`;
    expect(checkStatement(select(sqlLimits.parameters))).toBe(100);
    expect(() => checkStatement(select(sqlLimits.parameters + 1))).toThrow('101 parameters');
  });
});

describe('values', () => {
  it('are text, null and safe integers, one for each parameter', () => {
    const most = Number.MAX_SAFE_INTEGER;
    expect(() => checkValues(4, ['a', null, most, -most])).not.toThrow();
    expect(() => checkValues(1, [most + 1])).toThrow('not a safe integer');
    expect(() => checkValues(1, [0.5])).toThrow('not a safe integer');
    expect(() => checkValues(1, [Number.NaN])).toThrow('not a safe integer');
    expect(() => checkValues(2, ['a'])).toThrow('1 values for 2 parameters');
    expect(() => checkValues(0, ['a'])).toThrow('1 values for 0 parameters');
  });

  it.each([[true], [undefined], [new Date(0)], [1n], [new Uint8Array(1)], [{}]])(
    'of another kind are refused: %s',
    (value) => {
      expect(() => checkValues(1, [value as never])).toThrow(
        'not a value that every engine stores',
      );
    },
  );
});

it('tells a promise from a result', () => {
  for (const result of [undefined, null, 0, 'then', {}]) {
    expect(() => checkSynchronous(result)).not.toThrow();
  }
  expect(() => checkSynchronous(Promise.resolve())).toThrow('must be synchronous');
});
