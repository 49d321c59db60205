/** The dashboard's lists under the eyes and hands of somebody, while others change what is in them. */
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Visitor } from '#sandbox/visitor.ts';
import { isLive, makePublic, openWatched } from './dashboard-hands.ts';
import { signInAtDashboard, startChromium } from './gate/chromium.ts';
import { GateScene, ids, organisation, people } from './gate/scene.ts';

const scene = new GateScene();
let browser: Browser;
let origin: string;
let label: string;
let owner: BrowserContext;
const scriptErrors: string[] = [];

beforeAll(async () => {
  [browser] = await Promise.all([startChromium(), scene.start()]);
  origin = await scene.preview();
  label = scene.labelOf(origin);
  owner = await signInAtDashboard(browser, scene.appUrl, people.admin);
}, 90_000);
afterAll(async () => {
  await browser?.close();
  await scene.stop();
});

/** A page whose feed is open. */
async function open(path = ''): Promise<Page> {
  const page = await openWatched(owner, `${scene.appUrl}/dashboard${path}`, scriptErrors);
  await isLive(page);
  return page;
}

const bob = { org: organisation.login, login: people.member };

const row = (page: Page) => page.locator(`#row-${label}`);
const copyButton = (page: Page) => row(page).getByRole('button', { name: /^Copy the link/ });
const news = (page: Page) => page.locator('#news').textContent();

/** What somebody else does, and the page's list shows. */
async function someoneMakesIt(access: 'private' | 'public', page: Page): Promise<void> {
  await scene.setAccess(origin, access);
  const text = access === 'public' ? 'public' : 'organisation';
  await row(page).getByText(text, { exact: true }).waitFor();
}

describe('the list', () => {
  it('follows what another tab does, and leaves the focus where it was', async () => {
    const [first, second] = [await open(), await open()];
    await second.locator(`#link-${label}`).focus();
    await makePublic(row(first));
    await row(second).getByText('public', { exact: true }).waitFor();
    expect(await second.locator('*:focus').getAttribute('id')).toBe(`link-${label}`);
    expect(await news(second)).toBe('The list has changed.');
    await row(first).getByRole('button', { name: 'Require authentication' }).click();
    await row(second).getByText('organisation', { exact: true }).waitFor();
    await first.close();
    await second.close();
  });

  it('shows an intercept that begins, and lets it be removed', async () => {
    const page = await open();
    const made = scene.labelOf(await scene.preview());
    const fresh = page.locator(`#row-${made}`);
    await fresh.waitFor();
    await fresh.locator('summary', { hasText: 'Remove intercept' }).click();
    await fresh.getByRole('button', { name: 'Yes, remove intercept' }).click();
    await page.getByText('The intercept has ended.').waitFor();
    await fresh.waitFor({ state: 'detached' });
    const ended = 'ended by alice through the edge';
    const status = async () => (await scene.stack.byway('status')).stdout;
    await expect.poll(status, { timeout: 20_000, interval: 500 }).toContain(ended);
    const last = scene.labelOf(await scene.preview());
    const other = page.locator(`#row-${last}`);
    await other.waitFor();
    await other.locator('summary', { hasText: 'Remove preview' }).click();
    await other.getByRole('button', { name: 'Yes, remove preview' }).click();
    await page.getByText('The preview is removed.').waitFor();
    await page.close();
  });

  it('says when the connector is away, and when it is back', async () => {
    const page = await open('/clusters');
    await scene.stack.part('connector').kill();
    await page.getByText('No connector is connected').waitFor();
    await scene.stack.startPart('connector');
    await page.getByText('No connector is connected').waitFor({ state: 'detached' });
    await page.close();
  });
});

