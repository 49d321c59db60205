/** The audit log: who reads it, how it is filtered and exported. */
import { describe, expect, it } from 'vitest';
import { acme } from '../api/fake-edge.ts';
import { asAdmin, asAlice, edge, useDashboard } from './use-dashboard.ts';

useDashboard();

describe('the audit log', () => {
  it('is for owners of the organisation', async () => {
    for (const path of ['/dashboard/audit', '/dashboard/audit.csv', '/dashboard/audit.jsonl']) {
      expect((await asAlice.get(path)).status).toBe(403);
    }
    expect((await asAlice.get('/dashboard')).text).not.toContain('/dashboard/audit');
    expect((await asAdmin.get('/dashboard')).text).toContain('/dashboard/audit');
  });

  it('is filtered, and goes on page by page', async () => {
    for (let index = 0; index < 60; index += 1) {
      await edge.org(acme.id).note({
        actor: `gh:${1001 + (index % 2)}`,
        action: 'test.row',
        subject: `row-${index}`,
        details: {},
      });
    }
    const first = await asAdmin.get('/dashboard/audit?action=test.row');
    expect(first.text.match(/row-\d+/g)).toHaveLength(50);
    const next =
      /rel="next"\s+href="([^"]+)"/.exec(first.text)?.[1]?.replaceAll('&amp;', '&') ?? '';
    const second = await asAdmin.get(next);
    expect(second.text.match(/row-\d+/g)).toHaveLength(10);
    expect(second.text).not.toContain('rel="next"');
    const ofBob = await asAdmin.get('/dashboard/audit?actor=gh:1002&action=test.row');
    expect(ofBob.text.match(/row-\d+/g)).toHaveLength(30);
    const later = await asAdmin.get('/dashboard/audit?since=2026-01-02');
    expect(later.text).toContain('Nothing fits the filter');
    expect((await asAdmin.get('/dashboard/audit?since=yesterday')).status).toBe(400);
  });

  it('is exported as CSV that no spreadsheet runs, and as JSON lines', async () => {
    const nasty = ['=1+1', '+1', '-1', '@SUM(A1)', '\t=1', ' =1', '|x', '%x', '＝1'];
    for (const subject of nasty) {
      await edge
        .org(acme.id)
        .note({ actor: 'edge', action: 'test', subject, details: { a: '"b"' } });
    }
    const csv = await asAdmin.get('/dashboard/audit.csv?action=test');
    expect(csv.headers.get('content-disposition')).toBe('attachment; filename="audit-77.csv"');
    const [head, ...rows] = csv.text.trimEnd().split('\r\n');
    expect(head).toBe('"at","actor","action","subject","details","id"');
    expect(rows).toHaveLength(nasty.length);
    for (const row of rows) {
      expect(row).toMatch(/^"2026-01-01T00:00:00.000Z","edge","test","'/);
      expect(row).toContain('"{""a"":""\\""b\\""""}"');
    }
    const jsonl = await asAdmin.get('/dashboard/audit.jsonl?action=test');
    const entries = jsonl.text
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(entries.map(({ subject }) => subject).toReversed()).toEqual(nasty);
  });

  it('is exported beyond one page of the store', async () => {
    for (let index = 0; index < 600; index += 1) {
      await edge
        .org(acme.id)
        .note({ actor: 'edge', action: 'many', subject: `r${index}`, details: {} });
    }
    const { text } = await asAdmin.get('/dashboard/audit.jsonl?action=many');
    expect(text.trimEnd().split('\n')).toHaveLength(600);
  });
});
