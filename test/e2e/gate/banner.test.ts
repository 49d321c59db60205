/** The line at the bottom of a preview's pages, in Chromium. */
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { byScript, Visitor } from '#sandbox/visitor.ts';
import { faultsInEachLook } from '../dashboard-checks.ts';
import { continueAs, startChromium } from './chromium.ts';
import { GateScene, people } from './scene.ts';

const scene = new GateScene();
const text =
  '<!doctype html><html lang="en"><head><title>Shop</title></head><body><main><h1>The shop</h1></main></body></html>';
let browser: Browser;
let page: Page;
let origin: string;

beforeAll(async () => {
  await scene.start((request, response) => {
    const { pathname } = new URL(request.url ?? '/', 'http://app');
    response.setHeader('Content-Type', 'text/html; charset=utf-8');
    if (pathname === '/strict') response.setHeader('Content-Security-Policy', "default-src 'self'");
    if (pathname === '/no-forms')
      response.setHeader('Content-Security-Policy', "form-action 'none'");
    if (pathname === '/length') response.setHeader('Content-Length', String(text.length));
    if (pathname === '/frame') return response.end('<iframe src="/length"></iframe>');
    if (pathname === '/slow') {
      response.write(text.slice(0, 40));
      return setTimeout(() => response.end(text.slice(40)), 50);
    }
    return response.end(text);
  });
  origin = await scene.preview();
  browser = await startChromium();
  page = await browser.newPage();
  await page.goto(`${origin}/`);
  await continueAs(page, people.member);
}, 90_000);
afterAll(async () => {
  await browser?.close();
  await scene.stop();
});

const banner = () => page.locator('byway-preview');

/** For the documentation, and for whoever wants to look. */
async function picture(page: Page, name: string): Promise<void> {
  const dir = process.env.BYWAY_SCREENSHOTS;
  if (dir !== undefined) await page.screenshot({ path: join(dir, `banner-${name}.png`) });
}

describe('a page', () => {
  it.each(['/', '/length', '/slow'])('%s has it at its end, and is whole', async (path) => {
    await page.goto(origin + path);
    expect(await page.locator('h1').textContent()).toBe('The shop');
    expect(await banner().count()).toBe(1);
    const said = await banner().locator('summary').innerText();
    expect(said).toContain('Byway preview');
    expect(said).toContain('by alice (sandbox)');
    expect(said).toContain('members only');
    expect(await banner().locator('a').getAttribute('href')).toBe(`${scene.appUrl}/dashboard`);
  });

  it('lets it be folded away, without script', async () => {
    await page.goto(`${origin}/`);
    const link = banner().locator('a');
    expect(await link.isVisible()).toBe(true);
    await banner().locator('summary').click();
    expect(await link.isVisible()).toBe(false);
    expect(await page.locator('script').count()).toBe(0);
  });

  it('can be hidden for good, by the keyboard', async () => {
    await page.goto(`${origin}/`);
    await page.getByRole('button', { name: 'Hide this line' }).focus();
    await page.keyboard.press('Enter');
    await banner().waitFor({ state: 'detached' });
    expect(page.url()).toBe(`${origin}/`);
    await page.goto(`${origin}/length`);
    expect(await banner().count()).toBe(0);
    await page.goto(`${origin}/.byway/banner`);
    await page.getByRole('button', { name: 'Show it again' }).click();
    await page.waitForURL(`${origin}/`);
    expect(await banner().count()).toBe(1);
  });

  it('is reached by the keyboard, in its order', async () => {
    await page.goto(`${origin}/`);
    const focused: string[] = [];
    for (let press = 0; press < 3; press += 1) {
      await page.keyboard.press('Tab');
      focused.push(
        await page.evaluate<string>(
          '(document.activeElement?.shadowRoot ?? document).activeElement.textContent.trim()',
        ),
      );
    }
    expect(focused).toEqual([
      expect.stringContaining('Byway preview'),
      'Manage this preview',
      'Hide this line',
    ]);
  });

  it.each(['/', '/strict', '/.byway/banner'])('%s shuts nobody out, by axe', async (path) => {
    await page.goto(origin + path);
    expect(await faultsInEachLook(page)).toEqual([]);
  });

  it.each(['/no-forms', '/strict'])('%s has a link to a page that hides it', async (path) => {
    const line = page.getByText('Byway preview');
    await page.goto(origin + path);
    await page.getByRole('link', { name: 'Hide this line' }).click();
    await page.getByRole('button', { name: 'Hide it for 30 days' }).click();
    await page.waitForURL(origin + path);
    expect(await line.count()).toBe(0);
    await page.goto(`${origin}/.byway/banner`);
    await page.getByRole('button', { name: 'Show it again' }).click();
    await page.waitForURL(`${origin}/`);
    await page.goto(origin + path);
    expect(await line.count()).toBe(1);
  });

  it.each([
    ['desktop', { width: 1280, height: 720 }, 'light'],
    ['narrow', { width: 390, height: 700 }, 'dark'],
  ] as const)(
    'fits into a %s window and covers no more than a strip',
    async (name, size, scheme) => {
      await page.setViewportSize(size);
      await page.emulateMedia({ colorScheme: scheme });
      await page.goto(`${origin}/`);
      const box = await banner().locator('details').boundingBox();
      expect(box!.x).toBeGreaterThanOrEqual(0);
      expect(box!.x + box!.width).toBeLessThanOrEqual(size.width);
      expect(box!.y + box!.height).toBeLessThanOrEqual(size.height);
      expect(box!.height).toBeLessThan(size.height / 5);
      await picture(page, name);
      await banner().locator('summary').click();
      await picture(page, `${name}-folded`);
      const folded = await banner().locator('details').boundingBox();
      expect(folded!.width * folded!.height).toBeLessThan((box!.width * box!.height) / 2);
      await page.goto(`${origin}/strict`);
      await picture(page, `${name}-plain`);
    },
  );

  it('with a strict policy has it in plain, and breaks no rule of the page', async () => {
    const broken: string[] = [];
    page.on('console', (message) => {
      if (message.type() === 'error') broken.push(message.text());
    });
    await page.goto(`${origin}/strict`);
    expect(await banner().count()).toBe(0);
    expect(await page.locator('small').textContent()).toContain('Byway preview: by alice');
    expect(broken.filter((each) => each.includes('Content Security Policy'))).toEqual([]);
  });

  it('in a frame has none, and neither has what a script or a program fetches', async () => {
    await page.goto(`${origin}/frame`);
    expect(await banner().count()).toBe(1);
    expect(await page.frameLocator('iframe').locator('byway-preview').count()).toBe(0);
    expect(await page.evaluate(() => fetch('/length').then((answer) => answer.text()))).toBe(text);
    const bob = await scene.visitor(people.member, origin);
    const fetched = await bob.send(`${origin}/length`, { headers: byScript });
    expect(fetched.text).toBe(text);
    expect(fetched.headers['content-length']).toBe(String(text.length));
  });

  it('says for how long it is public', async () => {
    await scene.setAccess(origin, 'public');
    const stranger = new Visitor();
    const notice = await stranger.open(`${origin}/`);
    const seen = await stranger.follow(await stranger.submit(notice));
    expect(seen.text).toContain('public for 23 hours');
  });
});
