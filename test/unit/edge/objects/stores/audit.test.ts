import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  Audit,
  maxAuditPage,
  maxDetailsBytes,
  retentionMs,
  type AuditFilter,
} from '#edge/objects/stores/audit.ts';
import { scratch, startMs, valueOf, type Scratch } from './scratch-store.ts';

const entry = { actor: 'gh:1001', action: 'preview.public', subject: 'amber-otter-x' };

let store: Scratch;
let audit: Audit;
const restart = (): void => {
  audit = new Audit(store);
};
beforeEach(() => {
  store = scratch();
  restart();
});
afterEach(() => store.sql.close());
const list = (filter: AuditFilter = {}) => valueOf(audit.list(filter));
const subjects = (filter: AuditFilter = {}) => list(filter).entries.map(({ subject }) => subject);

describe('the audit log', () => {
  it('keeps every part over a restart, newest first', () => {
    audit.append({ ...entry, details: { from: 'private', until: null, 'ü"\0': [1] } });
    store.pass(5);
    audit.append({ ...entry, action: 'preview.private' });
    restart();
    expect(list()).toEqual({
      entries: [
        { ...entry, id: '2', atMs: startMs + 5, action: 'preview.private', details: {} },
        {
          ...entry,
          id: '1',
          atMs: startMs,
          details: { from: 'private', until: null, 'ü"\0': [1] },
        },
      ],
      next: undefined,
    });
  });

  it('is not written when the change it is about fails, nor without it', () => {
    expect(() =>
      store.sql.transaction(() => {
        audit.append(entry);
        throw new Error('no');
      }),
    ).toThrow('no');
    expect(list().entries).toEqual([]);
  });

  it('takes details of 2 KB, counted in UTF-8, and none beyond', () => {
    const room = maxDetailsBytes - '{"text":""}'.length;
    audit.append({ ...entry, details: { text: 'x'.repeat(room) } });
    audit.append({ ...entry, details: { text: 'ü'.repeat(Math.floor(room / 2)) } });
    expect(() => audit.append({ ...entry, details: { text: 'x'.repeat(room + 1) } })).toThrow(
      '2049',
    );
    expect(() => audit.append({ ...entry, details: { text: 'ü'.repeat(room) } })).toThrow(
      RangeError,
    );
    expect(list().entries).toHaveLength(2);
  });

  it.each(['actor', 'action', 'subject'])('takes an %s of 1 to 200 characters', (name) => {
    audit.append({ ...entry, [name]: 'x'.repeat(200) });
    expect(() => audit.append({ ...entry, [name]: 'x'.repeat(201) })).toThrow(name);
    expect(() => audit.append({ ...entry, [name]: '' })).toThrow(name);
  });

  it('is filtered by actor, action and time', () => {
    audit.append({ ...entry, subject: 'a' });
    store.pass(10);
    audit.append({ ...entry, subject: 'b', actor: 'gh:1002' });
    store.pass(10);
    audit.append({ ...entry, subject: 'c', action: 'preview.private' });
    expect(subjects({ actor: 'gh:1001' })).toEqual(['c', 'a']);
    expect(subjects({ action: 'preview.public' })).toEqual(['b', 'a']);
    expect(subjects({ sinceMs: startMs + 10 })).toEqual(['c', 'b']);
    expect(subjects({ sinceMs: startMs + 11 })).toEqual(['c']);
    expect(subjects({ actor: 'gh:1001', action: 'preview.public', sinceMs: 0 })).toEqual(['a']);
    expect(subjects({ actor: "' OR 1=1 --" })).toEqual([]);
  });

  it('is read page by page, without loss though new entries come in', () => {
    for (let count = 1; count <= 5; count += 1) audit.append({ ...entry, subject: `${count}` });
    const first = list({ limit: 2 });
    expect(first.entries.map(({ subject }) => subject)).toEqual(['5', '4']);
    audit.append({ ...entry, subject: 'new' });
    restart();
    const second = list({ limit: 2, cursor: first.next });
    expect(second.entries.map(({ subject }) => subject)).toEqual(['3', '2']);
    const third = list({ limit: 2, cursor: second.next });
    expect(third).toMatchObject({ entries: [{ subject: '1' }], next: undefined });
  });

  it('gives 500 entries at most', () => {
    store.sql.transaction(() => {
      for (let count = 0; count <= maxAuditPage; count += 1) audit.append(entry);
    });
    expect(list({ limit: maxAuditPage }).entries).toHaveLength(500);
    expect(list().entries).toHaveLength(100);
    for (const limit of [501, 0, -1, 1.5, Number.NaN]) {
      expect(audit.list({ limit })).toMatchObject({ ok: false });
    }
  });

  it.each(['', '0', '-1', '1e3', 'x', '9'.repeat(30), "1' OR 1=1"])(
    'says that %j is no cursor',
    (cursor) => {
      expect(audit.list({ cursor })).toMatchObject({ ok: false, refusal: { kind: 'refused' } });
    },
  );

  it('refuses a time that is none', () => {
    for (const sinceMs of [Number.NaN, 0.5, Infinity]) {
      expect(audit.list({ sinceMs })).toMatchObject({ ok: false });
    }
  });

  it('forgets after 400 days, to the millisecond', () => {
    audit.append(entry);
    store.pass(retentionMs - 1);
    expect(list().entries).toHaveLength(1);
    store.pass(1);
    expect(list().entries).toEqual([]);
    audit.append({ ...entry, subject: 'new' });
    expect(store.sql.all('SELECT subject FROM audit')).toEqual([{ subject: 'new' }]);
  });
});
