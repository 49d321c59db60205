/** An edge without a GitHub App: its operator registers one at `/dashboard/setup`, in Chromium. */
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { EdgePart } from '#sandbox/edge-part.ts';
import { freePort } from '#sandbox/free-port.ts';
import { startGitHub, type GitHubSandbox } from '#sandbox/github/github.ts';
import type { Running } from '#sandbox/process.ts';
import { Visitor } from '#sandbox/visitor.ts';
import { engine } from '../engine.ts';
import { faultsInEachLook, unfold } from '../dashboard-checks.ts';
import { answerGitHub, isAtGitHub, startChromium } from '../gate/chromium.ts';

vi.setConfig({ testTimeout: 120_000 });

const operatorToken = 'operator-token-of-the-setup-test';
const dir = mkdtempSync(join(tmpdir(), 'byway-setup-browser-'));
const file = join(dir, 'edge-data', 'github-app.json');
const bindings: Record<string, string> = {};
let github: GitHubSandbox;
let edge: Running;
let part: EdgePart;
let appUrl: string;
let browser: Browser;
let page: Page;

beforeAll(async () => {
  github = await startGitHub();
  const ports = { edge: await freePort(), metrics: await freePort() };
  appUrl = `http://byway.localhost:${ports.edge}`;
  part = new EdgePart({
    ...{ engine, dir, appUrl, ports, bindings },
    secrets: { operatorTokens: [operatorToken], keys: '' },
    more: {},
  });
  edge = await part.start();
  browser = await startChromium();
  page = await (await browser.newContext()).newPage();
}, 90_000);
afterAll(async () => {
  await browser.close();
  await edge.stop();
  const { violations } = github.journal;
  await github.stop();
  rmSync(dir, { recursive: true, force: true });
  expect(violations).toEqual([]);
});

async function fill(token: string, organisation = 'sandbox'): Promise<void> {
  await page.getByLabel('GitHub organisation').fill(organisation);
  const more = page.getByText('Another name');
  if (!(await page.getByLabel('Address of GitHub').isVisible())) await more.click();
  await page.getByLabel('Address of GitHub').fill(github.loopbackUrl);
  await page.getByLabel('Name of the app').fill('Byway by browser');
  await page.getByLabel('Operator token of this edge').fill(token);
  await page.getByRole('button', { name: 'Go on to GitHub' }).click();
}

/** axe finds nothing in what is shown now; with `BYWAY_SCREENSHOTS` a picture of it is kept. */
async function look(name: string): Promise<void> {
  expect(await faultsInEachLook(page)).toEqual([]);
  const folder = process.env.BYWAY_SCREENSHOTS;
  await page.setViewportSize({ width: 1280, height: 844 });
  await page.emulateMedia({ colorScheme: 'light' });
  if (folder) await page.screenshot({ path: join(folder, `${name}.png`), fullPage: true });
}

it('threats 39, 53 and 60: is for the operator, from its own page, and for who began it', async () => {
  const stranger = new Visitor();
  const form = await stranger.open(`${appUrl}/dashboard/setup`);
  const fields = { organisation: 'sandbox', web: github.loopbackUrl };
  expect((await stranger.submit(form, { ...fields, token: 'x'.repeat(32) })).status).toBe(403);
  const body = new URLSearchParams({ ...fields, token: operatorToken }).toString();
  const foreign = { method: 'POST', body, headers: { origin: 'http://evil.localhost' } };
  const refused = await stranger.send(`${appUrl}/dashboard/setup`, foreign);
  expect(refused.headers['x-byway-error']).toBe('BW-6018');
  expect(stranger.cookies(appUrl).size).toBe(0);
  const begun = await stranger.submit(form, { ...fields, token: operatorToken });
  const state = /state=([^"&]+)/.exec(begun.text)?.[1] ?? '';
  expect(begun.text).not.toContain(operatorToken);
  const callback = `${appUrl}/dashboard/setup/callback?code=abc&state=${state}`;
  for (const other of [new Visitor(), stranger]) {
    const strayed = await other.open(other === stranger ? `${callback}x` : callback);
    expect(strayed.headers['x-byway-error']).toBe('BW-6011');
  }
  // The cookie went with the answer.
  expect((await stranger.open(callback)).headers['x-byway-error']).toBe('BW-6011');
  for (let guess = 0; guess < 60; guess += 1) await stranger.submit(form, { token: 'wrong' });
  const tired = await stranger.submit(form, { ...fields, token: 'wrong' });
  expect([tired.status, tired.headers['x-byway-error']]).toEqual([429, 'BW-6015']);
});

it('says what is wrong, and keeps what was typed', async () => {
  await restart();
  await page.goto(`${appUrl}/`);
  await unfold(page);
  await look('setup-form');
  await fill('not-the-operators-token');
  expect(await page.getByRole('alert').innerText()).toContain('not the operator token');
  await fill(operatorToken, 'no organisation');
  expect(await page.getByRole('alert').innerText()).toContain('GitHub organisation: must be');
  await look('setup-wrong');
  expect(await page.getByLabel('Name of the app').inputValue()).toBe('Byway by browser');
  expect(await page.getByLabel('Operator token of this edge').inputValue()).toBe('');
});

it('registers the app, stores its secrets, and leads to the installation', async () => {
  await fill(operatorToken);
  await page.getByRole('button', { name: 'Register it at GitHub' }).waitFor();
  await look('setup-onwards');
  await page.getByRole('button', { name: 'Register it at GitHub' }).click();
  await page.getByRole('button', { name: 'Create app for sandbox' }).click();
  await page.getByRole('heading', { name: 'The GitHub App is registered' }).waitFor();
  const { client_secret: clientSecret, webhook_secret: webhookSecret } =
    github.state.world.apps.at(-1)!;
  await look(`setup-done-${engine}`);
  const text = await page.innerText('main');
  if (engine === 'node') {
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(readFileSync(file, 'utf8')).toContain(webhookSecret);
    expect(text).toContain(file);
    for (const secret of [clientSecret, webhookSecret, 'PRIVATE KEY']) {
      expect(await page.content()).not.toContain(secret);
    }
  } else {
    const secrets = await page.getByLabel('wrangler secret bulk').inputValue();
    Object.assign(bindings, JSON.parse(secrets) as Record<string, string>);
    const variables = await page.getByLabel('wrangler.toml').inputValue();
    for (const line of variables.split('\n')) {
      const [name = '', value = ''] = line.split(' = ');
      bindings[name] = JSON.parse(value) as string;
    }
    expect(bindings.GITHUB_CLIENT_SECRET).toBe(clientSecret);
  }
  await page.getByRole('link', { name: 'Install it in sandbox' }).click();
  await page.getByRole('heading', { name: 'Install Byway by browser' }).waitFor();
  // Stored by hand: the Worker has them after its next deploy.
  if (engine === 'cloudflare') await restart();
  await page.getByRole('button', { name: /^Install/ }).click();
  // GitHub leads back to the edge, which wants to know who that is.
  await page.waitForURL(isAtGitHub);
  await answerGitHub(page, 'alice');
  await page.getByText('It is installed in sandbox').waitFor();
});

it('is used up: the operator’s page is gone, also after a restart', async () => {
  await restart();
  const stranger = new Visitor();
  const body = new URLSearchParams({ token: operatorToken }).toString();
  const again = { method: 'POST', body, headers: { origin: appUrl } };
  expect((await stranger.send(`${appUrl}/dashboard/setup`, again)).status).toBe(404);
  await page.reload();
  await page.getByText('It is installed in sandbox').waitFor();
});

async function restart(): Promise<void> {
  await edge.stop();
  edge = await part.start();
}
