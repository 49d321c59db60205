/** People at a preview: those who ask, those who looked, those for whom it is. */
import { describe, expect, it } from 'vitest';
import { acme, bob } from '../api/fake-edge.ts';
import { asAdmin, asAlice, asBob, edge, forms, label, useDashboard } from './use-dashboard.ts';

useDashboard();

describe('people at a preview', () => {
  const mallory = { id: 1004, login: 'mallory' };
  const path = (verb: string): string =>
    `/dashboard/previews/${label}/guests/${mallory.id}/${verb}`;

  it('who ask are let in for a time, and out again, by whoever may change it', async () => {
    await edge.clusterOfLabel(label)?.askFor(label, mallory);
    const asked = (await asAlice.get('/dashboard')).text;
    expect(asked).toContain('mallory asks');
    expect(forms(asked)).toContain(path('allow'));
    const toBob = (await asBob.get('/dashboard')).text;
    expect([toBob.includes('mallory asks'), forms(toBob)]).toEqual([true, []]);
    for (const verb of ['allow', 'revoke']) {
      expect((await asBob.post(path(verb), { for: '3600' })).status).toBe(403);
    }
    for (const wrong of ['59', '9999999', 'x', '1.5']) {
      expect((await asAlice.post(path('allow'), { for: wrong })).status).toBe(400);
    }
    const allowed = await asAlice.post(path('allow'), { for: '3600' });
    expect(allowed.headers.get('location')).toBe('/dashboard?done=allowed');
    const { text } = await asAdmin.get('/dashboard');
    expect(text).toMatch(/and mallory for <time datetime="2026-01-01T01:00:00.000Z" data-left/);
    expect(text).not.toContain('mallory asks');
    expect(forms(text)).toContain(path('revoke'));
    const revoked = await asAdmin.post(path('revoke'));
    expect(revoked.headers.get('location')).toBe('/dashboard?done=disallowed');
    expect((await asAlice.get('/dashboard')).text).not.toContain('mallory');
    expect((await asAlice.post(path('allow'), { for: '3600' })).status).toBe(404);
    expect((await asAlice.post(path('revoke'))).status).toBe(404);
    const rows = edge.audited().map(({ actor, action }) => `${actor} ${action}`);
    expect(rows.slice(-2)).toEqual(['gh:1001 preview.allow', 'gh:1003 preview.disallow']);
  });

  it('who looked last are named to members, tokens by their name', async () => {
    const made = await edge
      .org(acme.id)
      .makeToken({ kind: 'service', name: 'e2e tests', binding: { kind: 'organisation' } }, 'test');
    if (!made.ok) throw new Error(made.refusal.reason);
    const { nowMs } = edge;
    const viewers = [
      { viewer: { kind: 'person' as const, ...bob }, atMs: nowMs },
      { viewer: { kind: 'token' as const, id: made.value.record.id }, atMs: nowMs },
      { viewer: { kind: 'token' as const, id: 'gone00000000' }, atMs: nowMs },
    ];
    const life = { untilMs: nowMs + 1000, idleS: 60, usedMs: nowMs, hits: 3 };
    edge.lives.set(label, { ...life, viewers });
    const { text } = await asAlice.get('/dashboard');
    expect(text).toMatch(/>bob<\/span>\s*<span class="soft"><time datetime="2026-01-01T00:00/);
    expect(text).toContain('token “e2e tests”');
    expect(text).toContain('token gone00000000');
    edge.lives.set(label, life);
    expect((await asAlice.get('/dashboard')).text).not.toContain('Last viewers');
  });

  it('are members, or readers of the repository, as whoever may change it chooses', async () => {
    expect((await asBob.get('/dashboard')).text).toContain('>organisation</span');
    const path = `/dashboard/previews/${label}/gate`;
    // Where there is no pull request there is no repository.
    expect(forms((await asAlice.get('/dashboard')).text)).not.toContain(path);
    const repository = { id: 2001, owner: acme, name: 'shop' };
    edge.pulls.set(label, [{ repository, number: 12, sinceMs: edge.nowMs }]);
    expect(forms((await asAlice.get('/dashboard')).text)).toContain(path);
    expect(forms((await asBob.get('/dashboard')).text)).toEqual([]);
    expect((await asBob.post(path, { gate: 'repo' })).status).toBe(403);
    for (const gate of ['', 'all', 'public']) {
      expect((await asAlice.post(path, { gate })).status).toBe(400);
    }
    const changed = await asAlice.post(path, { gate: 'repo' });
    expect(changed.headers.get('location')).toBe('/dashboard?done=gate');
    expect((await asBob.get('/dashboard')).text).toContain('readers of the repository');
    expect(edge.audited().at(-1)).toMatchObject({
      actor: 'gh:1001',
      action: 'preview.gate',
      details: { gate: 'repo' },
    });
    await asAdmin.post(path, { gate: 'org' });
    expect((await asBob.get('/dashboard')).text).toContain('>organisation</span');
  });
});
