import { createHash } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { challengeOf } from '#edge/gate/pkce.ts';
import { OAuth } from '#edge/github/oauth.ts';
import { alice, ScratchGitHub, type Told } from './scratch-github.ts';

const code = 'code-of-the-test';
const verifier = 'verifier-of-the-test-verifier-of-the-test-1';
const token = 'ghu_token-of-the-test';
const redirectUri = 'https://byway.example.com/.byway/github/callback';

let gitHub: ScratchGitHub;
beforeEach(async () => {
  gitHub = await new ScratchGitHub().start();
  gitHub
    .on('POST /login/oauth/access_token', {
      body: { access_token: token, token_type: 'bearer', scope: '', expires_in: 28_800 },
    })
    .on('GET /api/user', { body: { ...alice, type: 'User' } })
    .on('GET /api/user/installations', { body: { total_count: 1, installations: [installed(77)] } })
    .on(`DELETE /api/applications/Iv23liSample/token`, { status: 204 });
});
afterEach(() => gitHub.stop());

const installed = (id: number, type = 'Organization') => ({
  id: id + 1000,
  account: { id, login: `org-${id}`, type },
  target_type: type,
});
const oauth = () => new OAuth(gitHub.config, gitHub.services);
const identify = () => oauth().identify(code, verifier, redirectUri);
const forgotten = () => gitHub.askedOf('DELETE /api/applications').length;

describe('where a person is sent', () => {
  it('names the app, the challenge by S256, and nobody new', async () => {
    const codeChallenge = await challengeOf(verifier);
    const url = new URL(oauth().authorizeUrl({ redirectUri, state: 'a&b', codeChallenge }));
    expect(url.origin + url.pathname).toBe(`${gitHub.url}/login/oauth/authorize`);
    expect(Object.fromEntries(url.searchParams)).toEqual({
      client_id: 'Iv23liSample',
      redirect_uri: redirectUri,
      state: 'a&b',
      code_challenge: createHash('sha256').update(verifier).digest('base64url'),
      code_challenge_method: 'S256',
      allow_signup: 'false',
    });
  });

  it('may suggest an account, or have one chosen', () => {
    const query = { redirectUri, state: 's', codeChallenge: 'c' };
    const url = new URL(oauth().authorizeUrl({ ...query, login: 'alice', chooseAccount: true }));
    expect(url.searchParams.get('login')).toBe('alice');
    expect(url.searchParams.get('prompt')).toBe('select_account');
  });

  it('the challenge of RFC 7636, appendix B', async () => {
    const given = await challengeOf('dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk');
    expect(given).toBe('E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM');
  });
});

describe('who somebody is', () => {
  it('comes from the code, the verifier and the redirect URI', async () => {
    expect(await identify()).toEqual({
      kind: 'identified',
      user: alice,
      organisations: [{ id: 77, login: 'org-77', installationId: 1077 }],
    });
    const [exchange] = gitHub.asked;
    expect(exchange!.headers.accept).toBe('application/json');
    expect(Object.fromEntries(new URLSearchParams(exchange!.body))).toEqual({
      client_id: 'Iv23liSample',
      client_secret: 'client-secret-of-the-test',
      code,
      redirect_uri: redirectUri,
      code_verifier: verifier,
    });
    expect(gitHub.askedOf('GET /api/user').map(({ headers }) => headers.authorization)).toEqual([
      `Bearer ${token}`,
      `Bearer ${token}`,
    ]);
  });

  it('takes the organisations of all pages, and none of people', async () => {
    gitHub.on('GET /api/user/installations', (_asked, url) => {
      const page = Number(url.searchParams.get('page') ?? 1);
      expect(url.searchParams.get('per_page')).toBe('100');
      const next = `${gitHub.url}/api/user/installations?per_page=100&page=${page + 1}`;
      return {
        headers: page < 3 ? { link: `<${next}>; rel="next", <${gitHub.url}/x>; rel="last"` } : {},
        body: { total_count: 9, installations: [installed(page), installed(page + 10, 'User')] },
      };
    });
    const given = await identify();
    if (given.kind !== 'identified') throw new Error(given.kind);
    expect(given.organisations.map(({ id }) => id)).toEqual([1, 2, 3]);
  });

  it('does not send the token to a page elsewhere', async () => {
    const link = '<https://github.evil.example/api/user/installations?page=2>; rel="next"';
    gitHub.on('GET /api/user/installations', (_asked, url) => {
      const first = !url.searchParams.has('page');
      return {
        ...(first ? { headers: { link } } : {}),
        body: { installations: [installed(first ? 1 : 2)] },
      };
    });
    // GitHub behind another name than its own: the page is where the list is.
    expect(await identify()).toMatchObject({ organisations: [{ id: 1 }, { id: 2 }] });
  });

  it('an installation whose account is an enterprise is passed over', async () => {
    const enterprise = { id: 1, account: { id: 3, slug: 'big' }, target_type: 'Enterprise' };
    gitHub.on('GET /api/user/installations', {
      body: { installations: [enterprise, { ...installed(4), account: null }] },
    });
    expect(await identify()).toMatchObject({ kind: 'identified', organisations: [] });
  });
});

