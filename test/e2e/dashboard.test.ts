/** The dashboard in Chromium, before real processes: edge, connector, agent, GitHub's sandbox. */
import { request, type ClientRequest } from 'node:http';
import type { Browser, BrowserContext, BrowserContextOptions, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Visitor } from '#sandbox/visitor.ts';
import { keyboardFaultsOf, unfold } from './dashboard-checks.ts';
import { isLive, makePublic, openWatched } from './dashboard-hands.ts';
import { isAtGitHub, signInAtDashboard, startChromium } from './gate/chromium.ts';
import { callApi } from './gate/terminal.ts';
import { GateScene, organisation, people } from './gate/scene.ts';

const scene = new GateScene();
let browser: Browser;
let origin: string;
let label: string;
let owner: BrowserContext;
const scriptErrors: string[] = [];

const sections = ['', '/clusters', '/tokens', '/policy', '/audit', '/setup'];
const urlOf = (path: string): string => `${scene.appUrl}/dashboard${path}`;

beforeAll(async () => {
  [browser] = await Promise.all([startChromium(), scene.start()]);
  origin = await scene.preview();
  label = scene.labelOf(origin);
  owner = await signIn(people.admin);
}, 90_000);
afterAll(async () => {
  await browser?.close();
  await scene.stop();
});

const signIn = (login: string, options?: BrowserContextOptions): Promise<BrowserContext> =>
  signInAtDashboard(browser, scene.appUrl, login, options);

const open = (context: BrowserContext, path = ''): Promise<Page> =>
  openWatched(context, urlOf(path), scriptErrors);

const row = (page: Page) => page.locator(`#row-${label}`);
const publicTime = (page: Page) =>
  row(page).locator('[data-label=Access] time[data-left]').textContent();

/** A page of the public preview, past the notice: the app's own, in the owner's browser. */
async function ofPreview(): Promise<Page> {
  await scene.setAccess(origin, 'public');
  const page = await owner.newPage();
  await page.goto(`${origin}/`);
  const notice = page.locator('form button');
  if ((await notice.count()) > 0) await notice.first().click();
  await page.getByText('"url":"/"').waitFor();
  return page;
}

describe('access', () => {
  it('is public after a click, so that a stranger gets in after the notice, and private after another', async () => {
    const page = await open(owner);
    const before = await new Visitor().open(`${origin}/`);
    expect(before.url.pathname).toBe('/login/oauth/authorize');
    await makePublic(row(page));
    expect(await page.getByRole('status').textContent()).toContain('The preview is public now');
    expect(await publicTime(page)).toMatch(/^(?:1 h|59 min)$/);
    const context = await browser.newContext();
    const stranger = await context.newPage();
    await stranger.goto(`${origin}/hello`);
    await stranger.locator('form button').first().click();
    await stranger.getByText('"url":"/hello"').waitFor();
    await row(page).locator('summary', { hasText: 'Stay public' }).click();
    await row(page).getByLabel('Public for').selectOption('7200');
    await row(page).getByRole('button', { name: 'Stay public' }).click();
    await page.getByText('stays public for longer').waitFor();
    expect(await publicTime(page)).toMatch(/^1 h 59 min$|^2 h$/);
    await row(page).getByRole('button', { name: 'Extend' }).click();
    await page.getByText('The preview lives on').waitFor();
    expect(await row(page).textContent()).toMatch(/\d+ requests?, last/);
    await row(page).getByRole('button', { name: 'Require authentication' }).click();
    await row(page).getByText('organisation', { exact: true }).waitFor();
    await stranger.goto(`${origin}/hello`);
    expect(isAtGitHub(new URL(stranger.url()))).toBe(true);
    await context.close();
    await page.close();
  });

  it('has no buttons for another member, who cannot send the form either', async () => {
    const context = await signIn(people.member);
    const page = await open(context);
    expect(await row(page).locator('form, button:not([data-copy])').count()).toBe(0);
    const status = await page.evaluate(async (path) => {
      const body = new URLSearchParams({ for: '3600' });
      return (await fetch(path, { method: 'POST', body })).status;
    }, `/dashboard/previews/${label}/public`);
    expect(status).toBe(403);
    await context.close();
  });

  it('is changed by no form of another site, not even in the owner’s browser (threat 39)', async () => {
    const page = await ofPreview();
    for (const path of ['private', 'remove']) {
      await page.goto(`${origin}/`);
      await page.setContent(
        `<form method="post" action="${scene.appUrl}/dashboard/previews/${label}/${path}"><button>Win</button></form>`,
      );
      const [answer] = await Promise.all([
        page.waitForNavigation(),
        page.locator('button').click(),
      ]);
      expect(answer?.status()).toBe(403);
    }
    const seen = await scene.stack.api('GET', `/api/v1/previews/${label}`);
    expect(seen.body).toMatchObject({ access: 'public' });
    await scene.setAccess(origin, 'private');
    await page.close();
  });

  it('is shown in no frame of another site (threat 40)', async () => {
    const page = await ofPreview();
    const refused = page.waitForEvent('console', (message) =>
      /frame-ancestors 'none'|X-Frame-Options/i.test(message.text()),
    );
    // The Lax login does not come along, so this is the page for strangers.
    await page.setContent(`<iframe src="${scene.appUrl}/"></iframe>`);
    await refused;
    const inner = page.frames().find((frame) => frame !== page.mainFrame());
    expect(await inner?.content()).not.toContain('Byway');
    await scene.setAccess(origin, 'private');
    await page.close();
  });
});

