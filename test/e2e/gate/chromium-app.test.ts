/** What a hostile or an ordinary app can do with script in Chromium, behind the gate and in front of it. */
import { createServer, type Server } from 'node:http';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { acceptWebSockets, app } from './chromium-app.ts';
import type { PageDocument, PageNavigator } from './chromium-dom.ts';
import { continueAs, isAtGitHub, openAs, ourCookies, signedIn, startChromium } from './chromium.ts';
import { GateScene, people, portOf, type Echo } from './scene.ts';

// In the pages.
declare const document: PageDocument;
declare const navigator: PageNavigator;

const scene = new GateScene();
let browser: Browser;
let first: string;
let second: string;
/** A page of another site. */
let elsewhere: Server;

beforeAll(async () => {
  [browser] = await Promise.all([startChromium(), scene.start(app)]);
  acceptWebSockets(scene.laptop);
  first = await scene.preview();
  second = await scene.preview();
  elsewhere = createServer((_request, response) => {
    response.setHeader('content-type', 'text/html');
    response.end('<!doctype html><title>Elsewhere</title>');
  });
  await new Promise<void>((resolve) => elsewhere.listen(0, '127.0.0.1', resolve));
}, 90_000);
afterAll(async () => {
  await browser?.close();
  elsewhere?.closeAllConnections();
  elsewhere?.close();
  await scene.stop();
});

/** Installs the app's worker and waits until it has the page. */
async function register(page: Page, script = '/worker.js'): Promise<void> {
  await page.evaluate(async (file) => {
    const { serviceWorker } = navigator;
    const taken = new Promise((resolve) =>
      serviceWorker.addEventListener('controllerchange', resolve, { once: true }),
    );
    await serviceWorker.register(file, { scope: '/' });
    if (!serviceWorker.controller) await taken;
  }, script);
}

function heardBy(page: Page): Promise<string[]> {
  return page.evaluate(
    () =>
      new Promise<string[]>((resolve) => {
        const { port1, port2 } = new MessageChannel();
        port1.addEventListener('message', (event) =>
          resolve((event as unknown as { data: string[] }).data),
        );
        port1.start();
        navigator.serviceWorker.controller?.postMessage('what', [port2]);
      }),
  );
}

/** How a WebSocket of the page to the address ends: opened, or refused. */
function knock(page: Page, origin: string): Promise<string> {
  return page.evaluate(
    (address) =>
      new Promise<string>((resolve) => {
        const socket = new WebSocket(address);
        socket.addEventListener('open', () => resolve('opened'));
        socket.addEventListener('error', () => resolve('refused'));
      }),
    `${origin.replace('http:', 'ws:')}/socket`,
  );
}

describe('an app’s service worker', () => {
  it('does not keep anybody from signing in, and a code that it might see is good for no other browser (threat 6)', async () => {
    const { context, page } = await signedIn(browser, `${first}/`, people.member);
    await register(page);
    const callbacks: string[] = [];
    context.on('request', (request) => {
      if (new URL(request.url()).pathname === '/.byway/callback') callbacks.push(request.url());
    });
    await context.clearCookies();
    await openAs(page, `${first}/behind/worker`, people.member);
    expect(page.url()).toBe(`${first}/behind/worker`);
    expect(await page.locator('h1').textContent()).toBe('The app');
    const heard = await heardBy(page);
    expect(heard).toContain(`${first}/behind/worker`);
    const captured = [...new Set([...callbacks, ...heard.filter((url) => url.includes('code='))])];
    expect(captured.length).toBeGreaterThan(0);
    const clean = await browser.newContext();
    const thief = await clean.newPage();
    for (const url of captured) expect((await thief.goto(url))?.status()).toBe(400);
    expect(await ourCookies(clean, first)).toEqual([]);
    await clean.close();
    await context.close();
  });

  it('that holds a code back has one that no other browser can use (threat 6)', async () => {
    const { context, page } = await signedIn(browser, `${first}/`, people.member);
    await register(page, '/worker.js?hold');
    await context.clearCookies({ name: '__Host-byway_session' });
    await page.goto(`${first}/private`);
    await page.waitForURL((url) => url.pathname === '/.byway/callback');
    expect(await page.innerText('body')).toBe('held');
    const clean = await browser.newContext();
    const thief = await clean.newPage();
    expect((await thief.goto(page.url()))?.status()).toBe(400);
    // Nor can one whose own login there is under way.
    await thief.goto(`${first}/`);
    expect((await thief.goto(page.url()))?.status()).toBe(400);
    expect(await ourCookies(clean, first)).not.toContain('__Host-byway_session');
    await clean.close();
    await context.close();
  });
});

describe('an app’s own', () => {
  it('Authorization, cookies and service worker work as without a gate (threat 27)', async () => {
    const { context, page } = await signedIn(browser, `${first}/`, people.member);
    await page.goto(`${first}/cookie?value=kept`);
    const seen = await page.evaluate(async () => {
      const headers = { authorization: 'Bearer of-the-app' };
      return (await (await fetch('/echo', { headers })).json()) as Echo;
    });
    expect(seen.headers).toContain('Bearer of-the-app');
    expect(seen.headers).toContain('own=kept');
    await register(page);
    await page.reload();
    expect(await heardBy(page)).toContain(page.url());
    expect(await page.evaluate(async () => (await fetch('/echo')).status)).toBe(200);
    await context.close();
  });
});

