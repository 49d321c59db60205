/** The last step of a login: a code becomes a session of one preview. */
import { describe, expect, it } from 'vitest';
import { Browser, byScript } from './browser.ts';
import { label, origin, otherOrigin } from './login-stack.ts';
import { browser, deepLink, session, stack, toPreviewCallback, useLogin } from './use-login.ts';

useLogin();

describe('the callback of the preview', () => {
  it('threat 5: of two redemptions at once one wins', async () => {
    const callback = await toPreviewCallback('bob');
    const jar = new Map(browser.cookies(origin));
    const twins = [new Browser(stack), new Browser(stack)];
    for (const twin of twins) for (const [n, v] of jar) twin.cookies(origin).set(n, v);
    const answers = await Promise.all(twins.map((twin) => twin.send(callback)));
    expect(answers.map(({ status }) => status).sort()).toEqual([303, 400]);
    expect(twins.filter((twin) => twin.cookies(origin).has(session))).toHaveLength(1);
  });

  it('threat 5: a code is too old after a minute', async () => {
    const callback = await toPreviewCallback('bob');
    stack.aheadMs = 60_001;
    const answer = await browser.send(callback);
    expect(answer.status).toBe(400);
    expect(browser.cookies(origin).has(session)).toBe(false);
  });

  it('threat 6: a stolen code opens nothing in a clean browser, and stays good for its owner', async () => {
    const callback = await toPreviewCallback('bob');
    const thief = new Browser(stack);
    const stolen = await thief.send(callback);
    expect(stolen.status).toBe(400);
    expect(stolen.headers.getSetCookie()).toEqual([]);
    expect(stolen.text).not.toContain(callback.searchParams.get('code'));
    expect((await browser.follow(await browser.send(callback))).text).toBe('the app, to bob');
  });

  it('threat 6: nor with a nonce of another login', async () => {
    const callback = await toPreviewCallback('bob');
    const name = [...browser.cookies(origin).keys()].find((each) => /_tx_/.test(each))!;
    const thief = new Browser(stack);
    await thief.open(deepLink);
    thief.cookies(origin).set(name, [...thief.cookies(origin).values()][0]!);
    expect((await thief.send(callback)).status).toBe(400);
    expect(thief.cookies(origin).has(session)).toBe(false);
  });

  it('is for GET only', async () => {
    const callback = await toPreviewCallback('bob');
    const answer = await browser.send(callback, { method: 'POST', body: 'a=b' });
    expect([answer.status, answer.headers.get('allow')]).toEqual([405, 'GET']);
    expect((await browser.follow(await browser.send(callback))).text).toBe('the app, to bob');
  });

  it('threat 13: the session of one preview is none on another', async () => {
    await browser.open(deepLink, 'bob');
    browser.cookies(otherOrigin).set(session, browser.cookies(origin).get(session)!);
    const answer = await browser.send(`${otherOrigin}/`, { headers: byScript });
    expect(answer.status).toBe(401);
  });

  it('access that was taken away since the code was made stays away', async () => {
    const callback = await toPreviewCallback('bob');
    stack.port.previews.get(label)!.epoch += 1;
    await browser.send(callback);
    expect((await browser.send(`${origin}/`, { headers: byScript })).status).toBe(401);
  });
});
