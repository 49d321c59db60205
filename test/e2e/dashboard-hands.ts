/** What people do on the dashboard's pages. */
import type { BrowserContext, Locator, Page } from 'playwright-core';

/** A tab at the address. `scriptErrors` gets what fails in it, and what its policy stops, a line each. */
export async function openWatched(
  context: BrowserContext,
  url: string,
  scriptErrors: string[],
): Promise<Page> {
  const page = await context.newPage();
  page.on('pageerror', (error) => scriptErrors.push(error.message));
  page.on('console', (message) => {
    if (/Content Security Policy/.test(message.text())) scriptErrors.push(message.text());
  });
  await page.goto(url);
  return page;
}

/** Until its feed is open. */
export async function isLive(page: Page): Promise<void> {
  await page.waitForSelector('[data-live-light]:not([hidden])');
}

/** For an hour. `row`: of the preview. Waits until the row says so. */
export async function makePublic(row: Locator): Promise<void> {
  await row.locator('summary', { hasText: 'Make public' }).click();
  await row.getByLabel('For', { exact: true }).selectOption('3600');
  await row.getByRole('button', { name: 'Make public' }).click();
  await row.getByText('public', { exact: true }).waitFor();
}
