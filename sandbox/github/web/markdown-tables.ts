/** Tables: a row of names, a row of dashes, rows. */
import { inline } from './markdown-inline.ts';
import { html, type Html } from './page.ts';

export function isTableStart(names: string, dashes: string): boolean {
  if (!names.includes('|') || !dashes.includes('-')) return false;
  return (
    cellsOf(dashes).every((cell) => /^:?-+:?$/.test(cell)) &&
    cellsOf(names).length === cellsOf(dashes).length
  );
}

/** @param lines names, dashes and rows; a row has as many cells as there are names */
export function table([names = '', , ...rows]: readonly string[]): Html {
  const columns = cellsOf(names);
  const head = columns.map((name) => html`<th scope="col">${inline(name)}</th>`);
  const body = rows.map((row) => {
    const cells = cellsOf(row);
    return html`<tr>
      ${columns.map((_name, index) => html`<td>${inline(cells[index] ?? '')}</td>`)}
    </tr>`;
  });
  // Narrow screens scroll the table, not the page; it takes the focus so that keys can.
  return html`<div class="scroll" tabindex="0" role="region" aria-label="Table">
    <table>
      <thead>
        <tr>
          ${head}
        </tr>
      </thead>
      <tbody>
        ${body}
      </tbody>
    </table>
  </div>`;
}

function cellsOf(line: string): string[] {
  return line
    .trim()
    .replace(/^\|/, '')
    .replace(/(?<!\\)\|$/, '')
    .split(/(?<!\\)\|/)
    .map((cell) => cell.trim());
}
