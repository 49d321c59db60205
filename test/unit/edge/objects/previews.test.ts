import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Preview } from '#edge/objects/calls.ts';
import { Previews } from '#edge/objects/previews.ts';
import { openSql, type SqlFile } from '#edge/node/sql.ts';

let dir: string;
let sql: SqlFile;
let previews: Previews;
const reopen = (): void => {
  sql?.close();
  sql = openSql(join(dir, 'cluster.sqlite'));
  previews = new Previews(sql);
};
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'byway-previews-'));
  sql = undefined as unknown as SqlFile;
  reopen();
});
afterEach(() => {
  sql.close();
  rmSync(dir, { recursive: true });
});

const preview = (label: string, more: Partial<Preview> = {}): Preview => ({
  label,
  intercept: { id: 'a'.repeat(32), name: 'web' },
  owner: { id: 1001, login: 'alice' },
  ingress: { host: '10.0.0.1', port: 443, tls: true, l5: 'shop.example.com' },
  access: 'private',
  createdMs: 1_767_225_600_123,
  publicUntilMs: 0,
  epoch: 0,
  gate: 'org',
  ...more,
});

describe('preview records', () => {
  it('survive a restart in every part, oldest first', () => {
    const later = preview('b', { access: 'public', createdMs: 1_767_225_600_124 });
    const plain = preview('c', {
      ingress: { host: '::1', port: 80, tls: false, l5: 'x' },
      createdMs: 1_767_225_600_000,
    });
    for (const each of [preview('a'), later, plain]) previews.insert(each);
    reopen();
    expect(previews.list()).toEqual([plain, preview('a'), later]);
    expect(previews.find('b')).toEqual(later);
  });

  it('keep a change of access across a restart', () => {
    previews.insert(preview('a'));
    previews.setAccess('a', 'public', 5);
    for (const look of [(): void => {}, reopen]) {
      look();
      expect(previews.find('a')).toMatchObject({ access: 'public', publicUntilMs: 5 });
    }
    previews.setAccess('a', 'private', 0);
    reopen();
    expect(previews.find('a')).toMatchObject({ access: 'private', publicUntilMs: 0 });
  });

  it('are not found once ended, but their labels stay taken', () => {
    previews.insert(preview('a'));
    previews.end('a', 1, 'removed');
    for (const look of [(): void => {}, reopen]) {
      look();
      expect(previews.find('a')).toBeUndefined();
      expect(previews.list()).toEqual([]);
      expect(previews.knows('a')).toBe(true);
    }
    expect(() => previews.insert(preview('a'))).toThrow();
    expect(previews.find('a')).toBeUndefined();
  });

  it('ignore a change to what is not there', () => {
    previews.setAccess('a', 'public', 5);
    previews.end('a', 1, 'removed');
    expect(previews.knows('a')).toBe(false);
  });

  it('all end with their cluster', () => {
    expect(previews.claim(7, 1)).toBe(true);
    previews.insert(preview('a'));
    previews.insert(preview('b'));
    previews.retire(5);
    for (const look of [(): void => {}, reopen]) {
      look();
      expect(previews.list()).toEqual([]);
      expect(previews.organisationId).toBeUndefined();
      expect(previews.claim(8, 1)).toBe(false);
      expect(previews.knows('a') && previews.knows('b')).toBe(true);
    }
  });
});