describe('people at a preview', () => {
  it('who ask are let in by its owner, seen among its viewers, and out again at a click', async () => {
    const page = await open(owner);
    await isLive(page);
    const mallory = new Visitor(people.outsider);
    const denied = await mallory.open(`${origin}/`);
    expect((await mallory.submit(denied)).status).toBe(200);
    await row(page).getByText('mallory asks', { exact: true }).waitFor();
    await row(page).locator('summary', { hasText: 'Guests' }).click();
    await row(page).getByLabel('Let in for').selectOption('3600');
    await row(page).getByRole('button', { name: 'Allow mallory' }).click();
    await page.getByText('They are let in as soon as').waitFor();
    expect(await row(page).locator('[data-label=Access]').textContent()).toMatch(
      /and mallory for (?:1 h|59 min)/,
    );
    expect((await mallory.open(`${origin}/`)).status).toBe(200);
    await row(page).locator('summary', { hasText: 'Last viewers' }).click();
    await row(page).locator('details li', { hasText: 'mallory' }).waitFor();
    await row(page).locator('summary', { hasText: 'Guests' }).click();
    await row(page).getByRole('button', { name: 'Revoke mallory' }).click();
    await page.getByText('They are not let in any more').waitFor();
    expect((await mallory.open(`${origin}/`)).status).toBe(404);
    const seen = await scene.stack.api('GET', `/api/v1/previews/${label}`);
    expect(seen.body).toMatchObject({
      allowed: [],
      askers: [],
      last_viewers: expect.arrayContaining([
        expect.objectContaining({ kind: 'person', id: '1003', login: 'mallory' }),
      ]),
    });
    await page.close();
  });
});

describe('a cluster', () => {
  it('is registered and removed, with script and without', async () => {
    for (const javaScriptEnabled of [true, false]) {
      const context = await signIn(people.admin, { javaScriptEnabled });
      const page = await open(context, '/clusters');
      await page.getByLabel('Name').fill('spare');
      await page.getByRole('button', { name: 'Register' }).click();
      const token = await page.getByLabel(/^Token of the connector/).inputValue();
      expect(token).toMatch(/^bwc_/);
      // What a connector token is told everywhere but at its tunnel.
      expect((await callApi(scene, token, 'GET', '/me')).status).toBe(403);
      await page.getByRole('link', { name: 'The page of clusters' }).click();
      expect(await page.content()).not.toContain(token);
      const card = page.locator('section', { hasText: 'spare' });
      await card.getByText('No connector is connected').waitFor();
      await card.locator('summary', { hasText: 'Remove cluster' }).click();
      await card.getByLabel('Type spare to confirm').fill('spare');
      await card.getByRole('button', { name: 'Remove cluster' }).click();
      await page.getByText('The cluster is removed').waitFor();
      expect(await card.count()).toBe(0);
      await context.close();
    }
  });
});

describe('the feed', () => {
  it('is open twenty times for one person, and closed ones do not count (threat 60)', async () => {
    const cookies = await owner.cookies(scene.appUrl);
    const cookie = cookies.map(({ name, value }) => `${name}=${value}`).join('; ');
    const { port, host } = new URL(scene.appUrl);
    const open: ClientRequest[] = [];
    const listen = (): Promise<number> =>
      new Promise((resolve, reject) => {
        const headers = { host, cookie, accept: 'text/event-stream' };
        const path = '/dashboard/events';
        const outgoing = request({ host: '127.0.0.1', port, path, headers, agent: false });
        outgoing.once('error', reject);
        outgoing.once('response', (response) => {
          outgoing.removeListener('error', reject).on('error', () => {});
          response.on('error', () => {}).resume();
          open.push(outgoing);
          resolve(response.statusCode ?? 0);
        });
        outgoing.end();
      });
    // Closed pages of other tests are noticed by the next heartbeat at the latest.
    await expect.poll(listen, { timeout: 25_000, interval: 500 }).toBe(200);
    let status = 200;
    while (status === 200 && open.length <= 25) status = await listen();
    expect(status).toBe(429);
    for (const each of open.splice(0)) each.destroy();
    await expect.poll(listen, { timeout: 25_000, interval: 500 }).toBe(200);
    for (const each of open.splice(0)) each.destroy();
  }, 60_000);
});

