/** Lists: items with whatever is indented below them, other lists too. */
import { Html, html } from './page.ts';

const marker = /^( {0,3}(?:[-*+]|(\d{1,9})[.)]) {1,4})(?=\S)(.*)$/;

/**
 * @param inner makes the lines of an item into HTML
 * @returns the line after the list, and the list; undefined: none begins here
 */
export function listOf(
  lines: readonly string[],
  at: number,
  inner: (lines: readonly string[]) => Html,
): readonly [end: number, made: Html] | undefined {
  const first = marker.exec(lines[at] ?? '');
  if (first === null) return undefined;
  const ordered = first[2] !== undefined;
  const items: Html[] = [];
  let next = at;
  let end = at;
  for (;;) {
    const match = marker.exec(lines[next] ?? '');
    if (match === null || (match[2] !== undefined) !== ordered) break;
    end = endOfItem(lines, next, match[1]?.length ?? 0);
    const own = [match[3] ?? ''];
    for (const line of lines.slice(next + 1, end)) own.push(line.slice(match[1]?.length));
    items.push(html`<li>${itemOf(own, inner)}</li>`);
    next = nextText(lines, end);
  }
  return [
    end,
    ordered
      ? numbered(items, Number(first[2]))
      : html`<ul>
          ${items}
        </ul>`,
  ];
}

function numbered(items: readonly Html[], from: number): Html {
  return from === 1
    ? html`<ol>
        ${items}
      </ol>`
    : html`<ol start="${from}">
        ${items}
      </ol>`;
}

/** What is indented is part of it, with empty lines between. */
function endOfItem(lines: readonly string[], at: number, indent: number): number {
  let end = at + 1;
  for (;;) {
    const next = nextText(lines, end);
    const line = lines[next] ?? '';
    if (next === lines.length || line.slice(0, indent).trim() !== '') return end;
    end = next + 1;
  }
}

function nextText(lines: readonly string[], from: number): number {
  let at = from;
  while (at < lines.length && lines[at]?.trim() === '') at += 1;
  return at;
}

/** A line alone is no paragraph; a box stands for what is to be done. */
function itemOf(
  [first = '', ...rest]: readonly string[],
  inner: (lines: readonly string[]) => Html,
): Html {
  const words = first.replace(/^\[([ xX])\] +/, (_all, mark) => (mark === ' ' ? '☐ ' : '☑ '));
  const { text } = inner([words, ...rest]);
  if (rest.includes('')) return new Html(text);
  return new Html(text.replace(/^<p>([^]*?)<\/p>/, '$1'));
}
