/**
 * Every page of ours before axe-core in Chromium: in light and dark colours, wide and narrow. With
 * `BYWAY_SCREENSHOTS` set to a folder, pictures of the dashboard are written there.
 */
import { join } from 'node:path';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { faultsInEachLook, unfold } from './dashboard-checks.ts';
import { DashboardScene } from './dashboard-scene.ts';
import { continueAs, openAs, signInAtDashboard, startChromium } from './gate/chromium.ts';
import { ids, people } from './gate/scene.ts';
import { postForm } from './gate/terminal.ts';

vi.setConfig({ testTimeout: 120_000 });

const scene = new DashboardScene();
let browser: Browser;
let owner: BrowserContext;
let member: BrowserContext;

beforeAll(async () => {
  [browser] = await Promise.all([startChromium(), scene.start()]);
  [owner, member] = [
    await signInAtDashboard(browser, scene.appUrl, people.admin),
    await signInAtDashboard(browser, scene.appUrl, people.member),
  ];
}, 120_000);
afterAll(async () => {
  await browser?.close();
  await scene.stop();
});

const sections = ['', '/clusters', '/tokens', '/policy', '/audit', '/setup'];

async function open(context: BrowserContext, url: string): Promise<Page> {
  const page = await context.newPage();
  await page.goto(url.startsWith('/') ? scene.appUrl + url : url);
  return page;
}

/** `counted`: faults that may not be there; all of them when left out. Closes the page. */
async function isInOrder(page: Page, name: string, counted = /^/): Promise<void> {
  await picture(page, name);
  await unfold(page);
  const faults = await faultsInEachLook(page);
  expect([name, faults.filter((fault) => counted.test(fault))]).toEqual([name, []]);
  await page.close();
}

/** As they are in `docs/images`. */
const pictures: Readonly<Record<string, readonly string[]>> = {
  'dashboard-previews': ['light-1280', 'dark-1280', 'dark-390'],
  'dashboard-clusters': ['dark-1280'],
  'dashboard-cluster-registered': ['light-1280'],
  'dashboard-tokens': ['light-1280'],
  'dashboard-policy': ['light-1280'],
  'dashboard-audit': ['light-1280'],
  'dashboard-setup': ['light-1280'],
};

async function picture(page: Page, name: string): Promise<void> {
  const dir = process.env.BYWAY_SCREENSHOTS;
  if (dir === undefined) return;
  for (const look of pictures[name] ?? []) {
    const [colorScheme, width] = look.split('-');
    await page.emulateMedia({ colorScheme: colorScheme === 'dark' ? 'dark' : 'light' });
    await page.setViewportSize({ width: Number(width), height: 640 });
    await page.screenshot({ path: join(dir, `${name}-${look}.png`), fullPage: true });
  }
}

const named = (section: string): string => `dashboard-${section.slice(1) || 'previews'}`;

it('is no check that finds nothing', async () => {
  const page = await open(owner, '/dashboard');
  await page.evaluate(`document.querySelector('main').innerHTML =
    '<table><tr><td></td></tr></table><p id="one" style="color: #888; background: #777">dim</p>' +
    '<p id="one" style="width: 2000px">wide</p><input>'`);
  const faults = (await faultsInEachLook(page)).join('\n');
  for (const each of ['the id one is', 'px wide', 'critical: label', 'serious: color-contrast']) {
    expect(faults.match(new RegExp(each, 'g'))?.length).toBeGreaterThanOrEqual(4);
  }
  await page.close();
});

describe('the dashboard with data', () => {
  it.each(sections)('is in order for an owner: /dashboard%s', async (section) => {
    const page = await open(owner, `/dashboard${section}`);
    const guests = page.locator('summary', { hasText: 'Guests' });
    if ((await guests.count()) > 0) await guests.first().click();
    await isInOrder(page, named(section));
  });

  it.each(sections)('is in order for a member: /dashboard%s', async (section) => {
    const page = await open(member, `/dashboard${section}`);
    await isInOrder(page, `member-${named(section)}`);
  });

  it('is in order where it has done something, and where it refuses', async () => {
    const page = await open(owner, '/dashboard/clusters');
    await page.getByLabel('Name').fill('second');
    await page.getByRole('button', { name: 'Register' }).click();
    await page.getByRole('heading', { name: 'The cluster is registered' }).waitFor();
    await isInOrder(page, 'dashboard-cluster-registered');
    const tokens = await open(owner, '/dashboard/tokens');
    await tokens.locator('#personal-name').fill('for the pictures');
    await tokens.locator('form', { hasText: 'For yourself' }).getByRole('button').click();
    await tokens.getByLabel(/^Secret of/).waitFor();
    await isInOrder(tokens, 'dashboard-secret');
    const wrong = await open(owner, '/dashboard/audit?since=yesterday');
    await isInOrder(wrong, 'dashboard-refused');
    const none = await open(owner, '/dashboard/audit?action=nothing.such');
    await isInOrder(none, 'dashboard-audit-none');
  });
});

