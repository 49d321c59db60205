/**
 * What can be seen of accessibility without a person: names of controls, labels, headings, landmarks,
 * identifiers, contrast of all text, and the order in which the keyboard goes through a page.
 */
import { readFileSync } from 'node:fs';
import type { Page } from 'playwright-core';

const inPage = readFileSync(new URL('dashboard-in-page.js', import.meta.url), 'utf8');

/** What is wrong, a line each. */
export function faultsOf(page: Page): Promise<string[]> {
  return page.evaluate<string[]>(`${inPage}; dashboardChecks.faultsOfPage()`);
}

/**
 * Walks through the page with the Tab key. What is wrong: a control that is not reached, one that is
 * reached in another order than it stands, or whose focus cannot be seen.
 */
export async function keyboardFaultsOf(page: Page): Promise<string[]> {
  const faults: string[] = [];
  const expected = await page.evaluate<number>(`${inPage}; dashboardChecks.markStops()`);
  for (let index = 0; index < expected; index += 1) {
    await page.keyboard.press('Tab');
    const [stop, outline] = await page.evaluate<[string | undefined, string]>(
      `${inPage}; dashboardChecks.focusedStop()`,
    );
    // A field for a date has a stop for each of its parts.
    if (Number(stop) < index && stop !== undefined) {
      index -= 1;
      continue;
    }
    if (stop !== String(index)) {
      return [...faults, `stop ${index} of ${expected} is at ${stop}`];
    }
    if (outline === '0px') faults.push(`the focus of stop ${index} cannot be seen`);
  }
  return faults;
}
