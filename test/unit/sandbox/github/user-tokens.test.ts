/**
 * docs.github.com/en/apps/creating-github-apps/authenticating-with-a-github-app/generating-a-user-access-token-for-a-github-app
 * docs.github.com/en/apps/oauth-apps/maintaining-oauth-apps/troubleshooting-oauth-app-access-token-request-errors
 */
import { describe, expect, it } from 'vitest';
import { callbackUrl, challengeOf, useGitHub } from './client.ts';

const client = useGitHub();
const codeFor = async (login: string, parameters: Record<string, string> = {}) =>
  (await client.authorize({ login, ...parameters })).searchParams.get('code')!;

describe('a code', () => {
  it('becomes a token of eight hours', async () => {
    const { status, body } = await client.exchange({ code: await codeFor('bob') });
    expect(status).toBe(200);
    expect(body).toEqual({
      access_token: expect.stringMatching(/^ghu_\w{36}$/),
      expires_in: 28_800,
      refresh_token: expect.stringMatching(/^ghr_\w{76}$/),
      refresh_token_expires_in: 15_897_600,
      token_type: 'bearer',
      scope: '',
    });
    const as = `Bearer ${body.access_token}`;
    const user = await client.api('/user', { as });
    expect(user.body).toMatchObject({ id: 1002, login: 'bob', name: 'Bob Example', type: 'User' });
    client.github.state.clock.advance(28_800_000);
    expect((await client.api('/user', { as })).status).toBe(401);
  });

  it('is good once, and a wrong guess uses it up', async () => {
    const code = await codeFor('bob');
    expect((await client.exchange({ code })).body.access_token).toBeDefined();
    expect((await client.exchange({ code })).body.error).toBe('bad_verification_code');
    const other = await codeFor('bob', challenged('right'));
    expect((await client.exchange({ code: other, code_verifier: 'wrong' })).body.error).toBe(
      'bad_verification_code',
    );
    expect((await client.exchange({ code: other, code_verifier: 'right' })).body.error).toBe(
      'bad_verification_code',
    );
  });

  it('is good for ten minutes', async () => {
    const [early, late] = [await codeFor('bob'), await codeFor('bob')];
    client.github.state.clock.advance(599_000);
    expect((await client.exchange({ code: early })).body.access_token).toBeDefined();
    client.github.state.clock.advance(1_000);
    expect((await client.exchange({ code: late })).body.error).toBe('bad_verification_code');
  });

  // RFC 7636 §4.6
  it('with a challenge needs its verifier', async () => {
    const missing = await codeFor('bob', challenged('verifier'));
    expect((await client.exchange({ code: missing })).body.error).toBe('bad_verification_code');
    const code = await codeFor('bob', challenged('verifier'));
    const { body } = await client.exchange({ code, code_verifier: 'verifier' });
    expect(body.access_token).toBeDefined();
  });

  it.each<[string, Record<string, string>, string]>([
    ['another secret', { client_secret: 'wrong' }, 'incorrect_client_credentials'],
    ['another app', { client_id: 'Iv23other' }, 'incorrect_client_credentials'],
    ['another callback', { redirect_uri: `${callbackUrl}/x` }, 'redirect_uri_mismatch'],
    ['another code', { code: '00000000000000000000' }, 'bad_verification_code'],
    ['another grant', { grant_type: 'password' }, 'unsupported_grant_type'],
  ])('is refused with status 200: %s', async (_what, fields, error) => {
    const { status, body } = await client.exchange({ code: await codeFor('bob'), ...fields });
    expect(status).toBe(200);
    expect(body).toEqual({
      error,
      error_description: expect.any(String),
      error_uri: expect.stringMatching(/^https:\/\/docs\.github\.com\//),
    });
  });

  it('is answered as a form unless JSON is asked for', async () => {
    const { client_id, client_secret } = client.app;
    const code = await codeFor('bob');
    const { headers, body } = await client.fetch('/login/oauth/access_token', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ client_id, client_secret, code }),
    });
    expect(headers.get('content-type')).toContain('application/x-www-form-urlencoded');
    expect(new URLSearchParams(body).get('access_token')).toMatch(/^ghu_/);
  });
});

