/** How people come to the dashboard, and who does not. */
import { describe, expect, it } from 'vitest';
import { acme, bob, others } from '../api/fake-edge.ts';
import { asAlice, edge, useDashboard } from './use-dashboard.ts';

useDashboard();

describe('the way in', () => {
  it('is a page that says what this is, for a stranger', async () => {
    const seen = await edge.stranger().get('/');
    expect(seen.status).toBe(200);
    expect(seen.text).toContain('Sign in with GitHub');
  });

  it('leads somebody who is signed in on to the dashboard', async () => {
    const seen = await asAlice.get('/');
    expect([seen.status, seen.headers.get('location')]).toEqual([303, '/dashboard']);
  });

  it('is a login at GitHub for a page, and 401 for a script', async () => {
    const page = await edge.stranger().get('/dashboard/tokens');
    expect(page.status).toBe(303);
    expect(page.headers.get('location')).toMatch(/^https:\/\/github\.com\//);
    const byScript = { 'sec-fetch-mode': 'cors', 'sec-fetch-dest': 'empty', accept: '*/*' };
    const script = await edge.stranger().get('/dashboard/tokens', byScript);
    expect(script.status).toBe(401);
    expect(script.headers.get('set-cookie')).toBeNull();
  });

  it('is closed to somebody who is no member any more, with a way to another organisation', async () => {
    const both = edge.browser(bob, [others, acme]);
    const seen = await both.get('/dashboard');
    expect(seen.status).toBe(404);
    expect(seen.text).toContain('/dashboard?organisation=acme');
    expect((await both.get('/dashboard?organisation=ACME')).status).toBe(200);
  });
});
