import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { spawn, type ChildProcess } from 'node:child_process';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { root } from '#sandbox/process.ts';
import { Visitor } from '#sandbox/visitor.ts';
import { engine } from './engine.ts';
import { startChromium } from './gate/chromium.ts';
import { call, until } from './world.ts';

interface Facts {
  edge: { app: string; preview_domain: string };
  ingress: { url: string; host: string };
  preview: { url: string };
  intercept: { id: string; name: string; header: { name: string; value: string } };
  laptop: { url: string };
  github: { url: string };
  pull_request: { url: string };
  dashboard: { url: string };
  users: { login: string; role: string }[];
  token: string;
  pids: Record<string, number>;
}

let demo: ChildProcess;
let output = '';
let facts: Facts;
let browser: Browser;
const temp = mkdtempSync(join(tmpdir(), 'byway-demo-test-'));

beforeAll(async () => {
  // As a person starts it: with the Node that is on the path.
  const args = ['sandbox/demo/main.ts', '--json', '--engine', engine];
  demo = spawn('node', [join(root, 'sandbox/bootstrap.mjs'), ...args], {
    env: { ...process.env, TMPDIR: temp },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let errors = '';
  demo.stderr!.on('data', (bytes: Buffer) => (errors += bytes.toString()));
  demo.stdout!.on('data', (bytes: Buffer) => (output += bytes.toString()));
  await until(
    () => {
      if (demo.exitCode !== null) throw new Error(errors);
      return Promise.resolve(output.includes('\n') ? true : undefined);
    },
    'the demo says nothing',
    60_000,
  );
  facts = JSON.parse(output) as Facts;
  browser = await startChromium();
}, 90_000);

afterAll(async () => {
  await browser?.close();
  if (demo.exitCode === null) demo.kill('SIGKILL');
  rmSync(temp, { recursive: true, force: true });
});

it('prints one line of JSON with what a program needs', () => {
  expect(output.trimEnd().split('\n')).toHaveLength(1);
  expect(facts.intercept.name).toBe('reviews');
  expect(facts.intercept.header).toEqual({
    name: 'x-telepresence-intercept-id',
    value: `${facts.intercept.id}:reviews`,
  });
  expect(facts.preview.url).toMatch(/^http:\/\/[a-z2-7-]+\.preview\.localhost:\d+$/);
  expect(Object.keys(facts.pids)).toEqual(
    expect.arrayContaining([
      'edge',
      'connector',
      'agent-web',
      'agent-catalog',
      'agent-reviews',
      'daemon',
      'ingress',
    ]),
  );
});

it('shows the laptop’s version by the preview URL and by the header, the cluster’s by the ingress', async () => {
  const ingress = new URL(facts.ingress.url);
  const { name, value } = facts.intercept.header;
  const port = Number(ingress.port);
  expect((await call({ port, host: ingress.host })).headers['x-shop-reviews']).toBe('cluster');
  const marked = await call({ port, host: ingress.host, headers: { [name]: value } });
  expect(marked.headers['x-shop-reviews']).toBe('laptop');
});

it('names people to sign in as, and a token that opens the preview', async () => {
  expect(facts.users).toEqual(
    expect.arrayContaining([
      { login: 'alice', role: 'admin' },
      { login: 'bob', role: 'member' },
      { login: 'mallory', role: 'outsider' },
    ]),
  );
  const preview = new URL(facts.preview.url);
  const at = { port: Number(preview.port), host: preview.host };
  expect((await call(at)).status).toBe(401);
  const opened = await call({ ...at, headers: { 'X-Byway-Token': facts.token } });
  expect(opened.headers['x-shop-reviews']).toBe('laptop');
});

it('lets a member in and an outsider not, in Chromium', async () => {
  const as = async (login: string) => {
    const context = await browser.newContext();
    const page = await context.newPage();
    await page.goto(facts.preview.url);
    expect(new URL(page.url()).origin).toBe(facts.github.url);
    await page.getByRole('button', { name: login }).click();
    await page.waitForLoadState();
    return page;
  };
  const outsider = await as('mallory');
  expect(new URL(outsider.url()).origin).toBe(facts.edge.app);
  expect(await outsider.locator('h1').textContent()).toBe('Perhaps another account');
  await outsider.context().close();
  const page = await as('bob');
  expect(new URL(page.url()).origin).toBe(new URL(facts.preview.url).origin);
  expect(await page.locator('body').getAttribute('data-reviews-version')).toBe('laptop');
  expect(await page.locator('.stars').count()).toBeGreaterThan(0);
  await page.goto(facts.ingress.url);
  expect(await page.locator('body').getAttribute('data-reviews-version')).toBe('cluster');
  expect(await page.locator('.stars').count()).toBe(0);
  const gone = await page.goto(facts.preview.url.replace('http://', 'http://x'));
  expect(gone?.status()).toBe(404);
  expect(await page.locator('h1').textContent()).toBe('Not open to this account');
  await page.context().close();
});

it('shows the preview at its pull request, in Chromium', async () => {
  expect(facts.pull_request.url).toBe(`${facts.github.url}/sandbox/shop/pull/1`);
  const page = await browser.newPage();
  const link = page.getByRole('article').getByRole('link', { name: 'Open' });
  await page.goto(facts.pull_request.url);
  expect(new URL((await link.getAttribute('href')) ?? '').origin).toBe(facts.preview.url);
  const says = (text: string) =>
    until(
      async () => {
        await page.goto(facts.pull_request.url);
        return (await page.innerText('body')).includes(text) ? true : undefined;
      },
      `the pull request does not say ${text}`,
      20_000,
    );
  for (const [command, text] of [
    ['/preview public 2h', 'public until'],
    ['/preview private', '🔒 organisation'],
  ] as const) {
    await page.getByLabel('Comment as alice').fill(command);
    await page.getByRole('button', { name: 'Comment', exact: true }).click();
    await says(text);
  }
  await page.close();
}, 60_000);

it('shows the pull request to outsiders, who command nothing there, and to members the dashboard', async () => {
  const mallory = new Visitor('mallory');
  const seen = await mallory.open(facts.pull_request.url);
  expect([seen.status, seen.text.includes('Preview links')]).toEqual([200, true]);
  const comment = { action: 'comment', repository: 'sandbox/shop', number: 1, login: 'mallory' };
  await mallory.send(`${facts.github.url}/_sandbox/actions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ ...comment, body: '/preview public' }),
  });
  await until(
    async () => {
      const { text } = await mallory.open(facts.pull_request.url);
      return text.includes('can make previews public') ? true : undefined;
    },
    'an outsider gets no reply',
    20_000,
  );
  expect((await new Visitor().send(`${facts.preview.url}/`)).status).toBe(303);
  const dashboard = await new Visitor('bob').open(facts.dashboard.url);
  expect([dashboard.status, dashboard.text.includes(new URL(facts.preview.url).host)]).toEqual([
    200,
    true,
  ]);
}, 30_000);

it('ends on SIGTERM and leaves no process and no file', async () => {
  const ended = new Promise<number | null>((resolve) => demo.once('exit', (code) => resolve(code)));
  demo.kill('SIGTERM');
  expect(await ended).toBe(0);
  const alive = Object.entries(facts.pids).filter(([, pid]) => existsSync(`/proc/${pid}`));
  expect(alive).toEqual([]);
  expect(readdirSync(temp).filter((name) => name.startsWith('byway'))).toEqual([]);
});