it.each([320, 390, 768, 1024, 1216, 1217, 1280, 1920])(
  'no page of the dashboard is wider than a screen of %i px, whatever things are called',
  async (width) => {
    const page = await open(owner, '/dashboard');
    await page.setViewportSize({ width, height: 800 });
    for (const section of sections) {
      await page.goto(`${scene.appUrl}/dashboard${section}`);
      for (const long of ['', 'a'.repeat(63)]) {
        const change = `for (const each of document.querySelectorAll('td:not(.acts-cell), tbody strong')) {
          each.textContent = ${JSON.stringify(long)} || each.textContent;
        }`;
        if (long !== '') await page.evaluate(change);
        const wide = await page.evaluate<number>('document.documentElement.scrollWidth');
        expect([section, wide]).toEqual([section, width]);
      }
    }
    await page.close();
  },
);

describe('pages of the login', () => {
  it('are in order for a stranger', async () => {
    const context = await browser.newContext();
    for (const [name, path] of [
      ['welcome', '/'],
      ['signed-out', '/logout'],
      ['report', `/report?preview=${new URL(scene.shared).host}`],
      ['bad-link', '/oauth/authorize?client_id=nobody'],
    ] as const) {
      await isInOrder(await open(context, path), name);
    }
    await context.close();
  });

  it('are in order for somebody who is denied, and asks', async () => {
    const context = await browser.newContext();
    const page = await context.newPage();
    await openAs(page, scene.asked, people.outsider);
    const asking = await open(context, page.url());
    await isInOrder(page, 'denied');
    await asking.goto(scene.asked);
    await continueAs(asking, people.outsider);
    await asking.getByRole('button', { name: 'Ask for access' }).click();
    await asking.getByRole('heading', { name: 'You have asked' }).waitFor();
    await isInOrder(asking, 'asked');
    await context.close();
  });

  it('are in order for somebody who signs in at a terminal', async () => {
    const query = new URLSearchParams({
      client_id: 'byway-cli',
      redirect_uri: 'http://127.0.0.1:9/a-random-path',
      response_type: 'code',
      state: 'a-state-of-the-test',
      code_challenge: 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM',
      code_challenge_method: 'S256',
      device: 'a laptop',
    });
    const consent = await open(owner, `/oauth/authorize?${query}`);
    expect(await consent.locator('form button').count()).toBeGreaterThan(0);
    await isInOrder(consent, 'consent');
    const { body } = await postForm(scene, '/oauth/device_authorization', { device: 'a server' });
    const device = await open(owner, '/device');
    await device.getByRole('textbox').fill(String((body as { user_code: string }).user_code));
    const typed = await open(owner, '/device');
    await isInOrder(typed, 'device');
    await device.locator('form button').first().click();
    await device.waitForLoadState();
    await isInOrder(device, 'device-consent');
    await isInOrder(await open(owner, '/logout'), 'sign-out');
  });
});

describe('pages at a preview', () => {
  it('are in order: the notice before a public one, and the app’s page with our line', async () => {
    const context = await browser.newContext();
    const page = await open(context, scene.shared);
    await page.getByRole('heading', { name: 'A preview, shared with you' }).waitFor();
    const past = await open(context, scene.shared);
    await isInOrder(page, 'notice');
    await past.getByRole('button', { name: 'Continue to the preview' }).click();
    await past.locator('byway-preview').waitFor({ state: 'attached' });
    // What is merely advised is the app's own business on its page.
    await isInOrder(past, 'banner', /: (?:serious|critical): /);
    await isInOrder(await open(context, `${scene.shared}/.byway/banner`), 'banner-choice');
    await context.close();
  });

  it('are in order where there is nothing to see', async () => {
    const gone = await scene.made('over', { id: ids.alice, login: people.admin });
    await scene.stack.api('DELETE', `/api/v1/previews/${scene.labelOf(gone)}`);
    const context = await browser.newContext();
    const ended = await context.newPage();
    await openAs(ended, gone, people.member);
    await isInOrder(ended, 'ended');
    await isInOrder(await open(context, `${scene.shared}/.byway/nothing`), 'gateway-unknown');
    await scene.stack.part('connector').kill();
    const away = await context.newPage();
    await away.goto(scene.shared);
    await away.getByRole('button', { name: 'Continue to the preview' }).click();
    await expect
      .poll(async () => {
        await away.goto(scene.shared);
        return away.locator('body').innerText();
      })
      .toContain('BW-2001');
    await isInOrder(away, 'connector-away');
    for (const section of ['', '/clusters']) {
      await isInOrder(await open(owner, `/dashboard${section}`), `away-${named(section)}`);
    }
    await scene.stack.startPart('connector');
    await context.close();
  });
});

describe('the dashboard with nothing on it', () => {
  it('is in order, and says what to do', async () => {
    const { body } = await scene.stack.api('GET', '/api/v1/clusters?organisation=1');
    const { clusters } = body as { clusters: { key: string }[] };
    const keys = clusters.map(({ key }) => key);
    const tokens = await scene.stack.api('GET', '/api/v1/tokens?organisation=1');
    for (const { id } of (tokens.body as { tokens: { id: string }[] }).tokens) {
      await scene.stack.api('DELETE', `/api/v1/tokens/${id}`);
    }
    for (const key of keys) await scene.stack.api('DELETE', `/api/v1/clusters/${key}`);
    for (const [who, context] of [
      ['owner', owner],
      ['member', member],
    ] as const) {
      for (const section of ['', '/clusters', '/tokens']) {
        const page = await open(context, `/dashboard${section}`);
        expect(await page.locator('.empty').count()).toBe(1);
        await isInOrder(page, `empty-${who}-${named(section)}`);
      }
    }
  });
});
