/** What the CLI asks for, and where an answer may be sent. */
import { describe, expect, it } from 'vitest';
import { challengeOf } from '#edge/gate/pkce.ts';
import { isLoopbackRedirect } from '#edge/login/client.ts';
import { authorizeUrl, back, codeFor, redeem, state, verifier } from './cli.ts';
import { appOrigin } from './login-stack.ts';
import { browser, stack, useLogin } from './use-login.ts';

useLogin();

describe('threat 4: the authorization request', () => {
  it.each([
    ['code_challenge', undefined],
    ['code_challenge', 'short'],
    ['code_challenge_method', undefined],
    ['code_challenge_method', 'plain'],
    ['response_type', 'token'],
    ['scope', 'everything'],
    ['organisation', '../x'],
  ])('with %s %j goes back with an error', async (name, value) => {
    const answer = back(await browser.send(await authorizeUrl({ [name]: value })));
    expect(answer).toMatchObject({ state, iss: appOrigin });
    expect(answer.error).toMatch(/^(invalid_request|unsupported_response_type|invalid_scope)$/);
    expect(answer).not.toHaveProperty('code');
  });

  it('without a good state goes back without one', async () => {
    for (const bad of [undefined, 'short', 'x'.repeat(513), 'new\nline-in-it']) {
      const answer = back(await browser.send(await authorizeUrl({ state: bad })));
      expect(answer).toMatchObject({ error: 'invalid_request' });
      expect(answer).not.toHaveProperty('state');
    }
  });

  it.each([
    'https://evil.example/callback-path',
    'http://127.0.0.1.evil.example:80/callback-path',
    'http://evil.example:80@127.0.0.1:80/callback-path',
    'http://127.0.0.1:80@evil.example/callback-path',
    'http://localhost:49152/callback-path',
    'http://127.0.0.1/callback-path',
    'http://127.0.0.1:0/callback-path',
    'http://127.0.0.1:65536/callback-path',
    'http://127.0.0.1:49152/',
    'http://127.0.0.1:49152/short',
    'http://127.0.0.1:49152/callback-path?a=b',
    'http://127.0.0.1:49152/callback-path#a',
    'http://127.0.0.1:49152/callback/../path',
    'http://127.0.0.1:49152//evil.example',
    'HTTP://127.0.0.1:49152/callback-path',
    'http://127.1:49152/callback-path',
    'javascript:alert(1)//127.0.0.1:1/aaaaaaaa',
  ])('to %s sends nobody anywhere', async (redirect_uri) => {
    const answer = await browser.send(await authorizeUrl({ redirect_uri }));
    expect([answer.status, answer.headers.get('location')]).toEqual([400, null]);
  });

  it.each(['http://127.0.0.1:1/abcdefgh', 'http://[::1]:65535/cb/abcdefgh-_~'])(
    'to %s is fine',
    (uri) => expect(isLoopbackRedirect(uri)).toBe(true),
  );

  it('of another client sends nobody anywhere', async () => {
    for (const client_id of [undefined, 'other']) {
      const answer = await browser.send(await authorizeUrl({ client_id }));
      expect([answer.status, answer.headers.get('location')]).toEqual([400, null]);
    }
  });

  it('with a parameter twice is refused', async () => {
    const url = await authorizeUrl();
    const answer = await browser.send(`${url}&redirect_uri=http://127.0.0.1:1/another-path`);
    expect([answer.status, answer.headers.get('location')]).toEqual([400, null]);
    expect(back(await browser.send(`${url}&scope=view&scope=view`)).error).toBe('invalid_request');
  });

  it('that is too long is refused', async () => {
    const answer = back(await browser.send(await authorizeUrl({ scope: 'view '.repeat(500) })));
    expect(answer.error).toBe('invalid_request');
  });

  it.each<[string, Record<string, string | undefined>, string]>([
    ['verifier left out', { code_verifier: undefined }, 'invalid_request'],
    ['another verifier', { code_verifier: `${verifier}x` }, 'invalid_grant'],
    ['the challenge as verifier', { code_verifier: 'challenge' }, 'invalid_grant'],
    ['another redirect', { redirect_uri: 'http://127.0.0.1:49152/cb/another1' }, 'invalid_grant'],
    ['no redirect', { redirect_uri: undefined }, 'invalid_grant'],
    ['another client', { client_id: 'other' }, 'invalid_client'],
  ])('code redeemed with %s gives nothing', async (_, change, error) => {
    const code = await codeFor('bob');
    if (change.code_verifier === 'challenge') change.code_verifier = await challengeOf(verifier);
    expect(await redeem(code, change)).toMatchObject({ status: 400, error });
    expect(stack.port.families.size).toBe(0);
  });
});
