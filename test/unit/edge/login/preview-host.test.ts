/** The preview host's half: waiting tabs, lost sessions, tokens, the notice of public previews. */
import { beforeEach, describe, expect, it } from 'vitest';
import { cookieName, readCookies } from '#edge/gate/cookies.ts';
import { firstVisit, type FirstVisit } from '#edge/gate/first-visit.ts';
import { responseOf } from '#edge/login/visit.ts';
import { Browser, byScript } from './browser.ts';
import { appOrigin, label, origin, otherOrigin } from './login-stack.ts';
import { browser, stack, toPreviewCallback, useLogin } from './use-login.ts';

useLogin();

describe('threat 8: a tab whose nonce is gone', () => {
  const nonce = () => [...browser.cookies(origin).keys()].find((name) => /_tx_/.test(name))!;

  it('waits for another tab that is signing in, for a while, then begins anew', async () => {
    const mine = await toPreviewCallback('bob', `${origin}/a`);
    browser.cookies(origin).delete(nonce());
    browser.cookies(origin).set('__Host-byway_tx_AAAAAAAA', 'A'.repeat(43));
    let url = mine;
    for (let wait = 1; wait <= 2; wait += 1) {
      const page = await browser.send(url);
      expect(page.status).toBe(400);
      const next = /content="1; url=([^"]+)"/.exec(page.text)?.[1]?.replaceAll('&amp;', '&');
      expect(next).toContain(`wait=${wait}`);
      expect(page.text).not.toContain(mine.searchParams.get('code'));
      url = new URL(next!, origin);
    }
    const last = await browser.send(url);
    expect(last.status).toBe(303);
    expect(last.headers.get('location')).toMatch(/\/a$/);
    expect(last.headers.get('set-cookie') ?? '').not.toContain('session');
  });

  it('does not wait where no cookies are kept', async () => {
    const mine = await toPreviewCallback('bob', `${origin}/a`);
    browser.cookies(origin).clear();
    const page = await browser.send(mine);
    expect(page.status).toBe(400);
    expect(page.text).not.toContain('http-equiv');
  });
});

describe('threat 16: a session that does not last', () => {
  const spoil = () => browser.cookies(origin).set(cookieName.session, 'written.by.the-app');

  it('leads to one clean login, and to a page when it happens again and again', async () => {
    expect((await browser.open(`${origin}/a`, 'bob')).text).toBe('the app, to bob');
    spoil();
    expect((await browser.open(`${origin}/a`)).text).toBe('the app, to bob');
    spoil();
    const page = await browser.open(`${origin}/a`);
    expect([page.status, page.text.match(/BW-\d+/)?.[0]]).toEqual([400, 'BW-6016']);
    const hops = browser.seen.length;
    expect((await browser.open(`${origin}/a`)).text).toBe('the app, to bob');
    expect(browser.seen.length - hops).toBe(4);
  });

  it('where cookies are never kept ends on a page, not in a circle', async () => {
    const forgetful = new Browser(stack);
    const jar = forgetful.cookies(origin);
    jar.set = () => jar;
    const page = await forgetful.open(`${origin}/a`, 'bob');
    expect([page.status, page.url.pathname]).toEqual([400, '/.byway/callback']);
  });
});

describe('a token for a session', () => {
  const swap = (token?: string, method = 'POST', to = origin) =>
    browser.send(`${to}/.byway/session`, {
      method,
      headers: token === undefined ? {} : { 'x-byway-token': token },
    });
  beforeEach(() => void stack.tokens.set('good', label));

  it('opens the preview for a browser without a person', async () => {
    const answer = await swap('good');
    expect(answer.status).toBe(204);
    const [cookie] = answer.headers.getSetCookie();
    expect(cookie).toMatch(
      /^__Host-byway_session=[\w.-]+; Max-Age=(59|60); Path=\/; Secure; HttpOnly; SameSite=Lax$/,
    );
    expect((await browser.send(`${origin}/`, { headers: byScript })).text).toBe('the app, to bob');
  });

  it.each([[undefined], ['bad'], ['']])('threat 55: %j opens nothing', async (token) => {
    const answer = await swap(token);
    expect(answer.status).toBe(401);
    expect(answer.headers.get('www-authenticate')).toContain('Bearer');
    expect(answer.headers.getSetCookie()).toEqual([]);
  });

  it('threat 55: a bad token with a good cookie opens nothing', async () => {
    await browser.open(`${origin}/`, 'bob');
    expect((await swap('bad')).status).toBe(401);
  });

  it('threat 13: is for its own preview', async () => {
    expect((await swap('good', 'POST', otherOrigin)).status).toBe(401);
  });

  it('is not swapped by looking', async () => {
    const answer = await swap('good', 'GET');
    expect([answer.status, answer.headers.get('allow')]).toEqual([405, 'POST']);
    expect(answer.headers.getSetCookie()).toEqual([]);
  });
});

