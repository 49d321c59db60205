/** The GitHub sandbox as a process, and its pages in a browser. */
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { portOf, startFile, stopAll, type Running } from '#sandbox/process.ts';
import { startChromium } from './gate/chromium.ts';
import { Receiver } from '../unit/sandbox/github/receiver.ts';

let github: Running;
let receiver: Receiver;
let origin: string;

beforeAll(async () => {
  receiver = await Receiver.start();
  const flags = [
    '--webhook-url',
    receiver.url,
    '--callback-url',
    'http://byway.localhost/callback',
  ];
  github = await startFile('sandbox/github/main.ts', ['--json', ...flags]);
  origin = `http://127.0.0.1:${portOf(github, 'http')}`;
});
beforeEach(async () => {
  receiver.heard.length = 0;
  await fetch(`${origin}/_sandbox/reset`, { method: 'POST' });
});
afterAll(async () => {
  await stopAll();
  await receiver.stop();
});

const eventually = (check: () => void) =>
  expect.poll(() => (check(), true), { timeout: 20_000 }).toBe(true);

it('says where it is and what the app has to know', () => {
  const port = portOf(github, 'http');
  expect(github.said).toMatchObject({
    port,
    ready: true,
    url: `http://github.localhost:${port}`,
    api_url: `http://github.localhost:${port}/api/v3`,
    loopback_url: origin,
    app: {
      id: 77,
      client_id: expect.any(String),
      client_secret: expect.any(String),
      webhook_secret: expect.any(String),
      private_key: expect.stringContaining('BEGIN RSA PRIVATE KEY'),
    },
  });
});

it('refuses a port that is none', async () => {
  await expect(startFile('sandbox/github/main.ts', ['--port', 'x'])).rejects.toThrow(
    '--port x: must be from 0 to 65535',
  );
});

it('ends when it is told to', async () => {
  const other = await startFile('sandbox/github/main.ts', []);
  await other.stop();
  expect(await other.ended).toBe('0');
});

