/** The gate in Chromium: signing in, being refused, being removed, signing out. */
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { acceptWebSockets, app } from './chromium-app.ts';
import type { PageDocument, PageLocation } from './chromium-dom.ts';
import {
  answerGitHub,
  continueAs,
  countGitHubPages,
  isAtGitHub,
  letGitHubKnow,
  openAs,
  ourCookies,
  signedIn,
  startChromium,
} from './chromium.ts';
import { GateScene, organisation, people } from './scene.ts';

// In the pages.
declare const document: PageDocument;
declare const location: PageLocation;

const scene = new GateScene();
let browser: Browser;
let first: string;
let second: string;

beforeAll(async () => {
  [browser] = await Promise.all([startChromium(), scene.start(app)]);
  acceptWebSockets(scene.laptop);
  first = await scene.preview();
  second = await scene.preview();
}, 90_000);
afterAll(async () => {
  await browser?.close();
  await scene.stop();
});

function heading(page: Page): Promise<string | null> {
  return page.locator('h1').textContent();
}

/** Or says where else the tab is. */
async function lands(page: Page, url: string): Promise<void> {
  await page.waitForURL(url, { timeout: 15_000 }).catch(async () => {
    throw new Error(`no way to ${url} from ${page.url()}: ${await page.innerText('body')}`);
  });
}

describe('signing in', () => {
  it('returns to the deep link, and once is enough for all previews', async () => {
    const context = await browser.newContext();
    const shown = countGitHubPages(context);
    const page = await context.newPage();
    await openAs(page, `${first}/shop/cart?size=xl&q=a%20b`, people.member);
    expect(page.url()).toBe(`${first}/shop/cart?size=xl&q=a%20b`);
    expect(await page.locator('pre').textContent()).toBe('/shop/cart?size=xl&q=a%20b');
    expect(shown()).toBe(1);
    await page.goto(`${second}/orders?open=1`);
    expect(page.url()).toBe(`${second}/orders?open=1`);
    expect(await heading(page)).toBe('The app');
    expect(shown()).toBe(1);
    expect(await ourCookies(context, second)).toContain('__Host-byway_session');
    await context.close();
  });

  const paths = Array.from({ length: 10 }, (_, index) => `/deep/${index}?tab=${index}`);

  it('lands with ten tabs at once that GitHub sends on by itself (threat 8)', async () => {
    const context = await browser.newContext();
    await letGitHubKnow(context, people.member);
    const tabs = await Promise.all(
      paths.map(async (path) => {
        const page = await context.newPage();
        // A click at GitHub may come before the page is complete.
        await page.goto(first + path, { waitUntil: 'commit' });
        return page;
      }),
    );
    for (const [index, page] of tabs.entries()) await lands(page, first + paths[index]);
    await context.close();
  });

  it('lands with ten tabs in which a person answers one after the other (threat 8)', async () => {
    const context = await browser.newContext();
    const tabs = await Promise.all(
      paths.map(async (path) => {
        const page = await context.newPage();
        await page.goto(first + path);
        return page;
      }),
    );
    expect(tabs.map((page) => isAtGitHub(new URL(page.url())))).toEqual(tabs.map(() => true));
    // The sandbox asks again where GitHub, which knows the person by now, would not.
    for (const [index, page] of tabs.entries()) {
      for (let times = 0; times < 2; times += 1) await answerGitHub(page, people.member);
      await lands(page, first + paths[index]);
    }
    await context.close();
  });

  it('begins for no request of a script: fifty of them leave no cookie (threats 8 and 9)', async () => {
    const { context, page } = await signedIn(browser, `${first}/`, people.member);
    await context.clearCookies();
    const answers = await page.evaluate(async () => {
      const all = Array.from({ length: 50 }, async (_, index) => {
        const response = await fetch(`/api/${index}`, { headers: { accept: 'text/html' } });
        return `${response.status} ${response.redirected} ${response.headers.get('content-type')}`;
      });
      return Promise.all(all);
    });
    expect(new Set(answers)).toEqual(new Set(['401 false application/json']));
    expect(await context.cookies()).toEqual([]);
    await context.close();
  });
});

