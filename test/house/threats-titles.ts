/** Which tests name which threats: read from the titles in `test/`, without running anything. */
import type { Tree } from './tree.ts';

export interface TitledTest {
  readonly path: string;
  /** As written, without quotes. */
  readonly title: string;
  readonly numbers: readonly number[];
}

const comment = /^[ \t]*(?:\/\/.*|\/\*[\s\S]*?\*\/)/gm;
/** `it('…'`, `describe.each(rows)('…'`, `` it.each`…`('…' ``, with any quotes and line breaks. */
const titled =
  /(?:\b(?:it|test|describe)((?:\.\w+)*)|[)`])\s*\(\s*(?:'((?:[^'\\\n]|\\.)*)'|"((?:[^"\\\n]|\\.)*)"|`((?:[^`\\]|\\.)*)`)/g;
const firstOfRow = /\[\s*'([^'\n]*)'/g;

/** Tests whose title speaks of a threat, by path, then as they stand. Skipped ones hold nothing. */
export function threatTests(tree: Tree): TitledTest[] {
  const tests: TitledTest[] = [];
  const paths = [...tree.keys()].filter((path) => /^test\/.*\.tsx?$/.test(path));
  for (const path of paths.sort()) {
    const text = (tree.get(path) ?? '').replaceAll(comment, '');
    for (const match of text.matchAll(titled)) {
      const [, modifiers = '', single, double, template] = match;
      const title = (single ?? double ?? template ?? '').replaceAll(/\\(.)/g, '$1');
      if (!/\bthreats?\s+[\d%$]/i.test(title) || /\.(?:skip|todo)\b/.test(modifiers)) continue;
      for (const each of withRows(title, text.slice(0, match.index))) {
        tests.push({ path, title: each, numbers: numbersOf(each) });
      }
    }
  }
  return tests;
}

/** `threat %s` stands for a title for each row of the `each` before it. */
function withRows(title: string, before: string): string[] {
  if (!/\bthreats?\s+%s/i.test(title)) return [title];
  const rows = before.slice(before.lastIndexOf('.each(')).matchAll(firstOfRow);
  const titles = [...rows].map(([, first = '']) => title.replace('%s', first));
  return titles.length > 0 ? titles : [title];
}

/** Of `threat 5`, `threats 1, 2 and 4`, `threats 3–6`; none where no number can be read. */
export function numbersOf(title: string): number[] {
  const numbers = new Set<number>();
  const lists =
    /\bthreat\s+(\d+)|\bthreats\s+(\d+(?:(?:\s*,\s*and\s+|\s*,\s*|\s+and\s+|\s*[–-]\s*)\d+)*)/gi;
  for (const [, one, several] of title.matchAll(lists)) {
    for (const part of (one ?? several ?? '').split(/,|and/)) {
      const [first = 0, last = first] = part.split(/[–-]/).filter(Boolean).map(Number);
      if (first > 0) for (let number = first; number <= last; number += 1) numbers.add(number);
    }
  }
  return [...numbers];
}
