/**
 * Markdown as far as comments on pull requests use it, made into HTML that is safe: everything is
 * escaped but what is made here. Comments of HTML are invisible, as on GitHub.
 */
import { inline } from './markdown-inline.ts';
import { listOf } from './markdown-lists.ts';
import { isTableStart, table } from './markdown-tables.ts';
import { Html, html } from './page.ts';

export function markdown(text: string): Html {
  return blocks(unfolded(text.replaceAll('\r\n', '\n').split('\n')), 0);
}

const fenceStart = /^ {0,3}(`{3,}|~{3,})/;
const foldingTag = /`[^`]{1,2000}`|<\/?details>|<details open>|<summary>.{0,1000}?<\/summary>/g;

/** The tags of a folded part on lines of their own, but not those that are code. */
function unfolded(lines: readonly string[]): string[] {
  let fence: string | undefined;
  return lines.flatMap((line) => {
    if (fence !== undefined) {
      if (line.trim().startsWith(fence)) fence = undefined;
      return [line];
    }
    fence = fenceStart.exec(line)?.[1];
    return fence === undefined ? apart(line) : [line];
  });
}

function apart(line: string): string[] {
  const pieces = line
    .replaceAll(foldingTag, (found) => (found.startsWith('`') ? found : `\n${found}\n`))
    .split('\n');
  return pieces.length === 1 ? pieces : pieces.filter((piece) => piece.trim() !== '');
}

/** Where a block of lines ends, and what it is made into. */
type Block = readonly [end: number, made: Html];
type Reader = (lines: readonly string[], at: number, depth: number) => Block | undefined;

/** Quotes in quotes: what is deeper is text. */
const maxDepth = 8;

const readers: readonly Reader[] = [
  blank,
  fence,
  comment,
  definition,
  details,
  heading,
  rule,
  quote,
  tableBlock,
  list,
  paragraph,
];

function blocks(lines: readonly string[], depth: number): Html {
  const made: string[] = [];
  let at = 0;
  while (at < lines.length) {
    for (const reader of readers) {
      const block = reader(lines, at, depth);
      if (block === undefined) continue;
      made.push(block[1].text);
      at = Math.max(at + 1, block[0]);
      break;
    }
  }
  return new Html(made.filter((text) => text !== '').join('\n'));
}

function blank(lines: readonly string[], at: number): Block | undefined {
  return lines[at]?.trim() === '' ? [at + 1, html``] : undefined;
}

function fence(lines: readonly string[], at: number): Block | undefined {
  const mark = fenceStart.exec(lines[at] ?? '')?.[1];
  if (mark === undefined) return undefined;
  const end = until(lines, at + 1, (line) => line.trim().startsWith(mark));
  return [
    end + 1,
    html`<pre tabindex="0"><code>${lines.slice(at + 1, end).join('\n')}</code></pre>`,
  ];
}

function comment(lines: readonly string[], at: number): Block | undefined {
  if (lines[at]?.trim().startsWith('<!--') !== true) return undefined;
  const end = until(lines, at, (line) => line.includes('-->'));
  const rest = (lines[end] ?? '').replace(/^.*?-->/, '');
  return [end + 1, rest.trim() === '' ? html`` : html`<p>${inline(rest)}</p>`];
}

/** `[name]: address` shows nothing. */
function definition(lines: readonly string[], at: number): Block | undefined {
  return /^ {0,3}\[[^\]]{1,200}\]: *\S+ *$/.test(lines[at] ?? '') ? [at + 1, html``] : undefined;
}

const foldStart = /^\s*<details(?: open)?>\s*$/;

function details(lines: readonly string[], at: number, outer: number): Block | undefined {
  if (outer >= maxDepth || !foldStart.test(lines[at] ?? '')) return undefined;
  let depth = 0;
  const end = until(lines, at, (line) => {
    if (foldStart.test(line)) depth += 1;
    if (line.trim() === '</details>') depth -= 1;
    return depth === 0;
  });
  const inner = lines.slice(at + 1, end);
  const first = until(inner, 0, (line) => line.trim() !== '');
  const label = /^\s*<summary>(.*)<\/summary>/.exec(inner[first] ?? '')?.[1];
  const text = blocks(inner.slice(label === undefined ? 0 : first + 1), outer + 1);
  const made = html`<summary>${inline(label ?? 'Details')}</summary>
    ${text}`;
  const open = lines[at]?.trim() === '<details open>';
  return [end + 1, open ? html`<details open>${made}</details>` : html`<details>${made}</details>`];
}

/** Below the headings of the page. */
function heading(lines: readonly string[], at: number): Block | undefined {
  const [, marks, text] = /^ {0,3}(#{1,6}) +(.*?)(?: +#+)?$/.exec(lines[at] ?? '') ?? [];
  if (marks === undefined || text === undefined) return undefined;
  const level = Math.min(6, Math.max(3, marks.length));
  return [at + 1, new Html(`<h${level}>${inline(text).text}</h${level}>`)];
}

function rule(lines: readonly string[], at: number): Block | undefined {
  return /^ {0,3}(?:-{3,}|\*{3,}|_{3,}) *$/.test(lines[at] ?? '')
    ? [at + 1, html`<hr />`]
    : undefined;
}

function quote(lines: readonly string[], at: number, depth: number): Block | undefined {
  if (depth >= maxDepth) return undefined;
  const end = until(lines, at, (line) => !line.startsWith('>'));
  if (end === at) return undefined;
  const inner = lines.slice(at, end).map((line) => line.replace(/^> ?/, ''));
  const kind = /^\[!(NOTE|TIP|IMPORTANT|WARNING|CAUTION)\] *$/.exec(inner[0] ?? '')?.[1];
  if (kind === undefined) return [end, html`<blockquote>${blocks(inner, depth + 1)}</blockquote>`];
  const alert = html`<blockquote class="alert ${alertStyles[kind] ?? 'note'}">
    <p class="kind">${kind.slice(0, 1)}${kind.slice(1).toLowerCase()}</p>
    ${blocks(inner.slice(1), depth + 1)}
  </blockquote>`;
  return [end, alert];
}

/** https://docs.github.com/en/get-started/writing-on-github/getting-started-with-writing-and-formatting-on-github/basic-writing-and-formatting-syntax#alerts */
const alertStyles: Readonly<Record<string, string>> = {
  TIP: 'tip',
  WARNING: 'warning',
  CAUTION: 'warning',
};

function tableBlock(lines: readonly string[], at: number): Block | undefined {
  if (!isTableStart(lines[at] ?? '', lines[at + 1] ?? '')) return undefined;
  const end = until(lines, at + 2, (line) => !line.includes('|'));
  return [end, table(lines.slice(at, end))];
}

function list(lines: readonly string[], at: number, depth: number): Block | undefined {
  if (depth >= maxDepth) return undefined;
  return listOf(lines, at, (inner) => blocks(inner, depth + 1));
}

/** What ends a paragraph without an empty line. */
const interruption =
  /^ *$|^ {0,3}(?:`{3}|~{3}|#{1,6} |>|[-*+] |\d{1,9}[.)] |<!--|(?:-{3,}|\*{3,}|_{3,}) *$)|^<\/?details(?: open)?>/;

/** A new line is a new line, as in comments on GitHub. */
function paragraph(lines: readonly string[], at: number): Block {
  const end = until(
    lines,
    at + 1,
    (line, index) => interruption.test(line) || isTableStart(line, lines[index + 1] ?? ''),
  );
  const text = lines.slice(at, end).map((line) => inline(line.trim()).text);
  return [end, new Html(`<p>${text.join('<br />\n')}</p>`)];
}

/** @returns the first line from `at` that fits, or the number of lines */
function until(
  lines: readonly string[],
  at: number,
  fits: (line: string, index: number) => boolean,
): number {
  for (let index = at; index < lines.length; index += 1) {
    if (fits(lines[index] ?? '', index)) return index;
  }
  return lines.length;
}
