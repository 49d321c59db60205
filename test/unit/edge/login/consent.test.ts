/** The page on which a person lets the CLI act for them. */
import { describe, expect, it } from 'vitest';
import { deviceName } from '#edge/login/client.ts';
import { authorizeUrl, back } from './cli.ts';
import { appOrigin, origin } from './login-stack.ts';
import { browser, useLogin } from './use-login.ts';

useLogin();

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
