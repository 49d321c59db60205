/** The line at the bottom of a preview's pages, in Chromium. */
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { byScript, Visitor } from '#sandbox/visitor.ts';
import { continueAs, startChromium } from './chromium.ts';
import { GateScene, people } from './scene.ts';

const scene = new GateScene();
const text =
  '<!doctype html><html><head><title>Shop</title></head><body><h1>The shop</h1></body></html>';
let browser: Browser;
let page: Page;
let origin: string;

beforeAll(async () => {
  await scene.start((request, response) => {
    const { pathname } = new URL(request.url ?? '/', 'http://app');
    response.setHeader('Content-Type', 'text/html; charset=utf-8');
    if (pathname === '/strict') response.setHeader('Content-Security-Policy', "default-src 'self'");
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
