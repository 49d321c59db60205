/** Cookies of several previews in one Chromium: whose are whose, and what one can do to another. */
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { acceptWebSockets, app } from './chromium-app.ts';
import type { PageDocument, PageLocation } from './chromium-dom.ts';
import { isAtGitHub, openAs, ourCookies, signedIn, startChromium } from './chromium.ts';
import { GateScene, people, type Echo } from './scene.ts';

// In the pages.
declare const document: PageDocument;
declare const location: PageLocation;

const scene = new GateScene();
const session = '__Host-byway_session';
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

async function bob(): Promise<{ context: BrowserContext; page: Page }> {
  const { context, page } = await signedIn(browser, `${first}/`, people.member);
  await page.goto(`${second}/`);
  return { context, page };
}

function echo(page: Page): Promise<Echo> {
  return page.evaluate(async () => (await (await fetch('/echo')).json()) as Echo);
}

function socketEcho(page: Page): Promise<Echo> {
  return page.evaluate(
    () =>
      new Promise<Echo>((resolve) => {
        const socket = new WebSocket(`ws://${location.host}/socket`);
        socket.addEventListener('message', ({ data }) => {
          socket.close();
          resolve(JSON.parse(data as string) as Echo);
        });
      }),
  );
}

function fieldOf({ headers }: Echo, name: string): string | undefined {
  const at = headers.findIndex((each, index) => index % 2 === 0 && each.toLowerCase() === name);
  return at < 0 ? undefined : headers[at + 1];
}

describe('two previews', () => {
  it('have each their own cookies, and the app gets none of the gateway’s (threat 14)', async () => {
    const { context, page } = await bob();
    await page.goto(`${first}/cookie?value=first`);
    expect(fieldOf(await echo(page), 'cookie')).toBe('own=first');
    const socket = await socketEcho(page);
    expect(fieldOf(socket, 'cookie')).toBe('own=first');
    expect(await page.evaluate(() => document.cookie)).toBe('');
    await page.goto(`${second}/`);
    const seen = await echo(page);
    expect(fieldOf(seen, 'cookie')).toBeUndefined();
    for (const { headers } of [seen, socket]) expect(headers.join('\n')).not.toMatch(/byway_/i);
    const [one, two] = await Promise.all([context.cookies(first), context.cookies(second)]);
    const valueIn = (cookies: typeof one) => cookies.find(({ name }) => name === session)?.value;
    expect(valueIn(one)).toBeDefined();
    expect(valueIn(one)).not.toBe(valueIn(two));
    await context.close();
  });

  it('cannot plant the gateway’s cookies in one another (threat 11)', async () => {
    const { context, page } = await bob();
    await page.goto(`${first}/`);
    const planted = await page.evaluate(() => {
      const forAll = 'Domain=preview.localhost; Path=/';
      document.cookie = `__Host-byway_session=planted; ${forAll}`;
      document.cookie = `__Host-byway_session=planted; ${forAll}; Secure`;
      document.cookie = `=__Host-byway_session=planted; ${forAll}`;
      document.cookie = `\u00A0__Host-byway_session=planted; ${forAll}`;
      document.cookie = `\u2000__Host-byway_session=planted; ${forAll}`;
      document.cookie = `plain=planted; ${forAll}`;
      return document.cookie;
    });
    expect(planted).toContain('plain=planted');
    await page.goto(`${second}/still`);
    expect(page.url()).toBe(`${second}/still`);
    expect(await page.evaluate(() => document.cookie)).toContain('plain=planted');
    expect(fieldOf(await echo(page), 'cookie')).toContain('plain=planted');
    // Without the true one the planted ones are worth nothing, and a login goes through beside them.
    await context.clearCookies({ name: session });
    expect(await page.evaluate(async () => (await fetch('/echo')).status)).toBe(401);
    await page.goto(`${second}/again`);
    expect(page.url()).toBe(`${second}/again`);
    expect(await page.evaluate(async () => (await fetch('/echo')).status)).toBe(200);
    await context.close();
  });

  it('cannot lock anybody out for good with cookies for all of them (threat 12)', async () => {
    const { context, page } = await signedIn(browser, `${first}/`, people.member);
    const kept = await page.evaluate(() => {
      for (let index = 0; index < 200; index += 1) {
        document.cookie = `c${index}=${'x'.repeat(2000)}; Domain=preview.localhost; Path=/`;
      }
      return document.cookie.length;
    });
    expect(kept).toBeGreaterThan(128 * 1024);
    const answer = await page.goto(`${second}/wanted`);
    expect(answer?.status()).toBe(431);
    expect(await page.locator('h1').textContent()).toBe('Request head too large');
    expect(await page.innerText('body')).toContain('cookies');
    // The app host is another site.
    await page.goto(`${scene.appUrl}/logout`);
    expect(await page.locator('strong').textContent()).toBe(people.member);
    const other = await context.newPage();
    await other.goto(`${scene.appUrl}/device?account=choose`);
    expect(isAtGitHub(new URL(other.url()))).toBe(true);
    await other.getByRole('button', { name: `Continue as ${people.admin}` }).click();
    await other.waitForURL(`${scene.appUrl}/device`);
    expect(await other.locator('strong').textContent()).toBe(people.admin);
    // The page that said 431 has thrown the cookies away.
    await page.goto(`${second}/wanted`);
    expect(page.url()).toBe(`${second}/wanted`);
    expect(await page.locator('h1').textContent()).toBe('The app');
    await context.close();
  });
});

describe('a session that the app overwrites', () => {
  it('costs one clean login (threat 16)', async () => {
    const context = await browser.newContext();
    const page = await context.newPage();
    await openAs(page, `${first}/`, people.member);
    // Script cannot touch the cookie itself, which is HttpOnly; what fills the jar pushes it out.
    await context.clearCookies({ name: session });
    await page.evaluate((name) => (document.cookie = `${name}=forged; Path=/; Secure`), session);
    expect(await page.evaluate(() => document.cookie)).toContain('forged');
    expect(await page.evaluate(async () => (await fetch('/echo')).status)).toBe(401);
    await page.goto(`${first}/after`);
    expect(page.url()).toBe(`${first}/after`);
    expect(await ourCookies(context, first)).toContain(session);
    await context.close();
  });
});