describe('tokens', () => {
  it('are made, work, and are revoked', async () => {
    const page = await open(owner, '/tokens');
    await page.locator('#personal-name').fill('from the dashboard');
    await page.locator('form', { hasText: 'For yourself' }).getByRole('button').click();
    const token = await page.getByLabel(/^Secret of/).inputValue();
    expect((await callApi(scene, token, 'GET', '/me')).status).toBe(200);
    await page.getByRole('link', { name: 'Back to the tokens' }).click();
    const line = page.locator('tr', { hasText: 'from the dashboard' });
    expect(await page.content()).not.toContain(token);
    await line.locator('summary', { hasText: 'Revoke' }).click();
    await line.getByRole('button', { name: 'Revoke' }).click();
    await page.getByText('The token is revoked.').waitFor();
    expect((await callApi(scene, token, 'GET', '/me')).status).toBe(401);
    await page.close();
  });
});

describe('the set-up page', () => {
  it('has GitHub’s word on the app of this moment', async () => {
    const page = await open(owner, '/setup');
    await page.getByRole('link', { name: 'byway-sandbox' }).waitFor();
    expect(await page.locator('section', { hasText: 'GitHub App' }).textContent()).toContain(
      `It is installed in ${organisation.login} and may do what it has to.`,
    );
    await page.close();
  });
});

describe('the policy', () => {
  it('makes everything private when an owner forbids public previews', async () => {
    await scene.setAccess(origin, 'public');
    const page = await open(owner, '/policy');
    await page.getByLabel('Previews may be made public').uncheck();
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByText('The policy is changed.').waitFor();
    const seen = await scene.stack.api('GET', `/api/v1/previews/${label}`);
    expect(seen.body).toMatchObject({ access: 'private' });
    await page.getByLabel('Previews may be made public').check();
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByText('The policy is changed.').waitFor();
    await page.close();
  });
});

describe('the audit log', () => {
  it('has what was done here, filtered and as a file', async () => {
    const page = await open(owner, '/audit');
    await page.getByLabel('Action').fill('preview.public');
    await page.getByRole('button', { name: 'Filter' }).click();
    await page.waitForURL(/action=preview\.public/);
    const actions = await page.locator('td code').allTextContents();
    expect(new Set(actions)).toEqual(new Set(['preview.public']));
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('link', { name: 'CSV' }).click(),
    ]);
    const chunks: Buffer[] = [];
    for await (const chunk of await download.createReadStream()) chunks.push(chunk as Buffer);
    const lines = Buffer.concat(chunks).toString().trimEnd().split('\r\n');
    expect(lines[0]).toBe('"at","actor","action","subject","details","id"');
    expect(lines).toHaveLength(actions.length + 1);
    expect(download.suggestedFilename()).toBe(`audit-${organisation.id}.csv`);
    await page.close();
  });
});

describe('somebody who is removed from the organisation', () => {
  it('loses the page that is open, and finds the door closed (threats 32 and 42)', async () => {
    const context = await signIn(people.member);
    const page = await open(context);
    await isLive(page);
    scene.github.actions.act({
      action: 'remove_member',
      org: organisation.login,
      login: people.member,
    });
    await page.locator('h1', { hasText: 'Not open' }).waitFor({ timeout: 30_000 });
    expect(await page.content()).not.toContain(label);
    scene.github.actions.act({
      action: 'set_member',
      org: organisation.login,
      login: people.member,
    });
    await context.close();
  });
});

describe('without script', () => {
  it('everything works', async () => {
    const context = await signIn(people.admin, { javaScriptEnabled: false });
    const page = await open(context);
    await makePublic(row(page));
    await row(page).getByRole('button', { name: 'Require authentication' }).click();
    await row(page).getByText('organisation', { exact: true }).waitFor();
    expect(await page.getByText('Copy').isVisible()).toBe(false);
    for (const section of sections) {
      await page.goto(urlOf(section));
      expect(await page.locator('h1').count()).toBe(1);
    }
    await context.close();
  });
});

describe.each([1280, 390])('at %i px', (width) => {
  it('every page is in order for the keyboard', async () => {
    const context = await signIn(people.admin, { viewport: { width, height: 844 } });
    const page = await open(context);
    for (const path of sections.map((section) => urlOf(section))) {
      await page.goto(path);
      await unfold(page);
      expect([path, await keyboardFaultsOf(page)]).toEqual([path, []]);
    }
    await context.close();
  });
});

it('no script of ours fails, and no policy stops one', () => {
  expect(scriptErrors).toEqual([]);
});