// docs.github.com/en/apps/creating-github-apps/authenticating-with-a-github-app/refreshing-user-access-tokens
it('a refresh token gives a new pair and ends the old one', async () => {
  const { body: first } = await client.exchange({ code: await codeFor('bob') });
  const renew = (refresh_token: string) =>
    client.exchange({ grant_type: 'refresh_token', refresh_token });
  const { body: second } = await renew(first.refresh_token);
  expect((await client.api('/user', { as: `Bearer ${first.access_token}` })).status).toBe(401);
  expect((await client.api('/user', { as: `Bearer ${second.access_token}` })).body.id).toBe(1002);
  expect((await renew(first.refresh_token)).body.error).toBe('bad_refresh_token');
});

// docs.github.com/en/rest/apps/installations#list-app-installations-accessible-to-the-user-access-token
describe('/user/installations', () => {
  const seenBy = async (login: string) =>
    (await client.api('/user/installations', { as: await client.userToken(login) })).body;

  it.each([
    ['alice', 1],
    ['bob', 1],
    ['pat', 0],
    ['mallory', 0],
  ])('lists for %s: %i', async (login, count) => {
    const body = await seenBy(login);
    expect(body.total_count).toBe(count);
    expect(body.installations.map(({ id }: { id: number }) => id)).toEqual(
      count === 0 ? [] : [501],
    );
  });

  it('lists nothing for a member without a session of single sign-on (Reviewable#804)', async () => {
    client.github.actions.act({ action: 'set_member', org: 'sandbox', login: 'bob', saml: true });
    expect((await seenBy('bob')).total_count).toBe(0);
  });

  it('lists for an outside collaborator, who is no member', async () => {
    client.github.state.world.organizations[0]!.outside_collaborators.push(1003);
    expect((await seenBy('mallory')).total_count).toBe(1);
  });

  it('is for people only', async () => {
    const as = await client.installationToken();
    expect((await client.api('/user/installations', { as })).status).toBe(403);
    expect((await client.api('/user/installations')).status).toBe(401);
  });
});

// docs.github.com/en/rest/apps/oauth-applications
describe('an app gives back', () => {
  const path = (what: string): string => `/applications/${client.app.client_id}/${what}`;
  const tokenOf = (as: string) => ({ access_token: as.replace('Bearer ', '') });

  it('one token: DELETE token', async () => {
    const [one, other] = [await client.userToken('bob'), await client.userToken('bob')];
    const gone = { method: 'DELETE', as: client.basic, body: tokenOf(one) };
    expect((await client.api(path('token'), gone)).status).toBe(204);
    expect((await client.api('/user', { as: one })).status).toBe(401);
    expect((await client.api('/user', { as: other })).status).toBe(200);
    expect((await client.api(path('token'), gone)).status).toBe(404);
  });

  it('all of them: DELETE grant', async () => {
    const [one, other] = [await client.userToken('bob'), await client.userToken('bob')];
    const alice = await client.userToken('alice');
    const answer = await client.api(path('grant'), {
      method: 'DELETE',
      as: client.basic,
      body: tokenOf(one),
    });
    expect(answer.status).toBe(204);
    for (const as of [one, other]) expect((await client.api('/user', { as })).status).toBe(401);
    expect((await client.api('/user', { as: alice })).status).toBe(200);
  });

  it('with its own secret only', async () => {
    const as = await client.userToken('bob');
    const body = tokenOf(as);
    for (const wrong of [
      undefined,
      as,
      client.jwt(),
      `Basic ${btoa(`${client.app.client_id}:x`)}`,
    ]) {
      const asking = { method: 'DELETE', body, ...(wrong === undefined ? {} : { as: wrong }) };
      expect((await client.api(path('token'), asking)).status).toBe(401);
    }
    expect((await client.api('/user', { as })).status).toBe(200);
  });
});

function challenged(verifier: string): Record<string, string> {
  return { code_challenge: challengeOf(verifier), code_challenge_method: 'S256' };
}
