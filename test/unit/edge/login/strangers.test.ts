/** What somebody learns and costs who has not signed in. */
import { describe, expect, it } from 'vitest';
import { Browser, byScript } from './browser.ts';
import { label, otherLabel } from './login-stack.ts';
import { browser, deepLink, stack, useLogin } from './use-login.ts';

useLogin();

describe('threat 9: who looks for no page gets no redirect', () => {
  it.each([
    ['a script', 'GET', byScript],
    [
      'an image',
      'GET',
      { 'sec-fetch-mode': 'no-cors', 'sec-fetch-dest': 'image', accept: 'text/html' },
    ],
    ['a frame', 'GET', { 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'iframe' }],
    ['a program', 'GET', { accept: '*/*' }],
    ['a form', 'POST', { accept: 'text/html' }],
    ['a WebSocket', 'GET', { upgrade: 'websocket', accept: 'text/html' }],
  ])('%s', async (_, method, headers) => {
    const answer = await browser.send(deepLink, { method, headers });
    expect(answer.status).toBe(401);
    expect(answer.headers.get('content-type')).toBe('application/json');
    expect(answer.headers.get('location')).toBeNull();
    expect(answer.headers.getSetCookie()).toEqual([]);
  });
});

describe('threat 19: labels', () => {
  it('look all the same to a stranger, and nothing is looked up', async () => {
    for (const each of [label, otherLabel, 'never-issued']) {
      const stranger = new Browser(stack);
      const page = await stranger.open(`http://${each}.preview.localhost/`);
      expect(page.url.origin).toBe(stack.gitHub.url);
      expect(stranger.seen.map(({ status }) => status)).toEqual([303, 303, 200]);
    }
    expect(stack.port.calls).toEqual([]);
  });

  it('look all the same to somebody who is no member', async () => {
    const answers = [];
    for (const each of [label, 'never-issued']) {
      const outsider = new Browser(stack);
      const page = await outsider.open(`http://${each}.preview.localhost/`, 'mallory');
      const text = page.text.replaceAll(/tx=[\w.-]+/g, 'tx=…');
      answers.push([page.status, text.replace(/(name="ticket" value=)"[\w.-]+"/, '$1…')]);
    }
    expect(answers[0]).toEqual(answers[1]);
    expect(answers[0]?.[0]).toBe(404);
  });
});

it('threat 60: logins from one address are counted', async () => {
  const tx = (await browser.send(deepLink)).headers.get('location')!;
  const answers = [];
  for (let index = 0; index < 121; index += 1) answers.push((await browser.send(tx)).status);
  expect(answers.slice(0, 120)).toEqual(Array(120).fill(303));
  expect(browser.seen.at(-1)?.status).toBe(429);
  expect(browser.seen.at(-1)?.headers.get('retry-after')).toBe('1');
});
