/** The step of the dashboard's script that makes a page as another one is, in Chromium, on random pages. */
import * as fc from 'fast-check';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { becomeScript } from '#edge/dashboard/become-script.ts';
import { startChromium } from '../../../e2e/gate/chromium.ts';

let browser: Browser;
let page: Page;

beforeAll(async () => {
  browser = await startChromium();
  page = await browser.newPage();
  await page.addScriptTag({ content: becomeScript });
}, 60_000);
afterAll(() => browser?.close());

const line = fc.option(fc.constantFrom('<p>a line</p>', '<span>another</span>', 'text'), {
  nil: '',
});
const row = fc
  .record({ id: fc.nat(7), before: line, after: line, state: line, isOpen: fc.boolean() })
  .map(
    ({ id, before, after, state, isOpen }) => `<tr id="row-${id}"><th>${before}
      <span class="link"><a id="link-${id}" href="/${id}">${id}</a> <button id="copy-${id}">Copy</button></span>
      ${after}</th><td>${state}</td>
      <td><div>${isOpen ? `<form><button id="close-${id}">Close</button></form>` : ''}
      <details id="more-${id}"><summary>More</summary><select id="choice-${id}"><option>1<option>2</select>
      </details></div></td></tr>`,
  );
const rows = fc.uniqueArray(row, { selector: (text) => text.slice(0, 16), maxLength: 6 });
const list = rows.map(
  (each) => `<table><thead><tr><th>Name</th></tr></thead><tbody>${each.join('')}`,
);

/** Returns what differs afterwards, and which named elements were in both but are not the same any more. */
const step = `(([before, after]) => {
  const [now, next] = [before, after].map((text) => {
    const element = document.createElement('div');
    element.innerHTML = text;
    return element;
  });
  const expected = next.innerHTML;
  const old = new Map([...now.querySelectorAll('[id]')].map((each) => [each.id, each]));
  become(now, next);
  const lost = [...now.querySelectorAll('[id]')].filter(({ id }) => old.has(id))
    .filter((each) => old.get(each.id) !== each).map(({ id }) => id);
  return { isEqual: now.innerHTML === expected, lost };
})`;

it('whatever comes: the page is as it, and what has a name in both is the same element', async () => {
  const pairs = fc.array(fc.tuple(list, list), { minLength: 1, maxLength: 100, size: 'max' });
  const check = fc.asyncProperty(pairs, async (each) => {
    const seen = await page.evaluate(`${JSON.stringify(each)}.map(${step})`);
    expect(seen).toEqual(each.map(() => ({ isEqual: true, lost: [] })));
  });
  await fc.assert(check, { numRuns: 30 });
});
