/** Who looked at a preview last: how many, how exact, how often it is written, and for how long. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Holder } from '#edge/gate/decide.ts';
import { openSql, type SqlFile } from '#edge/node/sql.ts';
import { LastViewers, maxLastViewers } from '#edge/objects/last-viewers.ts';
import type { Sql } from '#edge/ports.ts';

const startMs = 1_767_225_600_000;
const minuteMs = 60_000;

let sql: SqlFile;
let nowMs: number;
let writes: number;
const person = (id: number): Holder => ({ kind: 'person', id, login: `u${id}` });
const open = (): LastViewers => {
  const counted: Sql = {
    all: (statement, ...values) => sql.all(statement, ...values),
    run: (statement, ...values) => {
      if (statement.startsWith('INSERT OR REPLACE INTO last_viewers')) writes += 1;
      sql.run(statement, ...values);
    },
    transaction: (work) => sql.transaction(work),
  };
  return new LastViewers({ sql: counted, clock: { nowMs: () => nowMs } });
};
const idsOf = (viewers: LastViewers) => viewers.of('web').map(({ viewer }) => viewer.id);

beforeEach(() => {
  sql = openSql(':memory:');
  nowMs = startMs;
  writes = 0;
});
afterEach(() => sql.close());

describe('the last viewers of a preview', () => {
  it('are people and tokens, the latest first, with the minute', () => {
    const viewers = open();
    viewers.saw('web', person(1));
    nowMs += minuteMs + 59_999;
    viewers.saw('web', { kind: 'token', id: 'Ab3' });
    viewers.saw('other', person(2));
    expect(viewers.of('web')).toEqual([
      { viewer: { kind: 'token', id: 'Ab3' }, atMs: startMs + minuteMs },
      { viewer: { kind: 'person', id: 1, login: 'u1' }, atMs: startMs },
    ]);
    nowMs += minuteMs;
    viewers.saw('web', person(1));
    expect(idsOf(viewers)).toEqual([1, 'Ab3']);
    expect(viewers.of('nothing')).toEqual([]);
  });

  it('are ten; of one more the earliest is forgotten', () => {
    const viewers = open();
    for (let id = 1; id <= maxLastViewers; id += 1) viewers.saw('web', person(id));
    expect(idsOf(viewers)).toHaveLength(10);
    viewers.saw('web', person(11));
    expect(idsOf(viewers)).toEqual([11, 10, 9, 8, 7, 6, 5, 4, 3, 2]);
    expect(idsOf(open())).toEqual(idsOf(viewers));
  });

  it('are shown by the name of their last visit', () => {
    const viewers = open();
    viewers.saw('web', person(1));
    nowMs += minuteMs;
    viewers.saw('web', { kind: 'person', id: 1, login: 'renamed' });
    expect(viewers.of('web')).toMatchObject([{ viewer: { id: 1, login: 'renamed' } }]);
  });
});

describe('what is written', () => {
  it('is one row when somebody comes, and nothing for a thousand requests more', () => {
    const viewers = open();
    for (let index = 0; index < 1000; index += 1) viewers.saw('web', person(1));
    expect(writes).toBe(1);
    nowMs += minuteMs;
    for (let index = 0; index < 1000; index += 1) viewers.saw('web', person(1));
    expect(writes).toBe(1);
    expect(open().of('web')).toMatchObject([{ atMs: startMs }]);
    viewers.flush();
    viewers.flush();
    expect(writes).toBe(2);
    expect(open().of('web')).toMatchObject([{ atMs: startMs + minuteMs }]);
  });

  it('is written at once for somebody who was away for ten minutes', () => {
    const viewers = open();
    viewers.saw('web', person(1));
    nowMs += 10 * minuteMs;
    viewers.saw('web', person(1));
    expect(open().of('web')).toMatchObject([{ atMs: nowMs }]);
  });

  it('is dropped with the preview', () => {
    const viewers = open();
    viewers.saw('web', person(1));
    viewers.saw('other', person(1));
    viewers.end('web');
    viewers.flush();
    expect([viewers.of('web'), open().of('web')]).toEqual([[], []]);
    expect(open().of('other')).toHaveLength(1);
    expect(sql.all('SELECT label FROM last_viewers')).toEqual([{ label: 'other' }]);
  });
});
