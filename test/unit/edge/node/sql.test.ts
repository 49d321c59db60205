import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openSql, type SqlFile } from '#edge/node/sql.ts';
import { migrate } from '#edge/schema.ts';

let dir: string;
let sql: SqlFile;
const file = (): string => join(dir, 'object.sqlite');
const numbers = (): unknown[] => sql.all('SELECT n FROM t ORDER BY n').map(({ n }) => n);

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'byway-sql-'));
  sql = openSql(file());
  sql.run('CREATE TABLE t (n INTEGER)');
});
afterEach(() => {
  sql.close();
  rmSync(dir, { recursive: true });
});

describe('the file', () => {
  it('is read again after a restart', () => {
    sql.run('INSERT INTO t VALUES (?)', 1);
    sql.close();
    sql = openSql(file());
    expect(numbers()).toEqual([1]);
  });

  it('uses a write-ahead log and syncs each commit', () => {
    sql.close();
    const plain = new DatabaseSync(file());
    expect(plain.prepare('PRAGMA journal_mode').get()).toEqual({ journal_mode: 'wal' });
    plain.close();
    sql = openSql(file());
  });

  it('is of one opener at a time', () => {
    expect(() => openSql(file())).toThrow('locked');
  });
});

describe('statements', () => {
  it('that hold a second one do neither', () => {
    expect(() => sql.run('INSERT INTO t VALUES (1); DROP TABLE t')).toThrow('one statement');
    expect(numbers()).toEqual([]);
  });

  it('with too few values do nothing', () => {
    expect(() => sql.run('INSERT INTO t VALUES (?)')).toThrow('0 values for 1 parameters');
    expect(numbers()).toEqual([]);
  });

  it('keep integers exact to the last safe one', () => {
    sql.run('INSERT INTO t VALUES (?)', Number.MAX_SAFE_INTEGER);
    expect(numbers()).toEqual([Number.MAX_SAFE_INTEGER]);
  });

  it('have the other engine’s limits', () => {
    const long = (bytes: number): string => `SELECT '${'x'.repeat(bytes - 9)}'`;
    expect(sql.all(long(100_000))).toHaveLength(1);
    expect(() => sql.all(long(100_001))).toThrow();
    expect(sql.all("SELECT 'x' LIKE ?", 'x'.repeat(50))).toHaveLength(1);
    expect(() => sql.all("SELECT 'x' LIKE ?", 'x'.repeat(51))).toThrow('too complex');
    const columns = (count: number): string =>
      `CREATE TABLE c${count} (${Array.from({ length: count }, (_, index) => `c${index}`).join()})`;
    sql.run(columns(100));
    expect(() => sql.run(columns(101))).toThrow('too many columns');
    sql.run('CREATE TABLE texts (text TEXT)');
    expect(() => sql.run('INSERT INTO texts VALUES (?)', 'x'.repeat(3_000_000))).toThrow('too big');
  });

  it('return what RETURNING says', () => {
    expect(sql.all('INSERT INTO t VALUES (?) RETURNING n', 5)).toEqual([{ n: 5 }]);
  });
});

describe('transactions', () => {
  const insert = (n: number): void => sql.run('INSERT INTO t VALUES (?)', n);
  const failing = (work: () => void): void => {
    expect(() =>
      sql.transaction(() => {
        work();
        throw new Error('on purpose');
      }),
    ).toThrow('on purpose');
  };

  it('give back the result of the work', () => {
    expect(sql.transaction(() => 7)).toBe(7);
  });

  it('do all or nothing', () => {
    failing(() => insert(1));
    expect(numbers()).toEqual([]);
    sql.transaction(() => [insert(2), insert(3)]);
    expect(numbers()).toEqual([2, 3]);
  });

  it('nest: what is inside can fail alone, what is outside takes it along', () => {
    sql.transaction(() => {
      insert(1);
      failing(() => insert(2));
      failing(() => insert(3));
      sql.transaction(() => insert(4));
    });
    expect(numbers()).toEqual([1, 4]);
    failing(() => sql.transaction(() => insert(5)));
    expect(numbers()).toEqual([1, 4]);
  });

  it('refuse work that goes on later, and take nothing of it', () => {
    expect(() => sql.transaction(async () => insert(1))).toThrow('must be synchronous');
    expect(numbers()).toEqual([]);
  });

  it('cannot be begun by hand', () => {
    expect(() => sql.run('BEGIN')).toThrow('not available');
  });
});

describe('schema steps', () => {
  const first = ['CREATE TABLE a (x INTEGER)'];
  const second = ['INSERT INTO a VALUES (1)', 'ALTER TABLE a ADD COLUMN y TEXT'];

  it('are each taken once, also after a restart', () => {
    migrate(sql, [first]);
    migrate(sql, [first, second]);
    sql.close();
    sql = openSql(file());
    migrate(sql, [first, second]);
    expect(sql.all('SELECT * FROM a')).toEqual([{ x: 1, y: null }]);
  });

  it('are taken whole or not at all', () => {
    migrate(sql, [first]);
    expect(() => migrate(sql, [first, ['INSERT INTO a VALUES (2)', 'nonsense']])).toThrow();
    expect(sql.all('SELECT * FROM a')).toEqual([]);
    migrate(sql, [first, second]);
    expect(sql.all('SELECT x FROM a')).toEqual([{ x: 1 }]);
  });

  it('are not taken back: data of a newer program is refused', () => {
    migrate(sql, [first, second]);
    expect(() => migrate(sql, [first])).toThrow('newer version (2) than this program (1)');
  });
});
