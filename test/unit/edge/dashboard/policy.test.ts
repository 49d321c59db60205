/** What the organisation allows, at the dashboard. */
import { describe, expect, it } from 'vitest';
import { acme } from '../api/fake-edge.ts';
import { asAdmin, asAlice, edge, forms, useDashboard } from './use-dashboard.ts';

useDashboard();

describe('the policy', () => {
  const same = {
    public_allowed: 'on',
    longest_public_s: '1',
    longest_public_s_unit: 'days',
    longest_life_s: '14',
    longest_life_s_unit: 'days',
    idle_life_s: '3',
    idle_life_s_unit: 'days',
    max_previews_per_person: '20',
    max_public_requests_per_minute: '6000',
    max_public_bytes_per_day: '10',
    max_public_bytes_per_day_unit: 'GiB',
    edge_intercepts: 'nobody',
  };

  it('is shown to members and changed by owners', async () => {
    const seen = await asAlice.get('/dashboard/policy');
    expect(seen.text).toContain('1 day<');
    expect(forms(seen.text)).toEqual([]);
    expect((await asAlice.post('/dashboard/policy', same)).status).toBe(403);
    expect((await asAlice.post('/dashboard/stop-all')).status).toBe(403);
    const change = { ...same, longest_public_s: '90', longest_public_s_unit: 'minutes' };
    expect((await asAdmin.post('/dashboard/policy', change)).status).toBe(303);
    expect(edge.org(acme.id).policies.current.longest_public_s).toBe(5400);
    expect((await asAdmin.get('/dashboard/policy')).text).toMatch(/value="90"/);
    const shortLived = { ...change, longest_life_s: '7', idle_life_s: '1' };
    expect((await asAdmin.post('/dashboard/policy', shortLived)).status).toBe(303);
    const { longest_life_s: life, idle_life_s: idle } = edge.org(acme.id).policies.current;
    expect([life, idle]).toEqual([7 * 86_400, 86_400]);
  });

  it('changes in nothing that was not changed, and not to what is out of range', async () => {
    await edge.org(acme.id).setPolicy({ max_public_bytes_per_day: 12_345 }, 'test');
    const before = { ...edge.org(acme.id).policies.current };
    const shown = {
      ...same,
      max_public_bytes_per_day: '12345',
      max_public_bytes_per_day_unit: 'bytes',
    };
    await asAdmin.post('/dashboard/policy', shown);
    expect(edge.org(acme.id).policies.current).toEqual(before);
    for (const wrong of [
      { longest_public_s: '31' },
      { longest_public_s_unit: 'years' },
      { max_previews_per_person: '1.5' },
      { edge_intercepts: 'everybody' },
    ]) {
      expect((await asAdmin.post('/dashboard/policy', { ...shown, ...wrong })).status).toBe(400);
    }
    expect(edge.org(acme.id).policies.current).toEqual(before);
  });

  it('takes the largest values that there are', async () => {
    const most = {
      ...same,
      longest_public_s: '30',
      max_previews_per_person: '1000',
      max_public_requests_per_minute: '1000000000',
      max_public_bytes_per_day: '1000000000000000',
      max_public_bytes_per_day_unit: 'bytes',
      edge_intercepts: 'members',
    };
    expect((await asAdmin.post('/dashboard/policy', most)).status).toBe(303);
    expect(edge.org(acme.id).policies.current.max_public_bytes_per_day).toBe(1e15);
    expect((await asAdmin.post('/dashboard/policy', most)).status).toBe(303);
  });

  it('can be stopped in one click', async () => {
    expect((await asAdmin.post('/dashboard/stop-all')).status).toBe(303);
    expect(edge.org(acme.id).policies.current.public_allowed).toBe(false);
    expect(edge.audited().at(-1)?.action).toBe('stop-all');
  });
});
