/** The login of a member, from a deep link back to it. */
import { describe, expect, it } from 'vitest';
import { maxReturnPathCharacters } from '#edge/gate/return-path.ts';
import { appOrigin, origin, otherOrigin } from './login-stack.ts';
import { browser, deepLink, session, sso, stack, useLogin } from './use-login.ts';

useLogin();

describe('a member', () => {
  it('comes back to the very page', async () => {
    const page = await browser.open(deepLink, 'bob');
    expect(page.text).toBe('the app, to bob');
    expect(page.url.href).toBe(deepLink);
    expect([...browser.cookies(origin).keys()].sort()).toEqual([
      session,
      '__Host-byway_tx_landings',
    ]);
    expect([...browser.cookies(appOrigin).keys()]).toEqual([sso]);
  });

  it('needs GitHub once for all previews, and for each a session of its own', async () => {
    await browser.open(deepLink, 'bob');
    const before = stack.gitHub.journal.requests.length;
    const page = await browser.open(`${otherOrigin}/`);
    expect(page.text).toBe('the app, to bob');
    const asked = stack.gitHub.journal.requests.slice(before).map(({ path }) => path);
    expect(asked.filter((path) => path.includes('/login/oauth'))).toEqual([]);
    expect(browser.cookies(origin).get(session)).not.toBe(
      browser.cookies(otherOrigin).get(session),
    );
  });

  it('sends the whole way with 303 and without a Referer', async () => {
    await browser.open(deepLink, 'bob');
    const own = browser.seen.filter(({ url }) => url.origin !== stack.gitHub.url);
    for (const { status, headers } of own.slice(0, -1)) {
      expect(status).toBe(303);
      expect(headers.get('referrer-policy')).toBe('no-referrer');
      expect(headers.get('cache-control')).toBe('no-store');
    }
  });

  it('with the longest return path there is', async () => {
    const path = `/${'a'.repeat(maxReturnPathCharacters - 1)}`;
    expect((await browser.open(origin + path, 'bob')).url.href).toBe(origin + path);
  });

  it('may switch the account', async () => {
    await browser.open(deepLink, 'mallory');
    const denied = browser.seen.at(-1)!;
    const link = /href="([^"]+account=choose)"/.exec(denied.text)?.[1]?.replaceAll('&amp;', '&');
    const chooser = await browser.open(new URL(link!, appOrigin));
    expect(chooser.url.searchParams.get('prompt')).toBe('select_account');
    expect((await browser.follow(chooser, 'bob')).text).toBe('the app, to bob');
  });

  it('threat 14: has nothing in the session that opens the app host', async () => {
    await browser.open(deepLink, 'bob');
    const [, claims = ''] = browser.cookies(origin).get(session)!.split('.');
    expect(Buffer.from(claims, 'base64url').toString()).not.toContain(
      browser.cookies(appOrigin).get(sso),
    );
  });

  it('keeps no token of GitHub', async () => {
    await browser.open(deepLink, 'bob');
    const everything = JSON.stringify([
      [...stack.port.logins.values()],
      stack.logged,
      browser.seen.map(({ headers, text }) => [[...headers], text]),
    ]);
    expect(everything).not.toMatch(/gh[ousr]_/);
  });
});
