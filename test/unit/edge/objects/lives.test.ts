import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Lives } from '#edge/objects/lives.ts';
import { openSql, type SqlFile } from '#edge/node/sql.ts';

const startMs = 1_767_225_600_000;
const dayMs = 86_400_000;
const hourS = 3600;

let dir: string;
let sql: SqlFile;
let nowMs: number;
let changes: number;
let lives: Lives;
const open = (): Lives => new Lives({ sql, clock: { nowMs: () => nowMs } }, () => (changes += 1));
const closed = (): boolean => false;

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'byway-lives-'));
  sql = openSql(join(dir, 'lives.sqlite'));
  nowMs = startMs;
  changes = 0;
  lives = open();
  lives.begin('amber-otter', { untilMs: startMs + dayMs, idleS: hourS });
});
afterEach(() => {
  sql.close();
  rmSync(dir, { recursive: true });
});

describe('a preview', () => {
  it('ends when nobody has used it for as long as it may be idle, to the millisecond', () => {
    expect(lives.nextMs).toBe(startMs + hourS * 1000);
    nowMs += hourS * 1000 - 1;
    expect(lives.over(closed)).toEqual([]);
    nowMs += 1;
    expect(lives.over(closed)).toEqual([{ label: 'amber-otter', reason: 'idle' }]);
  });

  it('is used by each request, and by what is open', () => {
    nowMs += hourS * 1000 - 1;
    lives.hit('amber-otter');
    nowMs += 1;
    expect(lives.over(closed)).toEqual([]);
    nowMs += hourS * 1000;
    expect(lives.over(() => true)).toEqual([]);
    expect(lives.of('amber-otter')).toMatchObject({ usedMs: nowMs, hits: 1 });
  });

  it('ends at its time however much it is used, unless it is extended', () => {
    for (let hour = 0; hour < 24; hour += 1) {
      nowMs = startMs + hour * hourS * 1000;
      lives.hit('amber-otter');
    }
    nowMs = startMs + dayMs - 1;
    lives.hit('amber-otter');
    expect(lives.over(() => true)).toEqual([]);
    nowMs += 1;
    expect(lives.over(() => true)).toEqual([{ label: 'amber-otter', reason: 'expired' }]);
    lives.extend('amber-otter', nowMs + dayMs);
    expect(lives.over(closed)).toEqual([]);
  });

  it('is counted and written half a minute after the first use, and at once after a pause', () => {
    nowMs += 1000;
    lives.hit('amber-otter');
    lives.hit('amber-otter');
    expect(changes).toBe(1);
    expect(lives.nextMs).toBe(nowMs + 30_000);
    expect(open().of('amber-otter')).toMatchObject({ hits: 0, usedMs: startMs });
    lives.flush();
    expect(open().of('amber-otter')).toMatchObject({ hits: 2, usedMs: nowMs });
    expect(lives.nextMs).toBe(nowMs + hourS * 1000);
    nowMs += 10 * 60_000;
    lives.hit('amber-otter');
    expect(open().of('amber-otter')).toMatchObject({ hits: 3, usedMs: nowMs });
  });

  it('that has ended is forgotten', () => {
    lives.end('amber-otter');
    expect(lives.of('amber-otter')).toBeUndefined();
    expect(open().of('amber-otter')).toBeUndefined();
    expect(lives.nextMs).toBe(Infinity);
    lives.hit('amber-otter');
    expect(lives.nextMs).toBe(Infinity);
  });
});
