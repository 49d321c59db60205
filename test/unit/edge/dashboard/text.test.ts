/** What pages say where there is nothing, and how they show what people wrote. */
import { describe, expect, it } from 'vitest';
import { alice, interceptId } from '../api/fake-edge.ts';
import { intercept } from './fake-dashboard.ts';
import { asAdmin, asAlice, edge, key, label, useDashboard } from './use-dashboard.ts';

useDashboard();

describe('pages with nothing on them', () => {
  it('say what to do next', async () => {
    await asAlice.post(`/dashboard/previews/${label}/remove`);
    expect((await asAlice.get('/dashboard')).text).toContain('byway intercept');
    edge.clusters.clear();
    expect((await asAlice.get('/dashboard')).text).toContain('There is no cluster yet');
    expect((await asAlice.get('/dashboard/clusters')).text).toContain('An owner of acme');
    expect((await asAdmin.get('/dashboard/clusters')).text).toContain('Register the first one');
    expect((await asAlice.get('/dashboard/tokens')).text).toContain('There is no token yet');
    const query = '/dashboard/audit?action=nothing.such';
    expect((await asAdmin.get(query)).text).toContain('Nothing fits the filter');
  });
});

it('text of people is text on every page (threat 10)', async () => {
  const evil = '<img src=x onerror=alert(1)>"\'';
  edge.intercepts.set(key, [
    intercept(interceptId('d'), alice, {
      name: evil,
      workload: evil,
      laptop: evil,
      namespace: evil,
    }),
  ]);
  await asAlice.post('/dashboard/tokens', [
    ['kind', 'personal'],
    ['name', evil],
    ['scope', 'view'],
  ]);
  const query = new URLSearchParams({ actor: evil, action: evil, done: evil });
  for (const path of [
    '/dashboard',
    '/dashboard/tokens',
    `/dashboard?${query}`,
    `/dashboard/audit?${query}`,
    '/dashboard/audit',
  ]) {
    const { text, status } = await asAdmin.get(path);
    expect(status).toBe(200);
    expect(text).not.toContain('<img');
  }
});
