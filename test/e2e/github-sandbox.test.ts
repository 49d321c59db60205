/** The GitHub sandbox as a process, and its pages in a browser. */
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { chromium, type Browser } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { portOf, startFile, stopAll, type Running } from '#sandbox/process.ts';
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
  const executablePath = (process.env.PATH ?? '')
    .split(delimiter)
    .flatMap((folder) =>
      ['chromium', 'chromium-browser', 'google-chrome'].map((name) => join(folder, name)),
    )
    .find((file) => existsSync(file));
  let browser: Browser | undefined;

  beforeAll(async () => {
    if (executablePath === undefined) return;
    const args = [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--disable-background-networking',
    ];
    browser = await chromium.launch({ executablePath, args });
  });
  afterAll(() => browser?.close());

  const named = (): string => `http://github.localhost:${portOf(github, 'http')}`;

  it('a person chooses who they are and is sent back with a code', async (context) => {
    if (browser === undefined) return context.skip('Chromium is not installed');
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

  it('an administrator removes a member, and the app hears of it', async (context) => {
    if (browser === undefined) return context.skip('Chromium is not installed');
    const page = await browser.newPage();
    await page.goto(named());
    await page.getByRole('link', { name: 'sandbox' }).click();
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
});
