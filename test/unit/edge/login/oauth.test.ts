/** The authorization server of the CLI: code with PKCE, tokens, revocation. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { challengeOf } from '#edge/gate/pkce.ts';
import { deviceName, isLoopbackRedirect } from '#edge/login/client.ts';
import { Browser, type Seen } from './browser.ts';
import { appOrigin, LoginStack, origin } from './login-stack.ts';

const redirectUri = 'http://127.0.0.1:49152/cb/s3cr3tpath';
const verifier = 'verifier-of-the-test-verifier-of-the-test-1';
const state = 'state-of-the-cli';
const tokenUrl = `${appOrigin}/oauth/token`;

let stack: LoginStack;
let browser: Browser;

beforeEach(async () => {
  stack = await LoginStack.start();
  browser = new Browser(stack);
});
afterEach(async () => {
  await stack.stop();
  expect(stack.gitHub.journal.violations).toEqual([]);
});

async function authorizeUrl(change: Record<string, string | undefined> = {}): Promise<string> {
  const parameters = {
    client_id: 'byway-cli',
    response_type: 'code',
    redirect_uri: redirectUri,
    state,
    code_challenge: await challengeOf(verifier),
    code_challenge_method: 'S256',
    device: "bob's laptop",
    ...change,
  };
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(parameters)) if (value) query.set(name, value);
  return `${appOrigin}/oauth/authorize?${query}`;
}

/** What the CLI's own listener is sent. */
function back({ status, headers }: Seen): Record<string, string> {
  const location = new URL(headers.get('location')!);
  expect(status).toBe(303);
  expect(location.origin + location.pathname).toBe(redirectUri);
  expect(headers.get('referrer-policy')).toBe('no-referrer');
  return Object.fromEntries(location.searchParams);
}

async function codeFor(as: string, change = {}): Promise<string> {
  const page = await browser.open(await authorizeUrl(change), as);
  return back(await browser.submit(page, { decision: 'allow' })).code!;
}

async function post(url: string, fields: Record<string, string | undefined>) {
  const body = new URLSearchParams();
  for (const [name, value] of Object.entries(fields))
    if (value !== undefined) body.set(name, value);
  const headers = { accept: 'application/json' };
  const answer = await new Browser(stack).send(url, {
    method: 'POST',
    body: body.toString(),
    headers,
  });
  expect(answer.headers.get('cache-control')).toBe('no-store');
  return { status: answer.status, ...(JSON.parse(answer.text) as Record<string, string>) };
}

const redeem = (code: string, change: Record<string, string | undefined> = {}) =>
  post(tokenUrl, {
    grant_type: 'authorization_code',
    client_id: 'byway-cli',
    code,
    redirect_uri: redirectUri,
    code_verifier: verifier,
    ...change,
  });
const refresh = (refresh_token: string) =>
  post(tokenUrl, { grant_type: 'refresh_token', client_id: 'byway-cli', refresh_token });
const invalidGrant = { status: 400, error: 'invalid_grant' };

