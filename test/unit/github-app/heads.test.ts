import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openSql, type SqlFile } from '#edge/node/sql.ts';
import { migrate } from '#edge/schema.ts';
import { Heads, pushMarginMs } from '#github-app/heads.ts';
import { steps } from '#github-app/steps.ts';
import { shaOf } from './payloads.ts';

const [one, two] = [shaOf(1), shaOf(2)];
const atMs = Date.UTC(2026, 10, 21);

let sql: SqlFile;
let heads: Heads;
beforeEach(() => {
  sql = openSql(':memory:');
  migrate(sql, steps);
  heads = new Heads(sql);
});
afterEach(() => sql.close());

describe('threat 48: which head a comment was about', () => {
  it('is known when the head was there longer than the margin', () => {
    heads.saw(one, atMs);
    expect(heads.wasSeenBefore(one, atMs + pushMarginMs, undefined)).toBe(false);
    expect(heads.wasSeenBefore(one, atMs + pushMarginMs + 1, undefined)).toBe(true);
  });

  it('is known by the last push to the repository, where this head was never seen', () => {
    expect(heads.wasSeenBefore(one, atMs + pushMarginMs, atMs)).toBe(false);
    expect(heads.wasSeenBefore(one, atMs + pushMarginMs + 1, atMs)).toBe(true);
  });

  it('is not known where GitHub says nothing and nobody has looked', () => {
    expect(heads.wasSeenBefore(one, atMs, undefined)).toBe(false);
  });

  it('counts from when it was seen first', () => {
    heads.saw(one, atMs);
    heads.saw(one, atMs + 10 * pushMarginMs);
    expect(heads.wasSeenBefore(one, atMs + 2 * pushMarginMs, undefined)).toBe(true);
  });

  it('begins anew when the branch was pushed away and back', () => {
    heads.saw(one, atMs);
    heads.pushed({ before: one, after: two, atMs: atMs + 1000 }, atMs + 1000);
    heads.saw(one, atMs + pushMarginMs);
    expect(heads.wasSeenBefore(one, atMs + 2 * pushMarginMs, undefined)).toBe(false);
    expect(heads.wasSeenBefore(one, atMs + 2 * pushMarginMs + 1, undefined)).toBe(true);
  });

  it('is not known with a push to it or away from it within the margin', () => {
    heads.pushed({ before: one, after: two, atMs }, atMs + 1);
    for (const sha of [one, two]) {
      expect(heads.wasSeenBefore(sha, atMs + pushMarginMs, 0)).toBe(false);
      expect(heads.wasSeenBefore(sha, atMs + pushMarginMs + 1, 0)).toBe(true);
      expect(heads.wasPushedSince(sha, atMs)).toBe(true);
      expect(heads.wasPushedSince(sha, atMs + 1)).toBe(false);
    }
  });

  it('keeps the latest push, whichever is told of last', () => {
    heads.pushed({ before: one, after: two, atMs }, atMs);
    heads.pushed({ before: two, after: one, atMs: atMs - 1000 }, atMs);
    expect(heads.wasPushedSince(one, atMs)).toBe(true);
  });
});
