/** The way back from GitHub: only into the browser that left, once, and with no text of GitHub. */
import { describe, expect, it } from 'vitest';
import { Browser, type Seen } from './browser.ts';
import { appOrigin, label, otherOrigin } from './login-stack.ts';
import { browser, codeOf, deepLink, sso, stack, toGitHubAndBack, useLogin } from './use-login.ts';

useLogin();

describe('threat 3: the callback of GitHub', () => {
  const refused = (answer: Seen) => {
    expect(answer.status).toBe(400);
    expect(answer.headers.get('location')).toBeNull();
    expect(stack.port.logins.size).toBe(0);
    expect(browser.cookies(appOrigin).has(sso)).toBe(false);
  };
  const name = () => [...browser.cookies(appOrigin).keys()].find((each) => /gh_tx/.test(each))!;

  it('without the cookie makes no login', async () => {
    const callback = await toGitHubAndBack('bob');
    browser.cookies(appOrigin).clear();
    refused(await browser.send(callback));
  });

  it('with the cookie of another login makes none', async () => {
    const callback = await toGitHubAndBack('bob');
    const mine = name();
    const other = new Browser(stack);
    await other.open(deepLink);
    const [theirs] = [...other.cookies(appOrigin).values()];
    browser.cookies(appOrigin).set(mine, theirs!);
    refused(await browser.send(callback));
  });

  it('with another state makes none', async () => {
    const callback = await toGitHubAndBack('bob');
    const state = callback.searchParams.get('state')!;
    const [id, goal] = state.split(/\.(.*)/);
    callback.searchParams.set('state', `${id!.slice(0, 8)}${'A'.repeat(14)}.${goal}`);
    refused(await browser.send(callback));
  });

  it('with the goal of another login makes none', async () => {
    const callback = await toGitHubAndBack('bob');
    const other = await new Browser(stack).open(`${otherOrigin}/`);
    const [, theirs] = other.url.searchParams.get('state')!.split(/\.(.*)/);
    const [id] = callback.searchParams.get('state')!.split('.');
    for (const state of [`${id}.${theirs}`, id!, `${id}.x`]) {
      const again = new Browser(stack);
      for (const [n, v] of browser.cookies(appOrigin)) again.cookies(appOrigin).set(n, v);
      callback.searchParams.set('state', state);
      refused(await again.send(callback));
    }
  });

  it.each(['', 'x', 'A'.repeat(23), '../../x'])('with the state %j makes none', async (state) => {
    refused(await browser.send(`${appOrigin}/auth/github/callback?code=a&state=${state}`));
  });

  it('is good once', async () => {
    const callback = await toGitHubAndBack('bob');
    const [jar] = [new Map(browser.cookies(appOrigin))];
    await browser.send(callback);
    expect(stack.port.logins.size).toBe(1);
    const thief = new Browser(stack);
    for (const [key, value] of jar) thief.cookies(appOrigin).set(key, value);
    const answer = await thief.send(callback);
    expect(answer.status).toBe(400);
    expect(thief.cookies(appOrigin).has(sso)).toBe(false);
    // In the browser that is signed in by now it only leads on.
    const again = await browser.send(callback);
    expect(new URL(again.headers.get('location')!, appOrigin).pathname).toBe('/authorize');
    expect(stack.port.logins.size).toBe(1);
  });

  it('is too late after ten minutes', async () => {
    const callback = await toGitHubAndBack('bob');
    stack.aheadMs = 600_001;
    refused(await browser.send(callback));
  });

  it('with a changed cookie makes none, and nobody reads what is in it', async () => {
    const callback = await toGitHubAndBack('bob');
    const value = browser.cookies(appOrigin).get(name())!;
    expect(atob(value.split('.')[3]!.replaceAll('-', '+').replaceAll('_', '/'))).not.toContain(
      label,
    );
    const middle = Math.floor(value.length / 2);
    const changed = value.slice(0, middle) + (value[middle] === 'A' ? 'B' : 'A');
    browser.cookies(appOrigin).set(name(), changed + value.slice(middle + 1));
    refused(await browser.send(callback));
  });

  it('asks for a challenge that only the cookie has the verifier of', async () => {
    const page = await browser.open(deepLink);
    expect(page.url.searchParams.get('code_challenge_method')).toBe('S256');
    expect(page.url.searchParams.get('code_challenge')).toMatch(/^[\w-]{43}$/);
    expect(page.url.searchParams.get('allow_signup')).toBe('false');
  });
});

describe('threat 10: what GitHub or a stranger writes', () => {
  it('is not shown', async () => {
    const callback = await toGitHubAndBack('bob');
    callback.searchParams.delete('code');
    callback.searchParams.set('error', 'access_denied');
    callback.searchParams.set('error_description', '<svg onload=alert(1)>');
    const answer = await browser.send(callback);
    expect([answer.status, codeOf(answer)]).toEqual([403, 'BW-6012']);
    expect(answer.text).not.toContain('onload');
    expect(answer.headers.get('content-security-policy')).toContain("default-src 'none'");
  });

  it('somebody who cancels at GitHub is not signed in, and may try again', async () => {
    const page = await browser.open(deepLink, '');
    expect([page.status, codeOf(page)]).toEqual([403, 'BW-6012']);
    const link = /href="(\/authorize[^"]+)">Try again/.exec(page.text)![1]!;
    expect((await browser.open(new URL(link, appOrigin), 'bob')).text).toBe('the app, to bob');
  });
});
