import { mkdirSync } from 'node:fs';
import { afterAll, beforeAll, it } from 'vitest';
import type { Browser } from 'playwright-core';
import { continueAs, startChromium } from './gate/chromium.ts';
import { GateScene } from './gate/scene.ts';

const scene = new GateScene();
let browser: Browser;
const dir = '/tmp/shots';
beforeAll(async () => {
  mkdirSync(dir, { recursive: true });
  [browser] = await Promise.all([startChromium(), scene.start()]);
}, 90_000);
afterAll(async () => {
  await browser?.close();
  await scene.stop();
});

it('shots', async () => {
  const origins = [await scene.preview(), await scene.preview(), await scene.preview('public')];
  console.log(origins);
  const plans = [
    { name: 'light-1280', width: 1280, height: 800, colorScheme: 'light' as const },
    { name: 'dark-1280', width: 1280, height: 800, colorScheme: 'dark' as const },
    { name: 'light-390', width: 390, height: 844, colorScheme: 'light' as const },
    { name: 'dark-390', width: 390, height: 844, colorScheme: 'dark' as const },
  ];
  for (const { name, width, height, colorScheme } of plans) {
    const context = await browser.newContext({ viewport: { width, height }, colorScheme });
    const page = await context.newPage();
    page.on('console', (message) => console.log(message.text()));
    page.on('pageerror', (error) => console.log(error.message));
    await page.goto(`${scene.appUrl}/`);
    await page.screenshot({ path: `${dir}/welcome-${name}.png` });
    await page.getByRole('link', { name: 'Sign in with GitHub' }).click();
    await continueAs(page, 'alice');
    await page.waitForSelector('[data-live-light]:not([hidden])');
    const summary = page.locator('summary', { hasText: 'Make public' }).first();
    await summary.click();
    await page.screenshot({ path: `${dir}/previews-${name}.png` });
    for (const path of ['clusters', 'tokens', 'policy', 'audit']) {
      await page.goto(`${scene.appUrl}/dashboard/${path}`);
      if (path === 'tokens' && name === 'light-1280') {
        await page.locator('#personal-name').fill('my laptop');
        await page.getByRole('button', { name: 'Make token' }).first().click();
        await page.screenshot({ path: `${dir}/secret-${name}.png` });
        await page.goto(`${scene.appUrl}/dashboard/${path}`);
      }
      await page.screenshot({ path: `${dir}/${path}-${name}.png`, fullPage: true });
    }
    await context.close();
  }
}, 120_000);
