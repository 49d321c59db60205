/** Tokens at the dashboard. */
import { describe, expect, it } from 'vitest';
import { asAdmin, asAlice, asBob, key, label, useDashboard } from './use-dashboard.ts';

useDashboard();

describe('tokens', () => {
  const wish: [string, string][] = [
    ['kind', 'personal'],
    ['name', 'my laptop'],
    ['life', '604800'],
    ['scope', 'view'],
  ];
  const idOf = (text: string): string => /bw[csu]_([0-9A-Za-z]{12})_/.exec(text)?.[1] ?? '';

  it('are shown once, then listed without their secret, rotated and revoked', async () => {
    const made = await asAlice.post('/dashboard/tokens', wish);
    expect(made.status).toBe(200);
    const secret = /value="(bwu_[^"]+)"/.exec(made.text)?.[1] ?? '';
    const { text } = await asAlice.get('/dashboard/tokens');
    expect(text).toContain('my laptop');
    expect(text).not.toContain(secret);
    expect(text).toContain('personal: view');
    const id = idOf(made.text);
    const rotated = await asAlice.post(`/dashboard/tokens/${id}/rotate`);
    expect(rotated.text).toMatch(/value="bwu_/);
    expect(rotated.text).not.toContain(secret);
    const revoked = await asAlice.post(`/dashboard/tokens/${id}/revoke`);
    expect(revoked.headers.get('location')).toBe('/dashboard/tokens?done=revoked');
    expect((await asAlice.get('/dashboard/tokens')).text).not.toContain('my laptop');
  });

  it('follow the rules of the API: of others only for owners, connectors only by them', async () => {
    const made = await asAlice.post('/dashboard/tokens', wish);
    const id = idOf(made.text);
    expect((await asBob.get('/dashboard/tokens')).text).not.toContain('my laptop');
    expect((await asBob.post(`/dashboard/tokens/${id}/revoke`)).status).toBe(404);
    expect((await asBob.post(`/dashboard/tokens/${id}/rotate`)).status).toBe(404);
    const list = (await asAdmin.get('/dashboard/tokens')).text;
    expect(list).toContain('my laptop');
    expect(list).not.toContain(`/dashboard/tokens/${id}/rotate`);
    expect((await asAdmin.post(`/dashboard/tokens/${id}/rotate`)).status).toBe(403);
    const connector = { kind: 'connector', name: 'c', for: `cluster:${key}` };
    expect((await asAlice.post('/dashboard/tokens', connector)).status).toBe(403);
    expect((await asAdmin.post('/dashboard/tokens', connector)).text).toMatch(/value="bwc_/);
    const service = { kind: 'service', name: 's', scope: 'view', for: `preview:${label}` };
    expect((await asAlice.post('/dashboard/tokens', service)).text).toMatch(/value="bws_/);
    expect((await asBob.post('/dashboard/tokens', service)).status).toBe(403);
    expect(
      (await asAlice.post('/dashboard/tokens', { ...service, for: 'organisation' })).status,
    ).toBe(403);
  });

  it('are refused with a reason where something is missing', async () => {
    const nameless = await asAlice.post('/dashboard/tokens', { kind: 'personal', scope: 'view' });
    expect([nameless.status, nameless.text]).toEqual([
      400,
      expect.stringContaining('needs a name'),
    ]);
    const idle = await asAlice.post('/dashboard/tokens', { kind: 'personal', name: 'x' });
    expect([idle.status, idle.text]).toEqual([400, expect.stringContaining('tick at least one')]);
  });
});