describe('login of the CLI', () => {
  it('from GitHub over the consent to tokens', async () => {
    const page = await browser.open(await authorizeUrl(), 'bob');
    expect(page.text).toContain('Let bob&#39;s laptop use Byway as you?');
    expect(page.text).toContain('bob (GitHub)');
    expect(page.text).toContain('<option value="1">sandbox</option>');
    const { code, ...rest } = back(await browser.submit(page, { decision: 'allow' }));
    expect(rest).toEqual({ state, iss: appOrigin });
    const tokens = await redeem(code!);
    expect(tokens).toMatchObject({
      status: 200,
      token_type: 'Bearer',
      expires_in: 3600,
      scope: 'view intercept',
    });
    const [family] = [...stack.port.families.values()];
    expect(family?.grant).toEqual({
      user: { id: 1002, login: 'bob' },
      organisation: { id: 1, login: 'sandbox' },
      scopes: ['view', 'intercept'],
      device: "bob's laptop",
    });
  });

  it('asks GitHub only without a login in the browser', async () => {
    await browser.open(`${origin}/`, 'bob');
    const before = browser.seen.length;
    await browser.open(await authorizeUrl());
    expect(browser.seen.slice(before).map(({ url }) => url.origin)).toEqual([appOrigin]);
  });

  it('for the organisation that was asked for', async () => {
    const page = await browser.open(await authorizeUrl({ organisation: 'OTHERS' }), 'alice');
    expect(page.text).not.toContain('>sandbox</option>');
    const { code } = back(await browser.submit(page, { decision: 'allow' }));
    await redeem(code!);
    expect([...stack.port.families.values()][0]?.grant.organisation.id).toBe(2);
  });

  it('with fewer scopes', async () => {
    const { scope } = (await redeem(await codeFor('bob', { scope: 'view' }))) as { scope?: string };
    expect(scope).toBe('view');
  });

  it('cancelled by the person', async () => {
    const page = await browser.open(await authorizeUrl(), 'bob');
    expect(back(await browser.submit(page, { decision: 'deny' }))).toEqual({
      error: 'access_denied',
      state,
      iss: appOrigin,
    });
  });

  it.each([
    ['nobody', {}, 404],
    ['mallory', { organisation: 'sandbox' }, 404],
    ['bob', { organisation: 'others' }, 404],
  ])('of %s with %j is refused, with a way out', async (as, change, status) => {
    const page = await browser.open(await authorizeUrl(change), as);
    expect(page.status).toBe(status);
    expect(page.text).toContain('account=choose');
  });

  it('of a member who was removed meanwhile is refused', async () => {
    const page = await browser.open(await authorizeUrl(), 'bob');
    stack.gitHub.actions.act({ action: 'remove_member', org: 'sandbox', login: 'bob' });
    expect((await browser.submit(page, { decision: 'allow' })).status).toBe(404);
  });

  it('says what the server is', async () => {
    const { text } = await browser.send(`${appOrigin}/.well-known/oauth-authorization-server`);
    expect(JSON.parse(text)).toMatchObject({
      issuer: appOrigin,
      token_endpoint: tokenUrl,
      code_challenge_methods_supported: ['S256'],
      authorization_response_iss_parameter_supported: true,
    });
  });
});

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

describe('threat 5: a code', () => {
  it('of two redemptions at once at most one wins, and the second ends what the first got', async () => {
    const code = await codeFor('bob');
    const answers = await Promise.all([redeem(code), redeem(code)]);
    expect(answers.filter(({ status }) => status === 200).length).toBeLessThanOrEqual(1);
    expect(stack.port.families.size).toBe(0);
    for (const answer of answers) {
      const token = 'refresh_token' in answer ? String(answer.refresh_token) : undefined;
      if (token) expect(await refresh(token)).toMatchObject(invalidGrant);
    }
  });

  it('that comes again later ends the tokens', async () => {
    const code = await codeFor('bob');
    const { refresh_token: token } = (await redeem(code)) as { refresh_token?: string };
    expect(await redeem(code)).toMatchObject(invalidGrant);
    expect(await refresh(token!)).toMatchObject(invalidGrant);
  });

  it('is good for a minute', async () => {
    const code = await codeFor('bob');
    stack.aheadMs = 60_001;
    expect(await redeem(code)).toMatchObject(invalidGrant);
  });

  it.each(['', 'x', 'A'.repeat(43), 'A'.repeat(10_000)])('%j is none', async (code) => {
    expect(await redeem(code)).toMatchObject(invalidGrant);
  });
});

describe('refreshing', () => {
  const start = async () =>
    ((await redeem(await codeFor('bob'))) as { refresh_token?: string }).refresh_token!;

  it('gives the next pair', async () => {
    const next = await refresh(await start());
    expect(next).toMatchObject({ status: 200, token_type: 'Bearer' });
  });

  it('ends when the person is no longer a member', async () => {
    const token = await start();
    stack.gitHub.actions.act({ action: 'remove_member', org: 'sandbox', login: 'bob' });
    expect(await refresh(token)).toMatchObject(invalidGrant);
  });

  it('waits while GitHub is away, and goes on after', async () => {
    const token = await start();
    const match = { path: '/memberships/' };
    stack.gitHub.faults.arm({ match, fault: { kind: 'status', status: 502 } });
    expect(await refresh(token)).toMatchObject({ status: 503, error: 'temporarily_unavailable' });
    stack.aheadMs = 10_000;
    expect(await refresh(token)).toMatchObject({ status: 200 });
  });

  it('ends with a revocation, which always succeeds', async () => {
    const token = await start();
    const url = `${appOrigin}/oauth/revoke`;
    expect((await post(url, { client_id: 'byway-cli', token: 'unknown' })).status).toBe(200);
    expect((await post(url, { client_id: 'byway-cli', token })).status).toBe(200);
    expect(await refresh(token)).toMatchObject(invalidGrant);
    expect((await post(url, { client_id: 'byway-cli' })).status).toBe(400);
    expect((await post(url, { token })).status).toBe(400);
  });

  it.each([
    [{}, 'invalid_request'],
    [{ grant_type: 'password' }, 'unsupported_grant_type'],
    [{ grant_type: 'refresh_token' }, 'invalid_grant'],
    [{ grant_type: 'refresh_token', refresh_token: 'x'.repeat(513) }, 'invalid_grant'],
  ])('with %j is refused', async (fields, error) => {
    const answer = await post(tokenUrl, { client_id: 'byway-cli', ...fields });
    expect(answer).toMatchObject({ status: 400, error });
  });

  it('with a body that is no form, or too large, is refused', async () => {
    const send = (body: string, type?: string) =>
      new Browser(stack).send(tokenUrl, {
        method: 'POST',
        body,
        headers: type ? { 'content-type': type } : {},
      });
    browser.headers = {};
    const tooLarge = await send(`client_id=byway-cli&x=${'y'.repeat(16 * 1024)}`);
    expect([tooLarge.status, JSON.parse(tooLarge.text).error]).toEqual([400, 'invalid_request']);
    const twice = await send('client_id=byway-cli&client_id=byway-cli');
    expect(JSON.parse(twice.text).error).toBe('invalid_request');
    const json = await send('{}', 'application/json');
    expect(JSON.parse(json.text).error).toBe('invalid_request');
  });
});