describe('who does not get in (threat 33)', () => {
  it('is somebody outside the organisation, who learns nothing', async () => {
    const { context, page } = await signedIn(browser, `${first}/secret/path`, people.outsider);
    expect(new URL(page.url()).origin).toBe(scene.appUrl);
    expect(await heading(page)).toBe('Perhaps another account');
    expect(await page.content()).not.toContain(scene.labelOf(first));
    expect(await page.content()).not.toContain('secret');
    expect(await ourCookies(context, first)).not.toContain('__Host-byway_session');
    await page.getByRole('link', { name: 'Use another GitHub account' }).click();
    await continueAs(page, people.member);
    expect(page.url()).toBe(`${first}/secret/path`);
    await context.close();
  });

  it('is somebody whose invitation is not accepted, until it is', async () => {
    const { context, page } = await signedIn(browser, `${first}/later`, people.pending);
    expect(await heading(page)).toBe('Your invitation is waiting');
    await context.close();
  });
});

describe('signing out', () => {
  it('ends the previews of all tabs, and another account may follow', async () => {
    const { context, page } = await signedIn(browser, `${first}/one`, people.admin);
    const other = await context.newPage();
    await other.goto(`${second}/two`);
    expect(other.url()).toBe(`${second}/two`);
    const out = await context.newPage();
    await out.goto(`${scene.appUrl}/logout`);
    await out.getByRole('button', { name: 'Sign out' }).click();
    await out.waitForFunction(() => document.title.startsWith('You are signed out'));
    for (const each of [page, other]) {
      expect(await each.evaluate(async () => (await fetch('/echo')).status)).toBe(401);
      await each.reload();
      expect(isAtGitHub(new URL(each.url()))).toBe(true);
    }
    await continueAs(page, people.member);
    expect(page.url()).toBe(`${first}/one`);
    await out.goto(`${scene.appUrl}/logout`);
    expect(await out.locator('strong').textContent()).toBe(people.member);
    await context.close();
  });
});

describe('a member who is removed', () => {
  it('is cut off: sockets and event streams end with 4403, and the next request is refused (threats 31 and 32)', async () => {
    const { context, page } = await signedIn(browser, `${first}/`, people.member);
    await page.evaluate(async () => {
      const endings: Record<string, unknown> = {};
      const socket = new WebSocket(`ws://${location.host}/socket`);
      const events = new EventSource('/events');
      Object.assign(globalThis, { endings });
      await Promise.all([
        new Promise((resolve) => socket.addEventListener('message', resolve, { once: true })),
        new Promise((resolve) => events.addEventListener('message', resolve, { once: true })),
      ]);
      socket.addEventListener('close', ({ code }) => (endings.socket = [code, Date.now()]));
      events.addEventListener('error', () => (endings.events ??= Date.now()));
    });
    const admin = await browser.newPage();
    await admin.goto(`${scene.github.loopbackUrl}/orgs/${organisation.login}/people`);
    const startMs = Date.now();
    await admin.getByRole('button', { name: `Remove ${people.member}` }).click();
    await page.waitForFunction(
      () => {
        const { endings } = globalThis as unknown as { endings: Record<string, unknown> };
        return endings.socket !== undefined && endings.events !== undefined;
      },
      undefined,
      { timeout: 30_000 },
    );
    const endings = await page.evaluate(
      () => (globalThis as unknown as { endings: { socket: number[]; events: number } }).endings,
    );
    const [code, socketMs = 0] = endings.socket;
    console.info(
      `removed: the socket ended after ${socketMs - startMs} ms, the events after ${endings.events - startMs} ms`,
    );
    expect(code).toBe(4403);
    expect(await page.evaluate(async () => (await fetch('/echo')).status)).not.toBe(200);
    await page.goto(`${first}/`);
    expect(await page.content()).not.toContain('The app');
    scene.github.actions.act({
      action: 'set_member',
      org: organisation.login,
      login: people.member,
    });
    await admin.close();
    await context.close();
  });
});
