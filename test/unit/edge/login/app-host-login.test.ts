/** The login that the app host keeps: whose it is, how long it lasts, how it is ended. */
import { describe, expect, it } from 'vitest';
import { Browser, byScript } from './browser.ts';
import { appOrigin, origin, otherOrigin } from './login-stack.ts';
import { sidOf } from './memory-port.ts';
import { browser, deepLink, session, sso, stack, useLogin } from './use-login.ts';

useLogin();

describe('threat 7: a sid that was planted', () => {
  it('is replaced at login, and dead', async () => {
    const attacker = new Browser(stack);
    await attacker.open(deepLink, 'alice');
    const planted = attacker.cookies(appOrigin).get(sso)!;
    browser.cookies(appOrigin).set(sso, planted);
    const page = await browser.open(await choose(), 'bob');
    expect(page.text).toBe('the app, to bob');
    expect(browser.cookies(appOrigin).get(sso)).not.toBe(planted);
    expect(stack.port.logins.has(sidOf(planted))).toBe(false);
    expect((await attacker.send(`${origin}/`, { headers: byScript })).status).toBe(401);
  });

  it('is replaced also for the same person', async () => {
    await browser.open(deepLink, 'bob');
    const before = browser.cookies(appOrigin).get(sso)!;
    await browser.open(await choose(), 'bob');
    expect(browser.cookies(appOrigin).get(sso)).not.toBe(before);
    expect([...stack.port.logins.keys()]).toEqual([sidOf(browser.cookies(appOrigin).get(sso))]);
  });

  it('that was never given out counts as none', async () => {
    browser.cookies(appOrigin).set(sso, 'chosen-by-somebody');
    await browser.open(deepLink, 'bob');
    expect(browser.cookies(appOrigin).get(sso)).not.toBe('chosen-by-somebody');
  });

  async function choose(): Promise<string> {
    const begun = await browser.send(`${origin}/begin`, {});
    const location = begun.headers.get('location');
    if (location?.startsWith(appOrigin)) return `${location}&account=choose`;
    browser.cookies(origin).delete(session);
    return choose();
  }
});

describe('signing out', () => {
  it('ends all previews', async () => {
    await browser.open(deepLink, 'bob');
    await browser.open(`${otherOrigin}/`);
    const done = await browser.follow(
      await browser.submit(await browser.open(`${appOrigin}/logout`)),
    );
    expect(done.text).toContain('You are signed out');
    expect(browser.cookies(appOrigin).has(sso)).toBe(false);
    for (const each of [origin, otherOrigin]) {
      expect((await browser.send(`${each}/`, { headers: byScript })).status).toBe(401);
    }
  });

  it('threat 39: not by another site, and not by looking', async () => {
    await browser.open(deepLink, 'bob');
    for (const from of ['https://evil.example', origin, 'null', undefined]) {
      const headers: Record<string, string> = from === undefined ? {} : { origin: from };
      const body = 'a=b';
      const answer = await browser.send(`${appOrigin}/logout`, { method: 'POST', body, headers });
      expect(answer.status).toBe(403);
    }
    await browser.open(`${appOrigin}/logout`);
    expect(stack.port.logins.size).toBe(1);
  });

  it('on a preview ends that session and leads to the app host', async () => {
    await browser.open(deepLink, 'bob');
    await browser.open(`${otherOrigin}/`);
    const page = await browser.follow(
      await browser.send(`${origin}/.byway/logout`, { method: 'POST', headers: { origin } }),
    );
    expect(page.url.href).toBe(`${appOrigin}/logout`);
    expect((await browser.send(`${origin}/`, { headers: byScript })).status).toBe(401);
    expect((await browser.send(`${otherOrigin}/`, { headers: byScript })).status).toBe(200);
  });
});

it('a login on the app host ends after twelve hours', async () => {
  await browser.open(deepLink, 'bob');
  stack.aheadMs = 12 * 3600_000 + 1;
  expect((await browser.open(`${otherOrigin}/`)).url.origin).toBe(stack.gitHub.url);
});
