/** What a login carries about its way back, and who may write it. */
import { describe, expect, it } from 'vitest';
import { beginTransaction } from '#edge/gate/transaction.ts';
import { KeyRing } from '#edge/gate/signing.ts';
import { appOrigin, label, origin, otherOrigin, random } from './login-stack.ts';
import { browser, codeOf, session, stack, toPreviewCallback, useLogin } from './use-login.ts';

useLogin();

describe('threat 1: the way back', () => {
  it.each(['//evil.example', '/\\evil.example', '/.byway/callback?code=a'])(
    '%s does not lead away',
    async (path) => {
      // Past the URL parser of a browser, which would not send some of these.
      const { token } = await beginTransaction(
        stack.ring,
        random,
        { label, returnPath: path },
        { appOrigin, nowMs: stack.nowMs() },
      );
      const answer = await browser.open(`${appOrigin}/authorize?tx=${token}`, 'bob');
      expect(answer.url.origin).toBe(origin);
      for (const { headers } of browser.seen) {
        const to = headers.get('location');
        expect(to ?? '').not.toContain('//evil');
      }
    },
  );
});

describe('threat 2: a transaction', () => {
  const time = () => ({ appOrigin, nowMs: stack.nowMs() });
  const refused = async (tx: string) => {
    const answer = await browser.send(`${appOrigin}/authorize?tx=${encodeURIComponent(tx)}`);
    expect(answer.status).toBe(400);
    expect(answer.headers.get('location')).toBeNull();
    expect(codeOf(answer)).toBe('BW-6010');
    expect(answer.headers.getSetCookie()).toEqual([]);
  };
  const begin = (ring = stack.ring, at = time()) =>
    beginTransaction(ring, random, { label, returnPath: '/' }, at).then(({ token }) => token);

  it('that somebody else signed is refused', async () => {
    await refused(await begin(await KeyRing.from([{ kid: 'a', seed: new Uint8Array(32) }])));
  });
  it('that has expired or is from the future is refused', async () => {
    await refused(await begin(stack.ring, { appOrigin, nowMs: stack.nowMs() - 600_001 }));
    await refused(await begin(stack.ring, { appOrigin, nowMs: stack.nowMs() + 60_000 }));
  });
  it('of another edge is refused', async () => {
    await refused(await begin(stack.ring, { ...time(), appOrigin: 'https://evil.example' }));
  });
  it.each(['', 'x', 'a.b.c'])('%j is refused', (text) => refused(text));

  it('is not taken twice over, and no host is read from elsewhere', async () => {
    const tx = await begin();
    const twice = await browser.send(`${appOrigin}/authorize?tx=${tx}&tx=${tx}`);
    expect(twice.status).toBe(400);
    const page = await browser.open(
      `${appOrigin}/authorize?tx=${tx}&rd=//evil.example&host=evil.example`,
      'bob',
    );
    expect(page.url.origin).toBe(origin);
  });

  it('of one preview does not end on another', async () => {
    const callback = await toPreviewCallback('bob');
    const there = new URL(callback.href.replace(origin, otherOrigin));
    const answer = await browser.send(there);
    expect(answer.status).toBe(400);
    expect(browser.cookies(otherOrigin).has(session)).toBe(false);
  });
});
