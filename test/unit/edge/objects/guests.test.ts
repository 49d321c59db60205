/** People who were let into one preview, and those who ask: limits, times, and what outlives a restart. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openSql, type SqlFile } from '#edge/node/sql.ts';
import { Guests, maxAskers, maxGuests } from '#edge/objects/guests.ts';
import {
  maxPullsOfPreview,
  PreviewPulls,
  pullKey,
  pullOfKey,
} from '#edge/objects/preview-pulls.ts';

let sql: SqlFile;
let nowMs: number;
const clock = { nowMs: () => nowMs };
const user = (id: number) => ({ id, login: `u${id}` });

beforeEach(() => {
  sql = openSql(':memory:');
  nowMs = 1_000;
});
afterEach(() => sql.close());

describe('guests', () => {
  it('are let in until their time is over, to the millisecond', () => {
    const guests = new Guests({ sql, clock });
    guests.allow('web', user(1), 2_000);
    expect(guests.nextMs).toBe(2_000);
    nowMs = 1_999;
    expect(guests.untilMs('web', 1)).toBe(2_000);
    expect(guests.untilMs('other', 1)).toBeUndefined();
    expect(guests.over()).toEqual([]);
    nowMs = 2_000;
    expect(guests.untilMs('web', 1)).toBeUndefined();
    expect(guests.over()).toEqual([{ label: 'web', userId: 1 }]);
    expect(guests.nextMs).toBe(Infinity);
  });

  it('are known after a restart, and gone after a revocation', () => {
    new Guests({ sql, clock }).allow('web', user(1), 2_000);
    const guests = new Guests({ sql, clock });
    expect(guests.of('web')).toEqual([{ user: user(1), untilMs: 2_000 }]);
    expect([guests.revoke('web', 1), guests.revoke('web', 1)]).toEqual([true, false]);
    expect(new Guests({ sql, clock }).of('web')).toEqual([]);
  });

  it('are as many as may be; one who is in may stay longer even then', () => {
    const guests = new Guests({ sql, clock });
    for (let id = 1; id <= maxGuests; id += 1)
      expect(guests.allow('web', user(id), 2_000)).toBe(true);
    expect(guests.allow('web', user(maxGuests + 1), 2_000)).toBe(false);
    expect(guests.allow('web', user(1), 3_000)).toBe(true);
    expect(guests.drop(1)).toEqual([{ label: 'web', userId: 1 }]);
    expect(guests.drop()).toHaveLength(maxGuests - 1);
  });

  it('were askers before, once each and as many as may be', () => {
    const guests = new Guests({ sql, clock });
    expect([guests.ask('web', user(1)), guests.ask('web', user(1))]).toEqual([true, false]);
    for (let id = 2; id <= maxAskers; id += 1) expect(guests.ask('web', user(id))).toBe(true);
    expect(guests.ask('web', user(maxAskers + 1))).toBe(false);
    guests.allow('web', user(1), 2_000);
    expect(guests.askers('web')).toHaveLength(maxAskers - 1);
    expect(guests.ask('web', user(1))).toBe(false);
    guests.end('web');
    expect([guests.askers('web'), guests.of('web')]).toEqual([[], []]);
  });
});

describe('pull requests of a preview', () => {
  const repository = { id: 2001, name: 'shop', owner: { id: 77, login: 'acme' } };

  it('are as many as may be, each once, and known after a restart', () => {
    const pulls = new PreviewPulls({ sql, clock });
    for (let number = 1; number <= maxPullsOfPreview; number += 1) {
      expect(pulls.attach('web', repository, number)).toBe(true);
      expect(pulls.attach('web', repository, number)).toBe(false);
    }
    expect(pulls.attach('web', repository, maxPullsOfPreview + 1)).toBe(false);
    pulls.detach('web', { repositoryId: 2001, number: 1 });
    const again = new PreviewPulls({ sql, clock });
    expect(again.of('web')).toEqual(pulls.of('web'));
    expect(again.of('web')).toHaveLength(maxPullsOfPreview - 1);
    expect(again.of('web')[0]).toEqual({ repository, number: 2, sinceMs: 1_000 });
  });

  it('are told apart from others who make it private', () => {
    const pulls = new PreviewPulls({ sql, clock });
    pulls.madePrivate('web', { repositoryId: 2001, number: 7 });
    nowMs = 1_500;
    pulls.madePrivate('web', undefined);
    expect(pulls.timesPrivate('web')).toEqual(
      expect.arrayContaining([
        { by: '2001#7', atMs: 1_000 },
        { by: '', atMs: 1_500 },
      ]),
    );
  });

  it('have keys', () => {
    const pull = { repositoryId: 2001, number: 7 };
    expect(pullOfKey(pullKey(pull))).toEqual(pull);
    expect(pullOfKey('2001-7')).toBeUndefined();
  });
});
