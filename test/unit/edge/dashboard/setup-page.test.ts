/** `/dashboard/setup`: what an owner reads about the GitHub App. */
import { describe, expect, it } from 'vitest';
import type { AppHealth } from '#edge/github/app-health.ts';
import { acme, alice, carol } from '../api/fake-edge.ts';
import { FakeDashboard } from './fake-dashboard.ts';

const app = { slug: 'byway-acme', url: 'https://github.com/apps/byway-acme' };
const installed: AppHealth['installation'] = { kind: 'installed', id: 5, missing: [] };
const delivery = {
  event: 'pull_request',
  atMs: Date.UTC(2026, 0, 31, 12),
  arrived: true,
  status: 'OK',
};

async function pageOf(health: AppHealth | undefined, who = carol) {
  const edge = await new FakeDashboard().start(health && { gitHubApp: async () => health });
  const { members } = edge.org(acme.id);
  members.set(alice.id, { kind: 'member', role: 'member' });
  members.set(carol.id, { kind: 'member', role: 'admin' });
  const { status, text } = await edge.browser(who).get('/dashboard/setup');
  return { status, text: text.replaceAll(/\s+/g, ' ') };
}

describe('the set-up page', () => {
  it('says that all is well', async () => {
    const { status, text } = await pageOf({ ...app, installation: installed, delivery });
    expect(status).toBe(200);
    expect(text).toContain('>installed<');
    expect(text).toContain('The last one: pull_request,');
    expect(text).toContain('2026-01-31 12:00 UTC</time>: OK.');
    expect(text).not.toContain('note warn');
  });

  it.each<[string, AppHealth, string]>([
    ['is not installed', { ...app, installation: { kind: 'not-installed' } }, 'Nobody gets into'],
    ['is suspended', { ...app, installation: { kind: 'suspended' } }, 'until somebody ends that'],
    ['has a wrong key', { ...app, installation: { kind: 'refused' } }, 'the clock of the edge'],
    ['cannot be asked about', { ...app, installation: { kind: 'away' } }, 'Try again in a minute'],
    [
      'lacks a permission',
      { ...app, installation: { kind: 'installed', id: 5, missing: ['issues: write'] } },
      'It lacks issues: write.',
    ],
    [
      'is not reached by webhooks',
      { ...app, installation: installed, delivery: { ...delivery, arrived: false } },
      'Check Webhook URL and secret',
    ],
  ])('says what to do when the app %s', async (_what, health, advice) => {
    const { text } = await pageOf(health);
    expect(text).toContain(advice);
    expect(text).toContain('note warn');
  });

  it('threat 10: words of GitHub are text', async () => {
    const evil = { ...delivery, status: '<script>alert(1)</script>' };
    const { text } = await pageOf({ ...app, installation: installed, delivery: evil });
    expect(text).toContain('&lt;script&gt;alert(1)');
  });

  it('is for owners, and says so without an app as well', async () => {
    expect((await pageOf({ ...app, installation: installed }, alice)).status).toBe(403);
    expect((await pageOf(undefined)).text).toContain('byway setup github');
  });
});
