import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openSql, type SqlFile } from '#edge/node/sql.ts';
import { migrate } from '#edge/schema.ts';
import type { Actor } from '#github-app/ports.ts';
import { Removals } from '#github-app/removals.ts';
import { steps } from '#github-app/steps.ts';
import { ann, bob } from './payloads.ts';

const atMs = Date.UTC(2026, 10, 21);
const closed: Actor = { kind: 'closed', pull: { repositoryId: 7, number: 42 } };
const said: Actor = { kind: 'comment', user: ann, commentId: 9 };

let sql: SqlFile;
let removals: Removals;
beforeEach(() => {
  sql = openSql(':memory:');
  migrate(sql, steps);
  removals = new Removals(sql);
});
afterEach(() => sql.close());

const by = (sinceMs: number, owner = ann) => removals.of({ owner, sinceMs });

describe('what a removal ends', () => {
  it('is what there was then, to GitHub’s whole second', () => {
    removals.add(atMs, closed);
    expect(by(atMs + 999)).toEqual(closed);
    expect(by(atMs + 1000)).toBeUndefined();
  });

  it('is of everybody, or of one owner', () => {
    removals.add(atMs, said, ann);
    expect(by(atMs, ann)).toEqual(said);
    expect(by(atMs, bob)).toBeUndefined();
    removals.add(atMs + 5000, closed);
    expect(by(atMs, bob)).toEqual(closed);
  });

  it('does not shrink when an earlier one is told of later', () => {
    removals.add(atMs + 5000, closed);
    removals.add(atMs, said);
    expect(by(atMs + 5000)).toEqual(closed);
  });
});
