/** Somebody without an organisation: let in by a person or a repository, or not signed in at all. */
import { describe, expect, it } from 'vitest';
import { appOrigin, label, origin } from './login-stack.ts';
import { browser, deepLink, session, sso, stack, useLogin } from './use-login.ts';

useLogin();

describe('somebody without an organisation', () => {
  const calls = () =>
    stack.port.calls.filter((each) => /^(?:preview|readership|membership|startLogin)$/.test(each));

  it('who is a guest gets in, and the preview is asked for once', async () => {
    stack.port.previews.get(label)!.guests = [1005];
    expect((await browser.open(deepLink, 'nobody')).text).toBe('the app, to nobody');
    expect(calls()).toEqual(['preview', 'startLogin']);
  });

  it('who may read the repository gets in, and GitHub is asked about that once', async () => {
    stack.port.previews.get(label)!.readers = { ownerId: 1001, repositories: [2001] };
    stack.port.readers.set('2001:1005', { kind: 'member', role: 'member' });
    expect((await browser.open(deepLink, 'nobody')).text).toBe('the app, to nobody');
    expect(calls()).toEqual(['preview', 'readership', 'startLogin']);
  });

  it('threat 19: whom nobody let in gets no login, and the preview is asked for once', async () => {
    expect((await browser.open(deepLink, 'nobody')).status).toBe(404);
    expect(calls()).toEqual(['preview', 'membership']);
    expect(browser.cookies(appOrigin).has(sso)).toBe(false);
  });

  it('threat 7: who is not let in ends the login that the browser had', async () => {
    await browser.open(deepLink, 'bob');
    const begun = await browser.open(await chooseAnother());
    expect((await browser.follow(begun, 'nobody')).status).toBe(404);
    expect(stack.port.logins.size).toBe(0);
  });

  async function chooseAnother(): Promise<string> {
    browser.cookies(origin).delete(session);
    const begun = await browser.send(deepLink);
    return `${begun.headers.get('location')}&account=choose`;
  }
});
