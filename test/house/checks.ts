/** Everything that can be said about the code without running it, as named checks. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { run } from '../runner/child.ts';
import { decisionProblems, linkProblems, presenceProblems, scriptProblems } from './documents.ts';
import {
  caseProblems,
  lengthProblems,
  lockProblems,
  personalPathProblems,
  vagueNameProblems,
} from './files.ts';
import { importProblems, nodeGlobalProblems } from './imports.ts';
import { threatProblems } from './threats-document.ts';
import { readTree, root, type Tree } from './tree.ts';

export interface Check {
  readonly name: string;
  /** @returns what is wrong, a line each; nothing when all is well */
  problems(): Promise<string[]>;
}

const rules: Readonly<Record<string, (tree: Tree) => string[]>> = {
  'imports follow the folder rules': importProblems,
  'edge/ outside edge/node/ uses no Node globals': nodeGlobalProblems,
  'no source file is over 400 lines': lengthProblems,
  'file names are kebab-case': caseProblems,
  'file names say what is inside': vagueNameProblems,
  'no path of one machine': personalPathProblems,
  'package-lock.json fits every registry and platform': lockProblems,
  'the documents of a repository are there': presenceProblems,
  'decisions are numbered uniquely': decisionProblems,
  'relative links lead somewhere': linkProblems,
  'documented npm scripts exist': scriptProblems,
  'every leaf tsconfig is referenced': referenceProblems,
  'every threat has its tests, and docs/security.md shows them': threatProblems,
};

function referenceProblems(tree: Tree): string[] {
  const referenced = new Set(leafFolders(tree.get('tsconfig.json') ?? '{}'));
  return [...tree.keys()]
    .filter((path) => path.endsWith('/tsconfig.json'))
    .map((path) => path.slice(0, -'/tsconfig.json'.length))
    .filter((folder) => !referenced.has(folder))
    .map((folder) => `tsconfig.json does not reference ${folder}`);
}

function leafFolders(solution: string): string[] {
  const { references = [] } = JSON.parse(solution) as { references?: { path: string }[] };
  return references.map(({ path }) => path.replace(/^\.\//, ''));
}

/** Runs a program of node_modules; its output is the list of problems when it fails. */
function tool(name: string, file: string, args: readonly string[]): Check {
  return {
    name,
    async problems() {
      const { exitCode, output } = await run(process.execPath, [join(root, file), ...args]);
      if (exitCode === 0) return [];
      const lines = output.split('\n').filter((line) => line.trim() !== '');
      return lines.length > 0 ? lines : [`exited with ${exitCode}`];
    },
  };
}

export function allChecks(): Check[] {
  const leaves = leafFolders(readFileSync(join(root, 'tsconfig.json'), 'utf8'));
  const tree = readTree();
  return [
    ...leaves.map((leaf) =>
      tool(`types: ${leaf}`, 'node_modules/typescript/bin/tsc', ['-p', leaf, '--pretty', 'false']),
    ),
    tool('lint', 'node_modules/oxlint/bin/oxlint', ['--format=unix']),
    ...environments.map((name) =>
      tool(`wrangler: ${name} could be deployed`, 'node_modules/wrangler/bin/wrangler.js', [
        'deploy',
        '--dry-run',
        '--env',
        name,
        '--outdir',
        join(root, '.cache/wrangler', name),
      ]),
    ),
    tool('format', 'node_modules/oxfmt/bin/oxfmt', ['--list-different', '.']),
    ...Object.entries(rules).map(([name, rule]) => ({
      name: `house: ${name}`,
      problems: () => Promise.resolve(rule(tree)),
    })),
  ];
}

/** Of `wrangler.toml`. */
const environments = ['staging', 'production'];

const parallel = 2;
const maxShownProblems = 30;

/** Runs all checks, two at a time, and says how each went. */
export async function runChecks(
  say: (line: string) => void,
): Promise<{ passed: number; failed: number }> {
  const waiting = allChecks();
  let passed = 0;
  let failed = 0;
  const work = async (): Promise<void> => {
    for (let check = waiting.shift(); check; check = waiting.shift()) {
      const problems = await check.problems().catch((error: unknown) => [String(error)]);
      if (problems.length === 0) passed += 1;
      else failed += 1;
      say(`${problems.length === 0 ? ' ✓' : ' ✗'} ${check.name}`);
      for (const problem of problems.slice(0, maxShownProblems)) say(`     ${problem}`);
      if (problems.length > maxShownProblems) {
        say(`     … and ${problems.length - maxShownProblems} more lines`);
      }
    }
  };
  await Promise.all(Array.from({ length: parallel }, work));
  return { passed, failed };
}