describe('the consent', () => {
  it.each(['https://evil.example', origin, 'null', undefined])(
    'threats 39 and 53: sent from %s counts for nothing',
    async (from) => {
      await browser.open(`${origin}/`, 'bob');
      const body = new URLSearchParams(new URL(await authorizeUrl()).search);
      for (const [n, v] of [
        ['decision', 'allow'],
        ['user', '1002'],
        ['organisation_id', '1'],
      ]) {
        body.set(n!, v!);
      }
      const answer = await browser.send(`${appOrigin}/oauth/authorize`, {
        method: 'POST',
        body: body.toString(),
        headers: from === undefined ? {} : { origin: from },
      });
      expect([answer.status, answer.headers.get('location')]).toEqual([403, null]);
    },
  );

  it('about somebody else than who is signed in by now is asked again', async () => {
    const page = await browser.open(await authorizeUrl(), 'bob');
    const answer = await browser.submit(page, { decision: 'allow', user: '1001' });
    expect([answer.status, answer.headers.get('location')]).toEqual([400, null]);
  });

  it('for an organisation that is not theirs is asked again', async () => {
    const page = await browser.open(await authorizeUrl(), 'bob');
    const answer = await browser.submit(page, { decision: 'allow', organisation_id: '2' });
    expect([answer.status, answer.headers.get('location')]).toEqual([200, null]);
  });

  it('threat 53: a changed redirect is refused here too', async () => {
    const page = await browser.open(await authorizeUrl(), 'bob');
    const changed = { decision: 'allow', redirect_uri: 'https://evil.example/aaaaaaaa' };
    const answer = await browser.submit(page, changed);
    expect([answer.status, answer.headers.get('location')]).toEqual([400, null]);
  });

  it('threat 10: a device with an evil name is text', async () => {
    const device = '<svg onload=alert(1)>\u202e"';
    const page = await browser.open(await authorizeUrl({ device }), 'bob');
    expect(page.text).not.toContain('<svg');
    expect(page.text).not.toContain('\u202e');
    expect(page.text).toContain('&lt;svg onload=alert(1)&gt; &quot;');
    const { code } = back(await browser.submit(page, { decision: 'allow' }));
    expect(code).toBeDefined();
  });

  it('threat 53: lets the form lead to the CLI that asked and nowhere else', async () => {
    const page = await browser.open(await authorizeUrl(), 'bob');
    expect(page.headers.get('content-security-policy')).toContain(
      "form-action 'self' http://127.0.0.1:49152;",
    );
  });
});

it.each([
  [undefined, 'an unnamed device'],
  ['  \t ', 'an unnamed device'],
  ['a\r\nb\u0000c\u200bd', 'a b c d'],
  ['x'.repeat(65), 'x'.repeat(64)],
  ['💻'.repeat(70), '💻'.repeat(64)],
])('a device called %j is %j', (text, name) => expect(deviceName(text)).toBe(name));

it('threat 60: requests for tokens are counted by address', async () => {
  const statuses = [];
  for (let index = 0; index < 121; index += 1) statuses.push((await redeem('x')).status);
  expect(statuses.slice(0, 120)).toEqual(Array(120).fill(400));
  expect(statuses.at(-1)).toBe(429);
  expect(await redeem('x')).toMatchObject({ error: 'slow_down' });
});
