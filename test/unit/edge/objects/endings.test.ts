/** Why a preview is over is known for a while, by whose word too. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openSql, type SqlFile } from '#edge/node/sql.ts';
import { Endings, rememberMs } from '#edge/objects/endings.ts';

let sql: SqlFile;
let nowMs = 1000;
const endings = (): Endings => new Endings({ sql, clock: { nowMs: () => nowMs } });

beforeEach(() => {
  sql = openSql(':memory:');
  nowMs = 1000;
});
afterEach(() => sql.close());

describe('the end of a preview', () => {
  it('is known with its reason, its time, and who it was, after a restart as well', () => {
    endings().note('a', 'removed', 'carol');
    endings().note('b', 'idle', undefined);
    expect(endings().of('a')).toEqual({ reason: 'removed', atMs: 1000, by: 'carol' });
    expect(endings().of('b')).toEqual({ reason: 'idle', atMs: 1000 });
    expect(endings().of('c')).toBeUndefined();
  });

  it('is forgotten after 90 days', () => {
    const all = endings();
    all.note('a', 'expired', undefined);
    nowMs += rememberMs;
    all.note('b', 'expired', undefined);
    expect(all.of('a')).toBeDefined();
    nowMs += 1;
    all.note('c', 'expired', undefined);
    expect(all.of('a')).toBeUndefined();
    expect(all.of('b')).toBeDefined();
  });
});