it('signing out on a preview takes GET and POST', async () => {
  await browser.open(`${origin}/`, 'bob');
  const looked = await browser.send(`${origin}/.byway/logout`);
  expect(looked.headers.get('location')).toBe(`${appOrigin}/logout`);
  expect(looked.headers.getSetCookie()).toEqual([]);
  const answer = await browser.send(`${origin}/.byway/logout`, { method: 'PUT' });
  expect(answer.status).toBe(405);
  const headers = { origin: 'https://evil.example' };
  const foreign = await browser.send(`${origin}/.byway/logout`, { method: 'POST', headers });
  expect(foreign.status).toBe(403);
  expect(foreign.headers.getSetCookie()).toEqual([]);
});

describe('threat 59: the first visit of a public preview', () => {
  const navigate = [
    'accept',
    'text/html',
    'sec-fetch-mode',
    'navigate',
    'sec-fetch-dest',
    'document',
  ];
  const visit = (change: Partial<FirstVisit> = {}) =>
    firstVisit({
      method: 'GET',
      target: '/a?b="<svg>',
      head: navigate,
      cookies: readCookies(change.head ?? navigate),
      signedIn: false,
      origin,
      ownerLogin: 'alice',
      reportUrl: `${appOrigin}/report?preview=${label}`,
      ...change,
    });

  it('says who shares it, and where to report it', async () => {
    const text = await responseOf(visit()!).text();
    expect(text).toContain('<strong>alice</strong>');
    expect(text).toContain(`href="${appOrigin}/report?preview=${label}"`);
    expect(text).not.toContain('<svg');
  });

  it('threat 40: the notice cannot be framed', () => {
    const { headers } = responseOf(visit()!);
    expect(headers.get('content-security-policy')).toContain("frame-ancestors 'none'");
    expect(headers.get('x-frame-options')).toBe('DENY');
  });

  it.each<[string, Partial<FirstVisit>]>([
    ['a program', { head: ['accept', '*/*'] }],
    ['a script', { head: Object.entries(byScript).flat() }],
    ['a form', { method: 'POST' }],
    ['a WebSocket', { head: [...navigate, 'upgrade', 'websocket'] }],
    ['a signed-in viewer', { signedIn: true }],
    ['somebody who has seen it', { head: [...navigate, 'cookie', '__Host-byway_seen=1'] }],
  ])('is not for %s', (_, change) => {
    expect(visit(change)).toBeUndefined();
  });

  const seen = (change: { method?: string; origin?: string; to?: string }) =>
    browser.send(`${origin}/.byway/seen`, {
      method: change.method ?? 'POST',
      ...(change.method === 'GET'
        ? {}
        : { body: new URLSearchParams({ to: change.to ?? '/a' }).toString() }),
      headers: { origin: change.origin ?? origin },
    });

  it('is over with a click, which leads to the page', async () => {
    const page = { ...responseOf(visit()!), text: await responseOf(visit()!).text() };
    const to = /name="to" value="([^"]+)"/.exec(page.text)![1]!;
    const answer = await seen({ to });
    expect([answer.status, answer.headers.get('location')]).toEqual([303, '/a?b=%22%3Csvg%3E']);
    const head = [...navigate, 'cookie', answer.headers.getSetCookie()[0]!.split(';')[0]!];
    expect(visit({ head })).toBeUndefined();
  });

  it.each(['https://evil.example', otherOrigin, 'null'])(
    'but not by a page of %s',
    async (from) => {
      const answer = await seen({ origin: from });
      expect(answer.status).toBe(403);
      expect(answer.headers.getSetCookie()).toEqual([]);
    },
  );

  it('nor by looking', async () => {
    expect((await seen({ method: 'GET' })).status).toBe(405);
  });

  it.each(['//evil.example', 'https://evil.example', '/\\evil.example', '', 'x'.repeat(9000)])(
    'threat 1: %j leads to the start of the preview',
    async (to) => {
      expect((await seen({ to })).headers.get('location')).toBe('/');
    },
  );
});