describe('a public preview', () => {
  it('shows strangers once whose it is, interrupts no script, and is closed again at the next request (threats 37 and 59)', async () => {
    const open = await scene.preview('public');
    const context = await browser.newContext();
    const page = await context.newPage();
    await page.goto(`${open}/offer?of=today`);
    expect(await page.locator('h1').textContent()).toBe('A preview, shared with you');
    expect(await page.locator('strong').first().textContent()).toBe(people.admin);
    const report = page.getByRole('link', { name: 'Report this preview' });
    expect(await report.getAttribute('href')).toContain(`${scene.appUrl}/report`);
    await page.getByRole('button', { name: 'Continue to the preview' }).click();
    await page.waitForURL(`${open}/offer?of=today`);
    expect(await page.locator('h1').textContent()).toBe('The app');
    await page.goto(`${open}/another`);
    expect(await page.locator('h1').textContent()).toBe('The app');
    const script = () => page.evaluate(async () => (await fetch('/echo')).status);
    await context.clearCookies();
    expect(await script()).toBe(200);
    await scene.setAccess(open, 'private');
    expect(await script()).toBe(401);
    await page.goto(`${open}/another`);
    expect(isAtGitHub(new URL(page.url()))).toBe(true);
    await continueAs(page, people.member);
    expect(page.url()).toBe(`${open}/another`);
    await context.close();
  });

  it('tells a stranger where to report it, on a page that works (threat 59)', async () => {
    const open = await scene.preview('public');
    const page = await browser.newPage();
    await page.goto(`${open}/`);
    await page.getByRole('link', { name: 'Report this preview' }).click();
    await page.waitForURL((url) => url.origin === scene.appUrl);
    expect(await page.locator('form').count()).toBe(1);
    await page.close();
  });
});

describe('the gateway’s pages', () => {
  it('show parameters as text or not at all (threat 10)', async () => {
    const context = await browser.newContext();
    const page = await context.newPage();
    const dialogs: string[] = [];
    page.on('dialog', (dialog) => {
      dialogs.push(dialog.message());
      void dialog.dismiss();
    });
    const evil = encodeURIComponent('<svg onload=alert(1)>"\'><script>alert(2)</script>');
    const github = '/auth/github/callback';
    for (const address of [
      `${scene.appUrl}${github}?error=${evil}&error_description=${evil}&state=${evil}`,
      `${scene.appUrl}/authorize?tx=${evil}`,
      `${scene.appUrl}/oauth/authorize?client_id=${evil}&redirect_uri=${evil}&error_description=${evil}`,
      `${scene.appUrl}/report?preview=${evil}`,
      `${first}/.byway/callback?code=${evil}&tx=${evil}&error_description=${evil}`,
      `${first}/.byway/${evil}`,
      `${first}/.byway/session?${evil}`,
      `${first}/.byway/seen?to=${evil}`,
    ]) {
      const answer = await page.goto(address);
      expect(answer, address).not.toBeNull();
      expect(await page.locator('svg, script').count(), address).toBe(0);
    }
    // The same within a login that this browser did begin.
    await page.goto(`${first}/`);
    const state = new URL(page.url()).searchParams.get('state') ?? '';
    const query = `error=server_error&error_description=${evil}&state=${encodeURIComponent(state)}`;
    await page.goto(`${scene.appUrl}${github}?${query}`);
    expect(await page.locator('svg, script').count()).toBe(0);
    expect(await page.content()).not.toContain('onload');
    expect(dialogs).toEqual([]);
    await context.close();
  });

  it('of the app host are shown in no frame (threat 40)', async () => {
    const { context, page } = await signedIn(browser, `${first}/`, people.member);
    for (const path of [
      '/logout',
      '/authorize?tx=none',
      '/oauth/authorize',
      '/report?preview=none',
    ]) {
      await page.evaluate((src) => {
        const frame = document.createElement('iframe');
        frame.src = src;
        document.body.replaceChildren(frame);
      }, `${scene.appUrl}${path}`);
      const inside = () =>
        page
          .frames()
          .find((frame) => frame !== page.mainFrame())
          ?.url();
      await expect.poll(inside, { message: path, timeout: 10_000 }).toMatch(/^chrome-error:/);
    }
    for (const path of ['/logout', '/device', '/report?preview=none']) {
      const headers = (await page.goto(scene.appUrl + path))?.headers();
      expect(headers, path).toMatchObject({
        'content-security-policy': expect.stringContaining("frame-ancestors 'none'") as string,
        'x-frame-options': 'DENY',
        'cross-origin-opener-policy': 'same-origin',
      });
    }
    await context.close();
  });
});

describe('a WebSocket to a private preview (threat 30)', () => {
  it('opens from its own pages, and from those of no other site or preview', async () => {
    const { context, page } = await signedIn(browser, `${first}/`, people.member);
    expect(await knock(page, first)).toBe('opened');
    await page.goto(`${second}/`);
    expect(await knock(page, first)).toBe('refused');
    await page.goto(`http://127.0.0.1:${portOf(elsewhere)}/`);
    expect(await knock(page, first)).toBe('refused');
    await page.goto(`${first}/`);
    expect(await knock(page, first)).toBe('opened');
    await context.close();
  });
});
