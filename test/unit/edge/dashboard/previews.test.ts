/** Previews and intercepts: who sees what, and who changes it. */
import { describe, expect, it } from 'vitest';
import { acme, bob, interceptId } from '../api/fake-edge.ts';
import { intercept } from './fake-dashboard.ts';
import { asAdmin, asAlice, asBob, edge, forms, key, label, useDashboard } from './use-dashboard.ts';

useDashboard();

describe('previews', () => {
  it('are listed with owner, cluster, access and state', async () => {
    const { text } = await asBob.get('/dashboard');
    for (const part of ['alice', 'main', 'organisation', 'connected', `https://${label}.preview`]) {
      expect(text).toContain(part);
    }
    edge.away.add(key);
    expect((await asBob.get('/dashboard')).text).toContain('connector away');
  });

  it('have buttons for their owner and for owners of the organisation only', async () => {
    expect(forms((await asBob.get('/dashboard')).text)).toEqual([]);
    for (const each of [asAlice, asAdmin]) {
      const actions = forms((await each.get('/dashboard')).text);
      expect(actions).toEqual([
        `/dashboard/previews/${label}/public`,
        `/dashboard/previews/${label}/remove`,
      ]);
    }
  });

  it('are made public for a time, extended, made private again and removed', async () => {
    const made = await asAlice.post(`/dashboard/previews/${label}/public`, { for: '3600' });
    expect(made.headers.get('location')).toBe('/dashboard?done=public');
    const { text } = await asAlice.get('/dashboard?done=public');
    expect(text).toContain('The preview is public now');
    expect(text).toMatch(/<time datetime="2026-01-01T01:00:00.000Z" data-left[^>]*>1 h</);
    const longer = await asAlice.post(`/dashboard/previews/${label}/prolong`, { for: '7200' });
    expect(longer.status).toBe(303);
    expect((await asAlice.get('/dashboard')).text).toContain('2026-01-01T02:00:00.000Z');
    const shorter = await asAlice.post(`/dashboard/previews/${label}/prolong`, { for: '60' });
    expect([shorter.status, shorter.text]).toEqual([400, expect.stringContaining('for longer')]);
    expect((await asAdmin.post(`/dashboard/previews/${label}/private`)).status).toBe(303);
    expect((await asAlice.get('/dashboard')).text).toContain('>organisation</span');
    const late = await asAlice.post(`/dashboard/previews/${label}/prolong`, { for: '7200' });
    expect(late.status).toBe(400);
    expect((await asAlice.post(`/dashboard/previews/${label}/remove`)).status).toBe(303);
    expect((await asAlice.get('/dashboard')).text).not.toContain(label);
    expect(edge.audited().map(({ actor, action }) => `${actor} ${action}`)).toEqual([
      'operator cluster.create',
      'operator preview.create',
      'gh:1001 preview.public',
      'gh:1001 preview.public',
      'gh:1003 preview.private',
      'gh:1001 preview.remove',
    ]);
  });

  it('show how long they live and how they are used, and are extended', async () => {
    const dayMs = 86_400_000;
    const { nowMs } = edge;
    edge.lives.set(label, {
      untilMs: nowMs + 2 * dayMs,
      idleS: 86_400,
      usedMs: nowMs,
      hits: 1234,
    });
    const { text } = await asAlice.get('/dashboard');
    expect(text).toContain('1,234 requests');
    expect(text).toMatch(/in\s+<time datetime="2026-01-03T00:00:00.000Z" data-left[^>]*>2 d</);
    expect(text).toMatch(/or\s+<time datetime="2026-01-02T00:00:00.000Z" data-left[^>]*>1 d</);
    expect(forms((await asBob.get('/dashboard')).text)).toEqual([]);
    const extended = await asAlice.post(`/dashboard/previews/${label}/extend`);
    expect(extended.headers.get('location')).toBe('/dashboard?done=extended');
    expect((await asAlice.get('/dashboard')).text).toContain('2026-01-15T00:00:00.000Z');
    expect(edge.audited().at(-1)?.action).toBe('preview.extend');
  });

  it('are for nobody else to change, whatever the address', async () => {
    for (const verb of ['public', 'prolong', 'extend', 'private', 'remove']) {
      const seen = await asBob.post(`/dashboard/previews/${label}/${verb}`, { for: '60' });
      expect(seen.status).toBe(403);
      expect(seen.text).toContain('only alice or an owner');
    }
    expect(edge.changes).toEqual([]);
  });

  it('are public for no longer than the organisation allows, or not at all', async () => {
    const policy = edge.org(acme.id);
    await policy.setPolicy({ longest_public_s: 7200 }, 'test');
    const { text } = await asAlice.get('/dashboard');
    expect([...text.matchAll(/<option value="(\d+)"/g)].map(([, each]) => each)).toEqual([
      '3600',
      '7200',
    ]);
    const path = `/dashboard/previews/${label}/public`;
    expect((await asAlice.post(path, { for: '7201' })).status).toBe(403);
    for (const wrong of ['-1', '1.5', 'x', '9999999999']) {
      expect((await asAlice.post(path, { for: wrong })).status).toBe(400);
    }
    await policy.setPolicy({ public_allowed: false }, 'test');
    expect(forms((await asAlice.get('/dashboard')).text)).toEqual([
      `/dashboard/previews/${label}/remove`,
    ]);
    expect((await asAlice.post(path, { for: '60' })).status).toBe(403);
  });

  it('have a column for pull requests where there is one', async () => {
    expect((await asBob.get('/dashboard')).text).not.toContain('Pull request');
    const links = new Map([
      [label, { text: 'acme/shop#12', url: 'https://github.com/acme/shop/pull/12' }],
    ]);
    await edge.start({ pullRequests: async () => links });
    const { text } = await asBob.get('/dashboard');
    expect(text).toContain('Pull request');
    expect(text).toContain('<a href="https://github.com/acme/shop/pull/12">acme/shop#12</a>');
  });
});

describe('intercepts', () => {
  const orders = interceptId('c');

  it('without a preview are listed too, with the state of their laptop', async () => {
    edge.intercepts.set(key, [intercept(orders, bob, { state: 'waiting' })]);
    const { text } = await asAlice.get('/dashboard');
    expect(text).toContain('no preview');
    expect(text).toContain('laptop waiting');
    expect(text).toContain('orders.shop, port http, on alices-laptop');
    expect(text).not.toContain(`/dashboard/intercepts/${key}/${orders}/end`);
  });

  it('are ended by their owner or an owner of the organisation, and by nobody else', async () => {
    edge.intercepts.set(key, [intercept(orders, bob)]);
    const path = `/dashboard/intercepts/${key}/${orders}/end`;
    expect((await asAlice.post(path)).status).toBe(403);
    expect((await asBob.get('/dashboard')).text).toContain(path);
    const seen = await asBob.post(path);
    expect(seen.headers.get('location')).toBe('/dashboard?done=intercept-ended');
    expect(edge.ended).toEqual([{ id: orders, by: 'bob' }]);
    expect((await asBob.post(path)).status).toBe(404);
  });
});
