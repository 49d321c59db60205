/**
 * docs.github.com/en/apps/creating-github-apps/authenticating-with-a-github-app/generating-a-user-access-token-for-a-github-app
 * docs.github.com/en/apps/oauth-apps/maintaining-oauth-apps/troubleshooting-authorization-request-errors
 */
import { describe, expect, it } from 'vitest';
import { callbackUrl, challengeOf, useGitHub } from './client.ts';

const client = useGitHub({ callbackUrls: [callbackUrl, 'http://byway.localhost/second'] });

const path = (parameters: Record<string, string>): string =>
  `/login/oauth/authorize?${new URLSearchParams({ client_id: client.app.client_id, ...parameters })}`;
const choose = (target: string, login: string) =>
  client.fetch(target, { method: 'POST', body: new URLSearchParams({ login }) });

describe('the page', () => {
  it('lets a person choose who they are, and goes back with code and state', async () => {
    const target = path({ redirect_uri: callbackUrl, state: 'a b&c', allow_signup: 'false' });
    const { status, body, headers } = await client.fetch(target);
    expect(status).toBe(200);
    expect(headers.get('content-security-policy')).toContain("default-src 'none'");
    for (const login of ['alice', 'bob', 'mallory', 'pat']) {
      expect(body).toContain(`name="login" value="${login}"`);
    }
    expect(body).toContain('admin of sandbox');
    expect(body).toContain('invited to sandbox');
    expect(body).toContain('outsider');
    expect(body).not.toContain('sign up');
    const answer = await choose(target, 'bob');
    expect(answer.status).toBe(302);
    const location = new URL(answer.headers.get('location')!);
    expect(`${location.origin}${location.pathname}`).toBe(callbackUrl);
    expect(location.searchParams.get('state')).toBe('a b&c');
    expect(location.searchParams.get('code')).toMatch(/^[0-9a-f]{20}$/);
  });

  it('escapes what it shows', async () => {
    client.github.state.world.users[0]!.name = '<img src=x onerror=alert(1)>';
    const { body } = await client.fetch(path({ state: '"><script>' }));
    expect(body).not.toContain('<img');
    expect(body).not.toContain('"><script>');
  });

  it('offers to sign up unless told not to', async () => {
    expect((await client.fetch(path({}))).body).toContain('sign up');
  });

  it('takes the first callback when none is named', async () => {
    const location = await client.authorize({ login: 'bob' });
    expect(location.href).toMatch(new RegExp(`^${callbackUrl}\\?code=`));
  });

  it('asks although a login is suggested, when the app insists', async () => {
    const { status, body } = await client.fetch(path({ login: 'bob', prompt: 'select_account' }));
    expect([status, body]).toEqual([200, expect.stringContaining('Continue as alice')]);
  });

  it('says no for who says no', async () => {
    const { headers } = await choose(path({ state: 's' }), '');
    const { searchParams } = new URL(headers.get('location')!);
    expect(searchParams.get('error')).toBe('access_denied');
    expect(searchParams.get('state')).toBe('s');
    expect(searchParams.has('code')).toBe(false);
  });

  it('knows no strangers and no strange apps', async () => {
    expect((await choose(path({}), 'nobody')).status).toBe(404);
    expect((await client.fetch(path({ client_id: 'Iv23other' }))).status).toBe(404);
  });
});

// "This must be an exact match to one of the URLs you provided as a "Callback URL" in your app's
// settings and can't contain any additional parameters."
it.each([
  `${callbackUrl}/`,
  `${callbackUrl}?x=1`,
  `${callbackUrl}/deeper`,
  'http://byway.localhost.evil.example/github/callback',
  'http://byway.localhost:8080/github/callback',
  'javascript:alert(1)',
  '',
])('nobody is sent to %s', async (redirectUri) => {
  const target = path({ redirect_uri: redirectUri, login: 'bob' });
  for (const answer of [await client.fetch(target), await choose(target, 'bob')]) {
    expect(answer.status).toBe(400);
    expect(answer.headers.get('location')).toBeNull();
  }
});

it('another registered callback is fine', async () => {
  const location = await client.authorize({
    redirect_uri: 'http://byway.localhost/second',
    login: 'bob',
  });
  expect(location.pathname).toBe('/second');
});

// "Must be `S256` - the `plain` code challenge method is not supported."; vouch/vouch-proxy#600
it.each<[string, Record<string, string>]>([
  ['plain', { code_challenge: challengeOf('v'), code_challenge_method: 'plain' }],
  ['a challenge without a method', { code_challenge: challengeOf('v') }],
  ['a method without a challenge', { code_challenge_method: 'S256' }],
  ['a challenge that is no hash', { code_challenge: 'abc', code_challenge_method: 'S256' }],
])('PKCE is S256 or nothing: %s', async (_what, parameters) => {
  const location = await client.authorize({ ...parameters, login: 'bob', state: 's' });
  expect(location.searchParams.get('error')).toBe('invalid_request');
  expect(location.searchParams.get('state')).toBe('s');
  expect(location.searchParams.has('code')).toBe(false);
});
