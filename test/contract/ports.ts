/**
 * What every engine must make of `edge/ports.ts`: one suite, run on Node's SQLite and inside of a
 * Durable Object.
 */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Clock, Random, Sql, SqlValue, TokenHash } from '#edge/ports.ts';
import { migrate } from '#edge/schema.ts';
import { sqlLimits } from '#edge/sql-rules.ts';

export interface Ports {
  sql: Sql;
  clock: Clock;
  random: Random;
}

/** An object of its own, empty at first. */
export interface Place {
  /** Runs `work` inside of the object. */
  inside<T>(work: (ports: Ports) => T | Promise<T>): Promise<T>;
  /** The object loses its memory; its storage stays. */
  restart(): Promise<void>;
  end(): Promise<void>;
}

export interface EngineUnderTest {
  place(): Promise<Place>;
  /** What the engine derives from the edge's secret of 32 bytes. */
  tokenHash(secret: Uint8Array): Promise<TokenHash>;
  /** The key of a cluster for which chance gave five bytes of zero. */
  clusterKey(secret: Uint8Array): Promise<string>;
}

export function portsContract(engine: EngineUnderTest): void {
  let place: Place;
  beforeEach(async () => {
    place = await engine.place();
    await place.inside(({ sql }) => sql.run('CREATE TABLE t (n INTEGER, x TEXT)'));
  });
  afterEach(() => place.end());
  const withSql = <T>(work: (sql: Sql) => T): Promise<T> => place.inside(({ sql }) => work(sql));

  describe('values', () => {
    it.each<[string, SqlValue, SqlValue, Record<string, SqlValue>]>([
      ['text', null, 'plain', { n: null, x: 'plain', tn: 'null', tx: 'text' }],
      ['text of every plane', null, 'ä€😀', { n: null, x: 'ä€😀', tn: 'null', tx: 'text' }],
      ['empty text', null, '', { n: null, x: '', tn: 'null', tx: 'text' }],
      ['text with a zero', null, 'a\0b', { n: null, x: 'a\0b', tn: 'null', tx: 'text' }],
      ['zero', 0, '', { n: 0, x: '', tn: 'integer', tx: 'text' }],
      ['a negative integer', -7, '', { n: -7, x: '', tn: 'integer', tx: 'text' }],
      ['time', 1_767_225_600_123, '', { n: 1_767_225_600_123, x: '', tn: 'integer', tx: 'text' }],
      ['digits in an integer’s column', '12', '', { n: 12, x: '', tn: 'integer', tx: 'text' }],
      ['words in an integer’s column', 'a', '', { n: 'a', x: '', tn: 'text', tx: 'text' }],
      ['nothing', null, null, { n: null, x: null, tn: 'null', tx: 'null' }],
      [
        'the last safe integer',
        Number.MAX_SAFE_INTEGER,
        '',
        { n: Number.MAX_SAFE_INTEGER, x: '', tn: 'integer', tx: 'text' },
      ],
      [
        'the first safe integer',
        Number.MIN_SAFE_INTEGER,
        '',
        { n: Number.MIN_SAFE_INTEGER, x: '', tn: 'integer', tx: 'text' },
      ],
    ])('%s comes back as it was stored', async (_name, n, x, row) => {
      const rows = await withSql((sql) => {
        sql.run('INSERT INTO t VALUES (?, ?)', n, x);
        return sql.all('SELECT n, x, typeof(n) AS tn, typeof(x) AS tx FROM t');
      });
      expect(rows).toEqual([row]);
    });

    it.each<[string, unknown]>([
      ['a boolean', true],
      ['a date', new Date(0)],
      ['undefined', undefined],
      ['a bigint', 1n],
      ['bytes', new Uint8Array(1)],
      ['an object', {}],
      ['half', 0.5],
      ['an unsafe integer', Number.MAX_SAFE_INTEGER + 1],
      ['not a number', Number.NaN],
      ['infinity', Infinity],
    ])('%s is refused, and nothing is stored', async (_name, value) => {
      await withSql((sql) => {
        expect(() => sql.run('INSERT INTO t VALUES (1, ?)', value as SqlValue)).toThrow('SQL: not');
        expect(sql.all('SELECT * FROM t')).toEqual([]);
      });
    });
  });

  describe('rows', () => {
    it('are an array of plain objects, in the order asked for, columns in theirs', async () => {
      await withSql((sql) => {
        for (const n of [3, 1, 2]) sql.run('INSERT INTO t VALUES (?, ?)', n, `x${n}`);
        const rows = sql.all('SELECT x, n AS number, n * 2 AS twice FROM t ORDER BY n');
        expect(Array.isArray(rows)).toBe(true);
        expect(rows).toHaveLength(3);
        expect(JSON.stringify(rows[0])).toBe('{"x":"x1","number":1,"twice":2}');
        expect(rows.map(({ x }) => x)).toEqual(['x1', 'x2', 'x3']);
        expect(sql.all('SELECT COUNT(*) AS count, AVG(n) / 4 AS mean FROM t')).toEqual([
          { count: 3, mean: 0.5 },
        ]);
      });
    });

    it('do not change with what is stored later', async () => {
      await withSql((sql) => {
        sql.run('INSERT INTO t VALUES (1, NULL)');
        const rows = sql.all('SELECT n FROM t');
        sql.run('INSERT INTO t VALUES (2, NULL)');
        sql.run('UPDATE t SET n = 9');
        expect(rows).toEqual([{ n: 1 }]);
      });
    });

    it('are none where there are none, and those of RETURNING', async () => {
      await withSql((sql) => {
        expect(sql.all('SELECT * FROM t')).toEqual([]);
        expect(sql.all('INSERT INTO t VALUES (?, ?)', 1, 'a')).toEqual([]);
        expect(sql.all('INSERT INTO t VALUES (?, ?) RETURNING n', 2, 'b')).toEqual([{ n: 2 }]);
        expect(sql.all('DELETE FROM t RETURNING x')).toEqual([{ x: 'a' }, { x: 'b' }]);
        expect(sql.run('INSERT INTO t VALUES (3, NULL)')).toBeUndefined();
      });
    });

    it('are sorted and compared by bytes; LIKE folds ASCII only', async () => {
      await withSql((sql) => {
        for (const x of ['b', 'B', 'ä', 'a', 'Ä', '']) sql.run('INSERT INTO t VALUES (0, ?)', x);
        const texts = (where: string): unknown[] =>
          sql.all(`SELECT x FROM t ${where} ORDER BY x`).map(({ x }) => x);
        expect(texts('')).toEqual(['', 'B', 'a', 'b', 'Ä', 'ä']);
        expect(texts("WHERE x LIKE 'b'")).toEqual(['B', 'b']);
        expect(texts("WHERE x LIKE 'ä'")).toEqual(['ä']);
      });
    });
  });

  describe('statements', () => {
    it.each([
      ['SELECT 1; SELECT 2', 'one statement per call'],
      ['INSERT INTO t VALUES (1, NULL); DROP TABLE t', 'one statement per call'],
      ['BEGIN', 'BEGIN is not available'],
      ['COMMIT', 'COMMIT is not available'],
      ['ROLLBACK', 'ROLLBACK is not available'],
      ['SAVEPOINT a', 'SAVEPOINT is not available'],
      ['RELEASE a', 'RELEASE is not available'],
      ['PRAGMA user_version = 3', 'PRAGMA is not available'],
      ["ATTACH ':memory:' AS other", 'ATTACH is not available'],
      ['VACUUM', 'VACUUM is not available'],
      ['CREATE TEMP TABLE other (a)', 'CREATE TEMP is not available'],
      ['SELECT sqlite_version()', 'sqlite_version is not available'],
      ['SELECT * FROM _cf_METADATA', '_cf_METADATA is not available'],
      ['SELECT ?1', 'parameters are plain ?'],
      ['SELECT :name', 'parameters are plain ?'],
    ])('%s is refused by name', async (text, words) => {
      await withSql((sql) => {
        expect(() => sql.all(text)).toThrow(words);
        expect(() => sql.run(text)).toThrow(words);
        expect(sql.all('SELECT * FROM t')).toEqual([]);
      });
    });

    it.each([
      ['a table that is not there', 'SELECT * FROM nothing'],
      ['a column that is not there', 'SELECT y FROM t'],
      ['no SQL', 'SELEC 1'],
      ['nothing', ''],
    ])('with %s are an error, each time', async (_name, text) => {
      await withSql((sql) => {
        for (let times = 0; times < 2; times += 1) expect(() => sql.all(text)).toThrow();
      });
    });

    it('want as many values as they have parameters', async () => {
      await withSql((sql) => {
        const text = 'INSERT INTO t VALUES (?, ?)';
        expect(() => sql.run(text, 1)).toThrow('1 values for 2 parameters');
        expect(() => sql.run(text, 1, 'a', 'b')).toThrow('3 values for 2 parameters');
        expect(sql.all('SELECT * FROM t')).toEqual([]);
      });
    });

    it('that break a constraint change nothing', async () => {
      await withSql((sql) => {
        sql.run('CREATE TABLE one (k TEXT PRIMARY KEY, v INTEGER NOT NULL)');
        sql.run('CREATE TABLE many (k TEXT REFERENCES one (k))');
        sql.run('INSERT INTO one VALUES (?, ?)', 'a', 1);
        expect(() => sql.run("INSERT INTO one VALUES ('b', 2), ('a', 3)")).toThrow('UNIQUE');
        expect(() => sql.run("INSERT INTO one VALUES ('c', NULL)")).toThrow('NOT NULL');
        expect(() => sql.run("INSERT INTO many VALUES ('z')")).toThrow('FOREIGN KEY');
        expect(sql.all('SELECT * FROM one')).toEqual([{ k: 'a', v: 1 }]);
        expect(sql.all('SELECT * FROM many')).toEqual([]);
      });
    });

    it('may be a trigger, whose body ends statements', async () => {
      await withSql((sql) => {
        sql.run('CREATE TABLE log (n INTEGER)');
        sql.run(
          'CREATE TRIGGER twice AFTER INSERT ON t BEGIN INSERT INTO log VALUES (new.n); INSERT INTO log VALUES (2 * new.n); END',
        );
        sql.run('INSERT INTO t VALUES (?, NULL)', 4);
        expect(sql.all('SELECT n FROM log ORDER BY n')).toEqual([{ n: 4 }, { n: 8 }]);
      });
    });
  });

  describe('limits, at and over', () => {
    it('a statement’s length', async () => {
      const long = (bytes: number): string => `SELECT '${'x'.repeat(bytes - 9)}'`;
      await withSql((sql) => {
        expect(sql.all(long(sqlLimits.statementBytes))).toHaveLength(1);
        expect(() => sql.all(long(sqlLimits.statementBytes + 1))).toThrow();
      });
    });

    it('parameters', async () => {
      const values = (count: number): SqlValue[] => Array.from({ length: count }, () => 1);
      const list = (count: number): string =>
        `SELECT 1 AS one WHERE 1 IN (${values(count).map(() => '?')})`;
      await withSql((sql) => {
        const { parameters: most } = sqlLimits;
        expect(sql.all(list(most), ...values(most))).toHaveLength(1);
        expect(() => sql.all(list(most + 1), ...values(most + 1))).toThrow();
      });
    });

    it('columns', async () => {
      const table = (count: number): string =>
        `CREATE TABLE c${count} (${Array.from({ length: count }, (_, index) => `c${index}`)})`;
      await withSql((sql) => {
        sql.run(table(sqlLimits.columns));
        expect(() => sql.run(table(sqlLimits.columns + 1))).toThrow();
      });
    });

    it('a pattern of LIKE', async () => {
      await withSql((sql) => {
        const match = (bytes: number): unknown[] =>
          sql.all('SELECT ? LIKE ? AS found', 'x', 'x'.repeat(bytes));
        expect(match(sqlLimits.likePatternBytes)).toEqual([{ found: 0 }]);
        expect(() => match(sqlLimits.likePatternBytes + 1)).toThrow();
      });
    });

    it('a text', async () => {
      // Bare workerd takes 8 MiB, Cloudflare 2 MB; the Node engine is held to that by its own test.
      const tooLong = 9 * 1024 * 1024;
      await withSql((sql) => {
        const store = (bytes: number): void =>
          sql.run('INSERT INTO t VALUES (?, ?)', bytes, 'x'.repeat(bytes));
        store(sqlLimits.rowBytes - 1024);
        expect(() => store(tooLong)).toThrow();
        expect(sql.all('SELECT length(x) AS bytes FROM t')).toEqual([
          { bytes: sqlLimits.rowBytes - 1024 },
        ]);
      });
    });
  });

  describe('transactions', () => {
    const numbers = (sql: Sql): unknown[] =>
      sql.all('SELECT n FROM t ORDER BY n').map(({ n }) => n);
    const insert = (sql: Sql, n: number): void => sql.run('INSERT INTO t VALUES (?, NULL)', n);
    const failing = (sql: Sql, work: () => void): void => {
      const failure = new Error('on purpose');
      let caught: unknown;
      try {
        sql.transaction(() => {
          work();
          throw failure;
        });
      } catch (error) {
        caught = error;
      }
      expect(caught).toBe(failure);
    };

    it('give back the result of the work, and keep what it did', async () => {
      await withSql((sql) => {
        expect(sql.transaction(() => (insert(sql, 1), 7))).toBe(7);
        expect(numbers(sql)).toEqual([1]);
      });
    });

    it('take everything back when the work fails, tables too, and let its error through', async () => {
      await withSql((sql) => {
        failing(sql, () => {
          insert(sql, 1);
          sql.run('CREATE TABLE other (n INTEGER)');
        });
        expect(numbers(sql)).toEqual([]);
        expect(() => sql.all('SELECT * FROM other')).toThrow();
        insert(sql, 2);
        expect(numbers(sql)).toEqual([2]);
      });
    });

    it('go on after a statement in them that failed, where the work does', async () => {
      await withSql((sql) => {
        sql.transaction(() => {
          insert(sql, 1);
          expect(() => sql.run('INSERT INTO nothing VALUES (1)')).toThrow();
          insert(sql, 2);
        });
        expect(numbers(sql)).toEqual([1, 2]);
      });
    });

    it('nest: what is inside can fail alone, what is outside takes it along', async () => {
      await withSql((sql) => {
        sql.transaction(() => {
          insert(sql, 1);
          failing(sql, () => insert(sql, 2));
          sql.transaction(() => {
            insert(sql, 3);
            failing(sql, () => insert(sql, 4));
          });
        });
        expect(numbers(sql)).toEqual([1, 3]);
        failing(sql, () => sql.transaction(() => insert(sql, 5)));
        expect(numbers(sql)).toEqual([1, 3]);
      });
    });

    it('refuse work that goes on later, and keep nothing of it', async () => {
      await withSql((sql) => {
        expect(() => sql.transaction(async () => insert(sql, 1))).toThrow('must be synchronous');
        expect(() =>
          sql.transaction(() => sql.transaction(() => (insert(sql, 1), Promise.resolve()))),
        ).toThrow('must be synchronous');
        expect(numbers(sql)).toEqual([]);
      });
    });
  });

  describe('after a restart', () => {
    it('there is what was stored, and nothing of what was taken back', async () => {
      await withSql((sql) => {
        sql.run('INSERT INTO t VALUES (?, ?)', 1, 'kept');
        expect(() =>
          sql.transaction(() => {
            sql.run('INSERT INTO t VALUES (?, ?)', 2, 'lost');
            throw new Error('on purpose');
          }),
        ).toThrow('on purpose');
      });
      await place.restart();
      expect(await withSql((sql) => sql.all('SELECT * FROM t'))).toEqual([{ n: 1, x: 'kept' }]);
    });

    it('schema steps are each taken once, whole or not at all', async () => {
      const first = ['CREATE TABLE a (x INTEGER)'];
      const second = ['INSERT INTO a VALUES (1)', 'ALTER TABLE a ADD COLUMN y TEXT'];
      await withSql((sql) => {
        migrate(sql, [first]);
        expect(() => migrate(sql, [first, ['INSERT INTO a VALUES (2)', 'nonsense']])).toThrow();
      });
      for (let restarts = 0; restarts < 2; restarts += 1) {
        await place.restart();
        await withSql((sql) => migrate(sql, [first, second]));
      }
      expect(await withSql((sql) => sql.all('SELECT * FROM a'))).toEqual([{ x: 1, y: null }]);
    });
  });

  describe('clock and chance', () => {
    it('tell whole milliseconds since 1970', async () => {
      const before = Date.now();
      const now = await place.inside(({ clock }) => clock.nowMs());
      expect(Number.isSafeInteger(now)).toBe(true);
      expect(Math.abs(now - before)).toBeLessThan(60_000);
    });

    it('give as many bytes as asked for, others each time', async () => {
      await place.inside(({ random }) => {
        for (const count of [0, 1, 5, 32]) expect(random.bytes(count)).toHaveLength(count);
        const texts = Array.from({ length: 100 }, () => random.bytes(16).join());
        expect(new Set(texts).size).toBe(100);
      });
    });
  });

  describe('what the secret gives', () => {
    const secret = Uint8Array.from({ length: 32 }, (_, index) => index * 7 + 1);

    it('is the same hash of a token on every engine', async () => {
      const hash = await engine.tokenHash(secret);
      expect(await hash.of('bwc_token')).toBe(
        '73ccab8b923d5bb98047ca69023ac504e91b1fab9008ff686ea887fd96778a9d',
      );
      expect(await hash.of('ä')).toBe(await hash.of('ä'));
      expect(await hash.of('')).toMatch(/^[0-9a-f]{64}$/);
    });

    it('is the same check in cluster keys on every engine', async () => {
      expect(await engine.clusterKey(secret)).toBe('aaaaadsf');
    });

    it('is another one for another secret', async () => {
      const other = secret.with(31, 0);
      const hash = await engine.tokenHash(other);
      expect(await hash.of('bwc_token')).not.toMatch(/^73ccab8b/);
      expect(await engine.clusterKey(other)).not.toBe(await engine.clusterKey(secret));
    });
  });
}