describe('the user token', () => {
  it('is given back after the two questions', async () => {
    await identify();
    const [last] = gitHub.asked.slice(-1);
    expect(`${last!.method} ${last!.url}`).toBe('DELETE /api/applications/Iv23liSample/token');
    expect(JSON.parse(last!.body)).toEqual({ access_token: token });
    const basic = Buffer.from('Iv23liSample:client-secret-of-the-test').toString('base64');
    expect(last!.headers.authorization).toBe(`Basic ${basic}`);
  });

  it.each(['GET /api/user', 'GET /api/user/installations'])(
    'is given back even when %s fails',
    async (route) => {
      gitHub.on(route, { status: 502, body: 'bad gateway' });
      expect(await identify()).toMatchObject({ kind: 'unavailable' });
      expect(forgotten()).toBe(1);
    },
  );

  it('of somebody who may not call any more is given back, and pauses nobody else', async () => {
    const one = oauth();
    gitHub.on('GET /api/user', { status: 429, headers: { 'retry-after': '3600' } });
    expect(await one.identify(code, verifier, redirectUri)).toEqual({
      kind: 'unavailable',
      retryAfterMs: 3_600_000,
    });
    expect(forgotten()).toBe(1);
    gitHub.on('GET /api/user', { body: alice });
    expect(await one.identify(code, verifier, redirectUri)).toMatchObject({ kind: 'identified' });
  });

  it('that GitHub does not take back hinders no login, and is told', async () => {
    gitHub.on('DELETE /api/applications/Iv23liSample/token', { status: 500 });
    expect(await identify()).toMatchObject({ kind: 'identified' });
    expect(gitHub.logged.join()).toContain('did not take a user token back');
  });

  it.each<[string, Told]>([
    ['refuses it', { status: 401, body: { message: 'Bad credentials' } }],
    ['redirects', { status: 302, headers: { location: '/elsewhere' } }],
  ])('is no identity when GitHub %s', async (_what, told) => {
    gitHub.on('GET /api/user', told);
    expect(await identify()).toEqual({ kind: 'not-identified', reason: 'token' });
    expect(gitHub.askedOf('elsewhere')).toEqual([]);
  });
});

describe('a code that GitHub does not exchange', () => {
  it.each([
    ['bad_verification_code', 'code'],
    ['incorrect_client_credentials', 'credentials'],
    ['redirect_uri_mismatch', 'redirect-uri'],
    ['unverified_user_email', 'email'],
    ['something_new', 'other'],
  ])('%s comes with status 200 and is %s', async (error, reason) => {
    const body = { error, error_description: `The code ${code} passed is incorrect.` };
    gitHub.on('POST /login/oauth/access_token', { body });
    expect(await identify()).toEqual({ kind: 'not-identified', reason });
    expect(gitHub.asked).toHaveLength(1);
  });

  it.each<[string, Told]>([
    ['no token', { body: { token_type: 'bearer' } }],
    ['a token of another kind', { body: { access_token: token, token_type: 'mac' } }],
    ['a list', { body: [] }],
    [
      'a token beside an error',
      { body: { access_token: token, token_type: 'bearer', error: 'x' } },
    ],
    [
      'a token with a refusal',
      { status: 404, body: { access_token: token, token_type: 'bearer' } },
    ],
    ['a redirect', { status: 302, headers: { location: '/login' }, body: {} }],
  ])('%s is no identity', async (_what, told) => {
    gitHub.on('POST /login/oauth/access_token', told);
    expect(await identify()).toEqual({ kind: 'not-identified', reason: 'other' });
  });

  it.each<[string, Told, number]>([
    ['500', { status: 500, body: {} }, 5_000],
    ['429', { status: 429, headers: { 'retry-after': '7' }, body: {} }, 7_000],
    ['HTML', { headers: { 'content-type': 'text/html' }, body: '<!doctype html>' }, 5_000],
    ['nothing', { fault: 'cut' }, 5_000],
  ])('%s means that GitHub is away', async (_what, told, retryAfterMs) => {
    gitHub.on('POST /login/oauth/access_token', told);
    expect(await identify()).toEqual({ kind: 'unavailable', retryAfterMs });
  });

  it('silence ends by itself', async () => {
    gitHub.on('POST /login/oauth/access_token', { fault: 'silent' });
    const impatient = new OAuth(gitHub.config, { ...gitHub.services, timeoutMs: 20 });
    expect(await impatient.identify(code, verifier, redirectUri)).toMatchObject({
      kind: 'unavailable',
    });
  });
});

it('threat 61: neither code nor token nor secret is in an outcome or a log line', async () => {
  const outcomes: unknown[] = [];
  const routes = [
    'POST /login/oauth/access_token',
    'GET /api/user',
    'GET /api/user/installations',
    'DELETE /api/applications/Iv23liSample/token',
  ];
  const echo = [code, token, 'client-secret-of-the-test', verifier].join(' ');
  for (const route of routes) {
    for (const told of [
      { status: 500, body: { message: echo } },
      { status: 403, body: { message: echo } },
      { status: 200, body: { error: echo } },
      { fault: 'cut' as const },
    ]) {
      const scratch = await new ScratchGitHub().start();
      scratch
        .on('POST /login/oauth/access_token', {
          body: { access_token: token, token_type: 'bearer' },
        })
        .on('GET /api/user', { body: alice })
        .on('GET /api/user/installations', { body: { installations: [] } })
        .on(route, told);
      const one = new OAuth(scratch.config, scratch.services);
      outcomes.push(await one.identify(code, verifier, redirectUri), ...scratch.logged);
      await scratch.stop();
    }
  }
  const text = JSON.stringify(outcomes);
  for (const secret of echo.split(' ')) expect(text).not.toContain(secret);
});