describe('a page that changes while it is used', () => {
  it('loses no click, also when the change comes between press and release', async () => {
    await owner.grantPermissions(['clipboard-read', 'clipboard-write']);
    const page = await open();
    // By the keyboard, as the change may move the button from under a pointer.
    await copyButton(page).focus();
    await page.keyboard.down('Space');
    await someoneMakesIt('public', page);
    await page.keyboard.up('Space');
    await page.getByText('Copied.').waitFor();
    expect(await page.evaluate<string>('navigator.clipboard.readText()')).toBe(origin);
    await someoneMakesIt('private', page);
    await page.close();
  });

  it('lets nobody in but whose button was pressed', async () => {
    const ask = async (login: string, shown: string): Promise<void> => {
      const visitor = new Visitor(login);
      await visitor.submit(await visitor.open(`${origin}/`));
      await row(page).getByText(shown, { exact: true }).waitFor();
    };
    const page = await open();
    const sent: string[] = [];
    page.on('request', (request) => {
      if (request.method() === 'POST') sent.push(request.url());
    });
    await ask(people.outsider, 'mallory asks');
    scene.github.actions.act({ action: 'remove_member', ...bob });
    await ask(people.member, '2 ask');
    await row(page).locator('summary', { hasText: 'Guests' }).click();
    await row(page).getByRole('button', { name: 'Allow mallory' }).focus();
    await page.keyboard.down('Space');
    const path = `/api/v1/previews/${label}/guests`;
    const made = await scene.stack.api('POST', path, { user_id: ids.mallory });
    expect(made.status).toBe(200);
    await row(page).getByText('bob asks', { exact: true }).waitFor();
    await page.keyboard.up('Space');
    await copyButton(page).click();
    await page.getByText('Copied.').waitFor();
    expect(sent).toEqual([]);
    const { body } = await scene.stack.api('GET', `/api/v1/previews/${label}`);
    const { allowed, askers } = body as {
      allowed: { user: { login: string } }[];
      askers: { login: string }[];
    };
    expect(allowed.map(({ user }) => user.login)).toEqual(['mallory']);
    expect(askers.map(({ login }) => login)).toEqual(['bob']);
    scene.github.actions.act({ action: 'set_member', ...bob });
    await page.close();
  });

  it('goes on saying what was done', async () => {
    const page = await open();
    await copyButton(page).click();
    await someoneMakesIt('public', page);
    expect(await news(page)).toBe('The list has changed.');
    expect(await page.getByRole('status').textContent()).toBe('Copied.');
    await someoneMakesIt('private', page);
    await page.close();
  });

  it('keeps what is open and what was chosen, the field itself included', async () => {
    const page = await open();
    await row(page).locator('summary', { hasText: 'Remove intercept' }).click();
    await row(page).locator('summary', { hasText: 'Make public' }).click();
    const field = row(page).getByLabel('For', { exact: true });
    await field.selectOption('7200');
    await field.focus();
    // Its list of choices stays open only as long as the element is the same.
    const same = await field.elementHandle();
    const made = scene.labelOf(await scene.preview());
    await page.locator(`#row-${made}`).waitFor();
    expect(await same?.evaluate((element) => element.isConnected)).toBe(true);
    expect(await field.inputValue()).toBe('7200');
    expect(await row(page).locator('details[open]').count()).toBe(2);
    await page.close();
  });

  it('moves the focus to the list when what had it is gone', async () => {
    const gone = await scene.preview();
    const page = await open();
    await page.locator(`#link-${scene.labelOf(gone)}`).focus();
    const path = `/api/v1/previews/${scene.labelOf(gone)}`;
    expect((await scene.stack.api('DELETE', path)).status).toBe(204);
    await page.locator(`#link-${scene.labelOf(gone)}`).waitFor({ state: 'detached' });
    expect(await page.locator('*:focus').getAttribute('id')).toBe('main');
    await page.close();
  });
});

it('a link that the browser does not let be copied can be selected and copied by hand', async () => {
  await owner.clearPermissions();
  const page = await open();
  await page.evaluate(
    `navigator.clipboard.writeText = () => Promise.reject(new DOMException('', 'NotAllowedError'))`,
  );
  await copyButton(page).click();
  await page.getByText('The browser does not let it be copied').waitFor();
  await page.close();
});

it('no script of ours fails', () => {
  expect(scriptErrors).toEqual([]);
});
