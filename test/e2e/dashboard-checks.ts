/**
 * What can be seen of accessibility without a person: axe-core's rules, what these do not look at
 * (identifiers, the shape of tables, pages wider than the screen), and the way of the keyboard.
 */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { Page } from 'playwright-core';

const inPage = readFileSync(new URL('dashboard-in-page.js', import.meta.url), 'utf8');
const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

export const colours = ['light', 'dark'] as const;
/** CSS pixels; the narrow one is what WCAG 2.2, 1.4.10 (reflow) asks for. */
export const widths = [1280, 320] as const;

/** What is wrong, a line each. */
export async function faultsOf(page: Page): Promise<string[]> {
  const own = await page.evaluate<string[]>(`${inPage}; dashboardChecks.faultsOfPage()`);
  const found = await page.evaluate<string[]>(`${axe}; ${inPage}; dashboardChecks.axeFaults()`);
  return [...own, ...found];
}

/** The same in both colours, on a desk and on a small telephone. */
export async function faultsInEachLook(page: Page): Promise<string[]> {
  const faults: string[] = [];
  for (const colorScheme of colours) {
    for (const width of widths) {
      await page.emulateMedia({ colorScheme });
      await page.setViewportSize({ width, height: 844 });
      const found = await faultsOf(page);
      faults.push(...found.map((fault) => `${colorScheme}, ${width} px: ${fault}`));
    }
  }
  return faults;
}

/** Opens whatever can be opened, so that all of it is looked at. */
export async function unfold(page: Page): Promise<void> {
  for (const details of await page.locator('details').all()) {
    await details.evaluate((element) => element.setAttribute('open', ''));
  }
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