describe('in a browser', () => {
  let browser: Browser;

  beforeAll(async () => {
    browser = await startChromium();
  });
  afterAll(() => browser?.close());

  const named = (): string => `http://github.localhost:${portOf(github, 'http')}`;

  it('a person chooses who they are and is sent back with a code', async () => {
    const page = await browser.newPage();
    // Nobody listens at the callback: the way there is what counts.
    await page.route('http://byway.localhost/**', (route) => route.fulfill({ body: 'back' }));
    const { client_id } = github.said.app as { client_id: string };
    await page.goto(`${named()}/login/oauth/authorize?client_id=${client_id}&state=s`);
    await page.getByRole('button', { name: 'Continue as bob' }).press('Enter');
    await page.waitForURL('http://byway.localhost/callback?**');
    const { searchParams } = new URL(page.url());
    expect(searchParams.get('state')).toBe('s');
    expect(searchParams.get('code')).toMatch(/^[0-9a-f]{20}$/);
    await page.close();
  });

  it('an administrator removes a member, and the app hears of it', async () => {
    const page = await browser.newPage();
    await page.goto(named());
    await page.getByRole('link', { name: 'sandbox', exact: true }).click();
    await page.getByRole('button', { name: 'Remove bob' }).click();
    await page.getByRole('button', { name: 'Remove bob' }).waitFor({ state: 'detached' });
    await eventually(() => expect(receiver.heard).toHaveLength(1));
    expect(receiver.heard[0]!.payload).toMatchObject({
      action: 'member_removed',
      membership: { user: { login: 'bob', id: 1002 } },
      organization: { id: 1 },
    });
    await page.getByLabel('Person').selectOption('bob');
    await page.getByRole('button', { name: 'Add as member' }).click();
    await page.getByRole('button', { name: 'Remove bob' }).waitFor();
    expect(await (await fetch(`${origin}/_sandbox/violations`)).json()).toEqual([]);
    await page.close();
  });

  it('a pull request is talked about, closed and opened again, as one person and another', async () => {
    const page = await browser.newPage({ javaScriptEnabled: false });
    await page.goto(named());
    await page.getByRole('link', { name: 'sandbox/shop' }).click();
    await page.getByRole('link', { name: 'Free shipping over 50' }).click();
    await page.getByLabel('Acting as').selectOption('bob');
    await page.getByRole('button', { name: 'Switch' }).click();
    await page.getByLabel('Comment as bob').fill('/preview **public**');
    await page.getByRole('button', { name: 'Comment', exact: true }).click();
    const comment = page.getByRole('article', { name: 'Comment by bob' });
    expect(
      await comment.getByText('public', { exact: true }).evaluate(({ tagName }) => tagName),
    ).toBe('STRONG');
    expect(await page.getByRole('button', { name: 'Close pull request' }).count()).toBe(0);
    await eventually(() =>
      expect(receiver.heard.at(-1)!.payload).toMatchObject({
        action: 'created',
        comment: { body: '/preview **public**', user: { login: 'bob' } },
        issue: { number: 1, pull_request: { url: expect.any(String) } },
      }),
    );
    await page.getByLabel('Acting as').selectOption('alice');
    await page.getByRole('button', { name: 'Switch' }).click();
    await comment.getByText('☺').click();
    await comment.getByRole('button', { name: 'React eyes' }).click();
    await comment.getByRole('button', { name: 'eyes: 1', pressed: true }).waitFor();
    await page.getByRole('button', { name: 'Push a commit' }).click();
    await page.getByText('wants to merge 2 commits').waitFor();
    await page.getByRole('button', { name: 'Close pull request' }).click();
    await page.getByText('Closed', { exact: true }).waitFor();
    await page.getByRole('button', { name: 'Reopen pull request' }).click();
    await page.getByText('Open', { exact: true }).waitFor();
    await eventually(() =>
      expect(receiver.heard.map(({ payload }) => payload.action).sort()).toEqual(
        ['created', 'synchronize', 'closed', 'reopened'].sort(),
      ),
    );
    expect(await (await fetch(`${origin}/_sandbox/violations`)).json()).toEqual([]);
    await page.close();
  });

  it('nothing is wider than a narrow screen, and everything that takes input has a name', async () => {
    const page = await browser.newPage({ viewport: { width: 320, height: 640 } });
    const comment =
      '| Service | Preview | Access | Owner |\n|---|---|---|---|\n| a-long-name | b | c | d |';
    const body = { action: 'comment', repository: 'sandbox/shop', number: 1, body: comment };
    await fetch(`${origin}/_sandbox/actions`, { method: 'POST', body: JSON.stringify(body) });
    for (const path of [
      '/',
      '/sandbox',
      '/orgs/sandbox/people',
      '/sandbox/shop',
      '/sandbox/shop/pull/1',
      '/organizations/sandbox/settings/apps/new',
      '/organizations/sandbox/settings/installations/501',
      '/apps/byway-sandbox/installations/new',
    ]) {
      await page.goto(`${named()}${path}`);
      const seen = await page.evaluate(`({
        wide: document.documentElement.scrollWidth > innerWidth,
        headings: document.querySelectorAll('h1').length,
        nameless: [...document.querySelectorAll('input:not([type=hidden]), select, textarea')]
          .filter(({ labels }) => labels.length === 0).length,
      })`);
      expect([path, seen]).toEqual([path, { wide: false, headings: 1, nameless: 0 }]);
    }
    await page.close();
  });

  it('an app is made from a manifest that another site sends', async () => {
    const page = await browser.newPage();
    const manifest = JSON.stringify({
      name: 'From a manifest',
      url: 'http://byway.localhost',
      redirect_url: 'http://byway.localhost/setup',
      default_permissions: { pull_requests: 'write' },
    });
    await page.route('http://byway.localhost/**', (route) =>
      route.fulfill({
        contentType: 'text/html',
        body: route.request().url().includes('code=')
          ? 'back'
          : `<form method="post" action="${named()}/organizations/sandbox/settings/apps/new?state=s">
               <input name="manifest" value="${manifest.replaceAll('"', '&quot;')}"><button>Go</button>
             </form>`,
      }),
    );
    await page.goto('http://byway.localhost/');
    await page.getByRole('button', { name: 'Go' }).click();
    await page.getByRole('button', { name: 'Create app for sandbox' }).click();
    await page.waitForURL('http://byway.localhost/setup?**');
    const code = new URL(page.url()).searchParams.get('code')!;
    const conversion = `${origin}/api/v3/app-manifests/${code}/conversions`;
    const answer = await fetch(conversion, { method: 'POST', headers: { 'user-agent': 'x' } });
    expect(await answer.json()).toMatchObject({ slug: 'from-a-manifest' });
    await page.close();
  });
});
