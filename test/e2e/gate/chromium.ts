/** Chromium as people have it: cookies, redirects, workers and sites for real. */
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import {
  chromium,
  type Browser,
  type BrowserContext,
  type BrowserContextOptions,
  type Page,
} from 'playwright-core';

/** Less than a test has, so that a failure names what was waited for. */
const patienceMs = 25_000;

const names = ['chromium', 'chromium-browser', 'google-chrome'];

/** @throws Error when there is none on the path */
export async function startChromium(): Promise<Browser> {
  const executablePath = (process.env.PATH ?? '')
    .split(delimiter)
    .flatMap((dir) => names.map((name) => join(dir, name)))
    .find((file) => existsSync(file));
  if (executablePath === undefined) throw new Error('Chromium is needed: apt-get install chromium');
  const browser = await chromium.launch({
    executablePath,
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
    ],
  });
  const newContext = browser.newContext.bind(browser);
  browser.newContext = async (options) => {
    const context = await newContext(options);
    context.setDefaultTimeout(patienceMs);
    return context;
  };
  return browser;
}

/** GitHub's page that asks who one is. */
const gitHubPage = '/login/oauth/authorize';

export function isAtGitHub(url: URL): boolean {
  return url.pathname === gitHubPage;
}

/** Answers GitHub's page, and waits for where it leads. */
export async function continueAs(page: Page, login: string): Promise<void> {
  await page.getByRole('button', { name: `Continue as ${login}` }).click();
  await page.waitForURL((url) => !isAtGitHub(url) && !url.pathname.startsWith('/.byway/callback'));
}

/** Answers GitHub's page if that is what the tab shows, whatever follows. */
export async function answerGitHub(page: Page, login: string): Promise<void> {
  if (!isAtGitHub(new URL(page.url()))) return;
  const left = page.waitForEvent('load');
  await page.getByRole('button', { name: `Continue as ${login}` }).click();
  await left;
}

/** Opens a page of a preview as somebody who has no session yet. */
export async function openAs(page: Page, url: string, login: string): Promise<void> {
  await page.goto(url);
  await continueAs(page, login);
}

/** A browser of its own whose person is signed in and looks at the page. */
export async function signedIn(
  browser: Browser,
  url: string,
  login: string,
): Promise<{ context: BrowserContext; page: Page }> {
  const context = await browser.newContext();
  const page = await context.newPage();
  await openAs(page, url, login);
  return { context, page };
}

/** A browser of its own that is signed in at the dashboard. */
export async function signInAtDashboard(
  browser: Browser,
  appUrl: string,
  login: string,
  options: BrowserContextOptions = {},
): Promise<BrowserContext> {
  const context = await browser.newContext(options);
  const page = await context.newPage();
  await page.goto(`${appUrl}/`);
  await page.getByRole('link', { name: 'Sign in with GitHub' }).click();
  await continueAs(page, login);
  if (page.url() !== `${appUrl}/dashboard`) throw new Error(`${login} is at ${page.url()}`);
  await page.close();
  return context;
}

/** Names of the gateway's cookies that the browser would send to the address. */
export async function ourCookies(context: BrowserContext, url: string): Promise<string[]> {
  const cookies = await context.cookies(url);
  return cookies.map(({ name }) => name).filter((name) => name.startsWith('__Host-byway_'));
}

/** Counts how often the browser is shown GitHub's page. */
export function countGitHubPages(context: BrowserContext): () => number {
  let count = 0;
  context.on('request', (request) => {
    if (request.method() === 'GET' && isAtGitHub(new URL(request.url()))) count += 1;
  });
  return () => count;
}

/** From now on GitHub's page is answered as soon as a tab shows it, as for somebody whom GitHub knows. */
export async function letGitHubKnow(context: BrowserContext, login: string): Promise<void> {
  const button = JSON.stringify(`button[value="${login}"]`);
  await context.addInitScript(`
    if (location.pathname === ${JSON.stringify(gitHubPage)}) {
      addEventListener('DOMContentLoaded', () => document.querySelector(${button}).click());
    }
  `);
}
