/**
 * The story of a pull request as people live it, in Chromium. With `BYWAY_SCREENSHOTS` set to a folder,
 * pictures of its stations are written there.
 */
import type { RequestListener } from 'node:http';
import { join } from 'node:path';
import type { Browser, Locator, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { answerGitHub, continueAs, openAs, startChromium } from '../gate/chromium.ts';
import { ids, people } from '../gate/scene.ts';
import { PullScene, repository, waitMs } from './scene.ts';

const scene = new PullScene();
/** Of the sandbox's seed. */
const number = 1;
const app: RequestListener = (_request, response) => {
  response.setHeader('content-type', 'text/html; charset=utf-8');
  response.end(`<!doctype html><html lang="en"><meta charset="utf-8"><title>Shop</title>
    <style>body { font: 18px/1.5 system-ui; margin: 0 auto; max-width: 46rem; padding: 2rem }
    li { padding: .4rem 0 } strong { background: #e2f5e5; padding: .3rem .6rem }</style>
    <h1>Your basket</h1><ul><li>Tea pot · 32.00</li><li>Two cups · 11.00</li></ul>
    <p><strong>7.00 more and shipping is free</strong></p></html>`);
};

let browser: Browser;
let origin: string;
let writer: Page;
let member: Page;
let outsider: Page;

beforeAll(async () => {
  [browser] = await Promise.all([startChromium(), scene.start(app)]);
  scene.act({ action: 'set_visibility', repository, private: false });
  const owner = { id: ids.alice, login: people.admin };
  origin = await scene.previewOf({ remotes: [], pr: { repository, number } }, owner);
  [writer, member, outsider] = [
    await someoneAt(people.admin),
    await someoneAt(people.member),
    await someoneAt(people.outsider),
  ];
}, 90_000);
afterAll(async () => {
  await browser?.close();
  await scene.stop();
});

/** A browser of their own, at the pull request. */
async function someoneAt(login: string): Promise<Page> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 } });
  const page = await context.newPage();
  await openPull(page);
  await page.getByLabel('Acting as').selectOption(login);
  await page.getByRole('button', { name: 'Switch' }).click();
  await page.getByLabel(`Comment as ${login}`).waitFor();
  return page;
}

async function openPull(page: Page): Promise<void> {
  await page.goto(`${scene.github.loopbackUrl}/${repository}/pull/${number}`);
}

function sticky(page: Page): Locator {
  return page.getByRole('article').filter({ hasText: 'Preview links' });
}

/** Loads the pull request again until the app's comment says so. */
async function reads(page: Page, text: string | RegExp): Promise<void> {
  const look = async (): Promise<void> => {
    await openPull(page);
    const said = (await sticky(page).allInnerTexts()).join('\n');
    if (!(typeof text === 'string' ? said.includes(text) : text.test(said)))
      throw new Error(`not yet: ${said || 'no comment'}`);
  };
  await vi.waitFor(look, { timeout: waitMs, interval: 100 });
}

async function comments(text: string): Promise<void> {
  await openPull(writer);
  await writer.getByLabel(`Comment as ${people.admin}`).fill(text);
  await writer.getByRole('button', { name: 'Comment', exact: true }).click();
  await writer
    .getByRole('article', { name: `Comment by ${people.admin}` })
    .last()
    .waitFor();
}

/** Follows the link in the comment. */
async function follows(page: Page): Promise<void> {
  await openPull(page);
  await sticky(page).getByRole('link', { name: 'Open' }).click();
  await page.waitForLoadState();
}

function heading(page: Page): Promise<string | null> {
  return page.locator('h1').textContent();
}

async function picture(page: Page, name: string): Promise<void> {
  const dir = process.env.BYWAY_SCREENSHOTS;
  if (dir === undefined) return;
  await page.screenshot({ path: join(dir, `pull-request-${name}.png`), fullPage: true });
}

it('shows the link in one comment', async () => {
  await reads(writer, '🔒 organisation');
  const link = sticky(writer).getByRole('link', { name: 'Open' });
  expect(await link.getAttribute('href')).toMatch(new RegExp(`^${origin}/?$`));
  expect(await sticky(writer).count()).toBe(1);
  await picture(writer, 'link');
}, 60_000);

it('leads a member through GitHub’s sign-in to the preview', async () => {
  await follows(member);
  await continueAs(member, people.member);
  expect(new URL(member.url()).origin).toBe(origin);
  expect(await heading(member)).toBe('Your basket');
  await picture(member, 'preview');
}, 60_000);

it('is opened to everybody by a comment, after a notice whose preview it is', async () => {
  await comments('/preview public');
  await reads(writer, '🌐 public until');
  await picture(writer, 'public');
  await follows(outsider);
  expect(await heading(outsider)).toBe('A preview, shared with you');
  expect(await outsider.locator('main').innerText()).toContain(people.admin);
  await picture(outsider, 'notice');
  await outsider.getByRole('button', { name: 'Continue to the preview' }).click();
  await outsider.getByRole('heading', { name: 'Your basket' }).waitFor();
}, 60_000);

it('is shut by a comment: an outsider is refused at the next request', async () => {
  await comments('/preview private');
  await reads(writer, '🔒 organisation');
  await outsider.reload();
  await continueAs(outsider, people.outsider);
  expect(await heading(outsider)).toBe('Perhaps another account');
  expect(await outsider.content()).not.toContain(scene.labelOf(origin));
  await picture(outsider, 'denied');
}, 60_000);

it('lets an outsider ask, who is in when a writer says so', async () => {
  await outsider.getByRole('button', { name: 'Ask for access' }).click();
  await outsider.getByRole('heading', { name: 'You have asked' }).waitFor();
  await reads(writer, `Asking to be let in: ${people.outsider}`);
  await picture(writer, 'asking');
  await comments(`/preview allow @${people.outsider}`);
  await reads(writer, new RegExp(`${people.outsider} until`));
  await picture(writer, 'allowed');
  await follows(outsider);
  await continueAs(outsider, people.outsider);
  expect(new URL(outsider.url()).origin).toBe(origin);
  expect(await heading(outsider)).toBe('Your basket');
}, 60_000);

it('is over when the pull request is closed: the comment says so, and members are told at the link', async () => {
  await openPull(writer);
  await writer.getByRole('button', { name: 'Close pull request' }).click();
  await reads(writer, 'The pull request is closed, and its previews were removed.');
  expect(await sticky(writer).getByRole('link', { name: 'Open' }).count()).toBe(0);
  expect(await sticky(writer).count()).toBe(1);
  await picture(writer, 'closed');
  await member.reload();
  await answerGitHub(member, people.member);
  expect(await heading(member)).toBe('This preview has ended');
  expect(await member.innerText('body')).toContain('its pull request was closed');
  expect(await member.innerText('body')).toContain('410');
  await picture(member, 'ended');
  await outsider.reload();
  await answerGitHub(outsider, people.outsider);
  // Who was let in once is told what somebody is told who comes anew, and may ask again.
  expect(await heading(outsider)).toBe('Perhaps another account');
  expect(await outsider.getByRole('button', { name: 'Ask for access' }).count()).toBe(1);
  expect(await outsider.innerText('body')).not.toContain('ended');
  await outsider.context().clearCookies();
  await openAs(outsider, origin, people.outsider);
  const refused = await outsider.innerText('main');
  expect(refused).toContain('Perhaps another account');
  await outsider.context().clearCookies();
  const unknown = origin.replace(scene.labelOf(origin), 'a'.repeat(20));
  await openAs(outsider, unknown, people.outsider);
  expect(await outsider.innerText('main')).toBe(refused);
}, 60_000);
