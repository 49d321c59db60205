/** `byway setup github` with a real browser: script, policy and cookies as they are. */
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { Browser } from 'playwright-core';
import { startChromium } from '../gate/chromium.ts';
import { SetupWorld } from './world.ts';

vi.setConfig({ testTimeout: 120_000 });

let world: SetupWorld;
let browser: Browser;
beforeEach(async () => {
  world = new SetupWorld();
  await world.start();
  browser = await startChromium();
});
afterEach(async () => {
  await browser.close();
  await world.stop();
});

it('the page goes on to GitHub by itself, and GitHub’s answer leads to the installation', async () => {
  const { address, ended } = await world.beginSetup('--name', 'By browser');
  const context = await browser.newContext();
  const page = await context.newPage();
  const errors: string[] = [];
  page.on('console', (message) => {
    if (message.type() === 'error') errors.push(message.text());
  });
  await page.goto(address);
  await page.waitForURL(/settings\/apps\/new\?state=/);
  // As after a sign-in at GitHub that has lost the form.
  await page.goto(address);
  await page.waitForURL(/settings\/apps\/new\?state=/);
  await page.getByRole('button', { name: 'Create app for sandbox' }).click();
  await page.getByRole('heading', { name: 'The GitHub App is registered' }).waitFor();
  expect((await ended).code).toBe(0);
  await page.getByRole('link', { name: 'Install it in sandbox' }).click();
  await page.getByRole('heading', { name: 'Install By browser' }).waitFor();
  expect(errors.filter((text) => !text.includes('favicon'))).toEqual([]);
});

it('without script there is a button', async () => {
  const { address } = await world.beginSetup('--name', 'By hand');
  const context = await browser.newContext({ javaScriptEnabled: false });
  const page = await context.newPage();
  await page.goto(address);
  await page.getByRole('button', { name: 'Go on to GitHub' }).click();
  await page.getByRole('button', { name: 'Create app for sandbox' }).waitFor();
});
