import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { securityPath, threatProblems, withTable } from '../../house/threats-document.ts';
import { later, open, threatGroups } from '../../house/threats.ts';
import { numbersOf, threatTests } from '../../house/threats-titles.ts';
import { readTree, root, type Tree } from '../../house/tree.ts';

const text = readFileSync(join(root, securityPath), 'utf8');

describe('docs/security.md', () => {
  it('shows every threat with its tests as they are now', () => {
    expect(threatProblems(readTree())).toEqual([]);
  });
});

// In a piece of its own, so that this file's examples are no titles of tests.
const word = 'threat';

describe('the rows', () => {
  const numbers = threatGroups.flatMap(({ threats }) => threats.map(([number]) => number));

  it('are numbered from 1 on, in their order', () => {
    expect(numbers).toEqual(numbers.map((_, index) => index + 1));
  });

  it('that wait for a test exist, and wait for one reason', () => {
    const waiting = [...open, ...Object.keys(later).map(Number)];
    expect(new Set(waiting).size).toBe(waiting.length);
    expect(waiting.filter((number) => !numbers.includes(number))).toEqual([]);
  });
});

describe('a title', () => {
  it.each<[string, number[]]>([
    [`${word} 5: x`, [5]],
    [`is x (${word} 5)`, [5]],
    [`${word}s 54 and 60: five`, [54, 60]],
    [`${word}s 1, 2 and 4: x`, [1, 2, 4]],
    [`${word}s 3–6, and 9: x`, [3, 4, 5, 6, 9]],
    [`${word} 5, 3 times`, [5]],
    [`${word}s 10, 11: 12 tabs`, [10, 11]],
    ['a treat 5', []],
  ])('%s names %j', (title, numbers) => expect(numbersOf(title)).toEqual(numbers));

  const titlesIn = (source: string) =>
    threatTests(new Map([['test/x.test.ts', source]])).map(({ title }) => title);

  it('is found in each form that tests have', () => {
    const sources = [
      `it('${word} 1: isn\\'t', f)`,
      `describe("${word} 1", f)`,
      `test.only(\`${word} 1: \${x}\`, f)`,
      `it.each<[string]>([\n  ['a'],\n])(\n  '${word} 1: %s',\n  f)`,
      `it.runIf(x)('${word} 1', f)`,
    ];
    expect(sources.flatMap(titlesIn)).toEqual([
      `${word} 1: isn't`,
      `${word} 1`,
      `${word} 1: \${x}`,
      `${word} 1: %s`,
      `${word} 1`,
    ]);
  });

  it('with its number in the rows is one title each', () => {
    const source = `it.each([['8: a']])('x')\nit.each([\n['2: a', {}],\n['3: b', {}],\n])('${word} %s!', f)`;
    expect(titlesIn(source)).toEqual([`${word} 2: a!`, `${word} 3: b!`]);
  });

  it('in a comment, of a skipped test, or outside of tests is none', () => {
    const sources = [
      `// it('${word} 1', f)`,
      `/* it('${word} 1', f) */`,
      `  /**\n   * it('${word} 1', f)\n   */`,
      `it.skip('${word} 1', f)`,
      `it.todo('${word} 1')`,
      `const x = '${word} 1';`,
    ];
    expect(sources.flatMap(titlesIn)).toEqual([]);
  });
});

describe('what is wrong', () => {
  /** A test for each row that needs one, and a document that shows them. */
  const tree = (change: (titles: number[]) => (number | string)[] = (numbers) => numbers): Tree => {
    const waiting = new Set([...open, ...Object.keys(later).map(Number)]);
    const numbers = threatGroups.flatMap(({ threats }) => threats.map(([number]) => number));
    const source = change(numbers.filter((number) => !waiting.has(number)))
      .map((number) => `it('${word} ${number}: x', f);\n`)
      .join('');
    const files: Tree = new Map([['test/x.test.ts', source]]);
    return new Map([...files, [securityPath, withTable(text, threatTests(files))!]]);
  };

  it('is nothing when every row has a test', () => expect(threatProblems(tree())).toEqual([]));

  it('is a row without a test', () => {
    const problems = threatProblems(tree((numbers) => numbers.filter((number) => number !== 5)));
    expect(problems).toHaveLength(1);
    expect(problems[0]).toMatch(/^threat 5 .* is named by no title of a test$/);
  });

  it.each(Object.keys(later).map(Number))('is a test of row %i, which is for later', (number) => {
    const [problem, ...more] = threatProblems(tree((numbers) => [...numbers, number]));
    expect(problem).toContain(`${word} ${number} has a test (test/x.test.ts): take it out`);
    expect(more).toEqual([]);
  });

  it.each([0, 62])('is a title that names row %i, which there is not', (number) => {
    expect(threatProblems(tree((numbers) => [...numbers, number]))).toHaveLength(1);
  });

  it('is a title whose number nobody can read', () => {
    expect(threatProblems(tree((numbers) => [...numbers, '%i']))).toEqual([
      `test/x.test.ts: “${word} %i: x” names a threat without its number`,
    ]);
  });

  it('is a document that is old, or has lost its marks', () => {
    const good = tree();
    const old = (document: string) => threatProblems(new Map([...good, [securityPath, document]]));
    expect(old(`${good.get(securityPath)}\n`)).toEqual([]);
    expect(old(good.get(securityPath)!.replace('| 5 |', '| 5a |'))[0]).toContain(
      'out of date: node',
    );
    expect(old('# Security')[0]).toContain('lacks its marks');
  });
});
