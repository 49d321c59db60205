/** Logins of one browser that overlap. */
import { describe, expect, it } from 'vitest';
import { byScript, type Seen } from './browser.ts';
import { appOrigin, origin, otherOrigin } from './login-stack.ts';
import {
  browser,
  deepLink,
  stack,
  toGitHubAndBack,
  toPreviewCallback,
  useLogin,
} from './use-login.ts';

useLogin();

describe('threat 8: many tabs', () => {
  it('ten at once all land', async () => {
    const tabs = Array.from({ length: 10 }, (_, index) => `${origin}/tab/${index}`);
    const begun = await Promise.all(tabs.map((tab) => browser.open(tab)));
    const landed = await Promise.all(begun.map((tab) => landing(tab)));
    expect(landed.map(({ url }) => url.href).sort()).toEqual(tabs);
    for (const { text } of landed) expect(text).toBe('the app, to bob');
  });

  it('ten one after the other, of which the first lost their nonce, all land', async () => {
    const tabs = Array.from({ length: 10 }, (_, index) => `${origin}/tab/${index}`);
    const begun: Seen[] = [];
    for (const tab of tabs) begun.push(await browser.open(tab));
    const pending = [...browser.cookies(origin).keys()].filter((name) => /_tx_/.test(name));
    expect(pending).toHaveLength(3);
    const landed: Seen[] = [];
    for (const tab of begun.toReversed()) landed.push(await landing(tab));
    expect(landed.map(({ url }) => url.href)).toEqual(tabs.toReversed());
    for (const { text } of landed) expect(text).toBe('the app, to bob');
  });

  it('a tab that lost its cookie and whose person is not signed in may try again', async () => {
    const callback = await toGitHubAndBack('bob');
    browser.cookies(appOrigin).clear();
    const page = await browser.send(callback);
    expect(page.status).toBe(400);
    const link = /href="(\/authorize[^"]+)">Try again/.exec(page.text)![1]!;
    expect((await browser.open(new URL(link, appOrigin), 'bob')).text).toBe('the app, to bob');
  });

  it('and of two logins at once none ends the other', async () => {
    const [one, two] = [await browser.open(`${origin}/1`), await browser.open(`${otherOrigin}/2`)];
    await landing(one);
    await landing(two);
    expect(stack.port.logins.size).toBe(1);
    expect((await browser.send(`${origin}/`)).status).toBe(200);
    expect((await browser.send(`${otherOrigin}/`)).status).toBe(200);
  });

  it('at most three logins at GitHub are kept', async () => {
    for (let index = 0; index < 6; index += 1) await browser.open(deepLink);
    expect(browser.cookies(appOrigin).size).toBe(3);
    for (const value of browser.cookies(appOrigin).values()) {
      expect(value.length).toBeLessThan(400);
    }
  });

  it('a valid session wins over a nonce that is gone', async () => {
    const callback = await toPreviewCallback('bob');
    await browser.send(callback);
    const again = await browser.send(callback);
    expect([again.status, again.headers.get('location')]).toEqual([
      303,
      deepLink.slice(origin.length),
    ]);
  });

  it('50 requests by script create no cookies', async () => {
    for (let index = 0; index < 50; index += 1) {
      const answer = await browser.send(`${origin}/${index}`, { headers: byScript });
      expect(answer.status).toBe(401);
    }
    expect(browser.cookies(origin).size).toBe(0);
  });

  /** Goes on as a browser does, waiting pages included. */
  async function landing(tab: Seen): Promise<Seen> {
    let now =
      tab.status === 200 && tab.url.origin === origin ? tab : await browser.follow(tab, 'bob');
    for (let wait = 0; wait < 20; wait += 1) {
      const next =
        /http-equiv="refresh" content="1; url=([^"]+)"/.exec(now.text)?.[1] ??
        (now.status === 400
          ? /<a href="(\/[^"]*)">Open the preview again/.exec(now.text)?.[1]
          : undefined);
      if (next === undefined) return now;
      await new Promise((resolve) => setImmediate(resolve));
      now = await browser.open(new URL(next.replaceAll('&amp;', '&'), now.url), 'bob');
    }
    return now;
  }
});
