/** Clusters at the dashboard. */
import { describe, expect, it } from 'vitest';
import { asAdmin, asAlice, edge, forms, key, useDashboard } from './use-dashboard.ts';

useDashboard();

describe('clusters', () => {
  it('are registered by an owner, with the token once and what to do with it', async () => {
    expect(forms((await asAlice.get('/dashboard/clusters')).text)).toEqual([]);
    expect((await asAlice.post('/dashboard/clusters', { name: 'dev' })).status).toBe(403);
    expect(forms((await asAdmin.get('/dashboard/clusters')).text)).toContain('/dashboard/clusters');
    const made = await asAdmin.post('/dashboard/clusters', { name: 'dev' });
    expect([made.status, made.headers.get('cache-control')]).toEqual([200, 'no-store']);
    const token = /value="(bwc_[^"]+)"/.exec(made.text)?.[1] ?? '';
    expect(token).not.toBe('');
    // In the field and for the button that copies it; never in a command, which a shell would keep.
    expect(made.text.split(token)).toHaveLength(3);
    expect(made.text).toContain('url: https://byway.example.com');
    const { text } = await asAdmin.get('/dashboard/clusters');
    expect(text).not.toContain('with the banner');
    Object.assign(edge.banners, { styled: 5, plain: 2, none: 1 });
    const counted = (await asAdmin.get('/dashboard/clusters')).text.replaceAll(/\s+/g, ' ');
    expect(counted).toContain('5 with the banner, 2 with a plain one');
    expect(counted).toContain('1 without');
    expect([text.includes('>dev<'), text.includes(token)]).toEqual([true, false]);
    const again = await asAdmin.post('/dashboard/clusters', { name: 'dev' });
    expect([again.status, again.text]).toEqual([409, expect.stringContaining('is taken')]);
    for (const name of ['', 'Dev', '-x', 'x'.repeat(64), 'ä']) {
      expect((await asAdmin.post('/dashboard/clusters', { name })).status).toBe(400);
    }
    expect(edge.audited().at(-1)).toMatchObject({
      actor: 'gh:1003',
      action: 'cluster.create',
      details: { name: 'dev', shards: 1 },
    });
  });

  it('are removed by an owner who types their name', async () => {
    const path = `/dashboard/clusters/${key}/remove`;
    expect((await asAlice.post(path, { name: 'main' })).status).toBe(403);
    for (const name of ['', 'other', 'MAIN']) {
      expect((await asAdmin.post(path, { name })).status).toBe(400);
    }
    expect(edge.changes).toEqual([]);
    const removed = await asAdmin.post(path, { name: 'main' });
    expect(removed.headers.get('location')).toBe('/dashboard/clusters?done=cluster-removed');
    expect((await asAdmin.get('/dashboard/clusters')).text).toContain('There is no cluster yet');
    expect((await asAdmin.post(path, { name: 'main' })).status).toBe(404);
    expect(edge.audited().at(-1)).toMatchObject({ actor: 'gh:1003', action: 'cluster.remove' });
  });
});
