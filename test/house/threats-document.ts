/** The generated part of `docs/security.md`, and what may be wrong between rows, tests and document. */
import { later, open, partly, threatGroups, type Threat } from './threats.ts';
import { threatTests, type TitledTest } from './threats-titles.ts';
import type { Tree } from './tree.ts';

export const securityPath = 'docs/security.md';
const listPath = 'test/house/threats.ts';
export const writeCommand = 'node sandbox/bootstrap.mjs test/house/write-security.ts';

const begin = '<!-- threats: begin, written by test/house/write-security.ts -->';
const end = '<!-- threats: end -->';
const maxTitlesPerFile = 2;
const maxTitleCharacters = 70;

const threats = threatGroups.flatMap((group) => group.threats);

/** The document with its table made anew; undefined when the marks are not there. */
export function withTable(document: string, tests: readonly TitledTest[]): string | undefined {
  const from = document.indexOf(begin);
  const to = document.indexOf(end);
  if (from < 0 || to < from) return undefined;
  return `${document.slice(0, from + begin.length)}\n\n${tables(tests)}\n${document.slice(to)}`;
}

/** House rule: every row has its tests, every number its row, and the document shows both. */
export function threatProblems(tree: Tree): string[] {
  const tests = threatTests(tree);
  const problems = [...titleProblems(tests), ...rowProblems(tests)];
  const document = tree.get(securityPath) ?? '';
  const anew = withTable(document, tests);
  if (anew === undefined) problems.push(`${securityPath} lacks its marks: ${begin} … ${end}`);
  else if (anew !== document) problems.push(`${securityPath} is out of date: ${writeCommand}`);
  return problems;
}

function titleProblems(tests: readonly TitledTest[]): string[] {
  const known = new Set(threats.map(([number]) => number));
  return tests.flatMap(({ path, title, numbers }) => {
    if (numbers.length === 0) return [`${path}: “${title}” names a threat without its number`];
    const strange = numbers.filter((number) => !known.has(number));
    return strange.map((number) => `${path}: “${title}”: ${listPath} has no threat ${number}`);
  });
}

function rowProblems(tests: readonly TitledTest[]): string[] {
  return threats.flatMap(([number, threat]) => {
    const test = tests.find(({ numbers }) => numbers.includes(number));
    const waits = open.includes(number) ? 'open' : number in later ? 'later' : undefined;
    if (!test && !waits) return [`threat ${number} (${threat}) is named by no title of a test`];
    if (!test || !waits) return [];
    return [
      `threat ${number} has a test (${test.path}): take it out of \`${waits}\` in ${listPath}`,
    ];
  });
}

function tables(tests: readonly TitledTest[]): string {
  const held = threats.filter(([number]) => tests.some(({ numbers }) => numbers.includes(number)));
  const blocks = threatGroups.map((group) => {
    const rows = group.threats.map((row) => `${rowOf(row, tests)}\n`).join('');
    return `### ${group.title}\n\n| # | threat | what stops it | tests |\n|---|---|---|---|\n${rows}`;
  });
  return `${held.length} of ${threats.length} rows have tests.\n\n${blocks.join('\n')}`;
}

function rowOf([number, threat, defence]: Threat, tests: readonly TitledTest[]): string {
  const titles = new Map<string, string[]>();
  for (const { path, title, numbers } of tests) {
    if (!numbers.includes(number)) continue;
    titles.set(path, [...(titles.get(path) ?? []), shortened(title)]);
  }
  const cells = [...titles].map(([path, all]) => {
    const name = path.replace(/^test\//, '').replace(/(\.test)?\.tsx?$/, '');
    const shown = all.filter((title) => /\p{L}/u.test(title)).slice(0, maxTitlesPerFile);
    const more = all.length > shown.length ? [`${all.length - shown.length} more`] : [];
    return `[${name}](../${path}): ${[...shown, ...more].join('; ')}`;
  });
  const missing = partly[number];
  if (cells.length === 0) cells.push(number in later ? `later: ${later[number]}` : 'not yet');
  else if (missing !== undefined) cells.push(`not yet: ${missing}`);
  return `| ${number} | ${threat} | ${defence} | ${cells.join('<br>')} |`;
}

/** Without its number, parameters as `…`, and nothing that Markdown would take for its own. */
function shortened(title: string): string {
  const words = title
    .replace(/^threats? [\d\s,–-]+(?:and \d+)?\s*:?\s*/i, '')
    .replace(/\s*\(threats? [^)]*\)/i, '')
    .replaceAll(/\$\{[^}]*\}|%[sdifjoO#]/g, '…')
    .replaceAll(/\s+/g, ' ')
    .trim();
  const short =
    words.length > maxTitleCharacters
      ? `${words.slice(0, maxTitleCharacters).replace(/\s+\S*$/, '')} …`
      : words;
  return short.replaceAll(/[\\`*_[\]<>|]/g, String.raw`\$&`);
}
