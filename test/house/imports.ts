/**
 * Who may import whom: design in `CONTRIBUTING.md`, held here because a linter's pattern cannot see
 * where a relative path leads.
 */
import { isBuiltin } from 'node:module';
import { posix } from 'node:path';
import { isCode, topFolder, type Tree } from './tree.ts';

/** Folders that each folder may reach by `#folder/…`, besides itself. */
const mayImport: Readonly<Record<string, readonly string[]>> = {
  protocol: [],
  'github-app': ['protocol'],
  edge: ['protocol', 'github-app'],
  connector: ['protocol'],
  agent: ['protocol'],
  cli: ['protocol'],
  sandbox: ['protocol', 'github-app', 'edge', 'connector', 'agent', 'cli'],
  test: ['protocol', 'github-app', 'edge', 'connector', 'agent', 'cli', 'sandbox'],
  bench: ['protocol', 'github-app', 'edge', 'connector', 'agent', 'cli', 'sandbox'],
};

/** The one file that starts the servers from the command line. */
const alsoMayImport: Readonly<Record<string, readonly string[]>> = {
  'cli/servers.ts': ['edge', 'connector', 'agent'],
};

/** Parts of folders that others may reach too: what is said once (docs/decisions/014). */
const alsoOpen: Readonly<Record<string, readonly string[]>> = {
  cli: ['github-app/registration'],
};

/** Shipped code runs without devDependencies. */
const shipped = new Set(['protocol', 'github-app', 'edge', 'connector', 'agent', 'cli']);

/** What runs in a Worker may use: libraries that do so as well. */
const workerPackages = new Set([
  'hono',
  'zod',
  'jose',
  '@octokit/core',
  '@octokit/plugin-retry',
  'universal-github-app-jwt',
]);

/** Modules that workerd brings. */
const ofWorkerd = 'cloudflare:workers';

export interface Import {
  readonly specifier: string;
  /** `import type` and `export type`: gone before anything runs. */
  readonly typeOnly: boolean;
  readonly line: number;
}

const statement =
  /^[ \t]*(?:import|export)\s+(type\s)?(?:[\w*${}\s,]+?\sfrom\s*)?['"]([^'"\n]+)['"]/gm;
const call = /\b(?:import|require)\(\s*['"]([^'"\n]+)['"]/g;

/** Static, dynamic and type imports of a source text. */
export function importsOf(text: string): Import[] {
  const found: Import[] = [];
  const lineAt = (index: number): number => text.slice(0, index).split('\n').length;
  for (const match of text.matchAll(statement)) {
    const typeOnly = match[1] !== undefined;
    found.push({ specifier: match[2] ?? '', typeOnly, line: lineAt(match.index) });
  }
  for (const match of text.matchAll(call)) {
    found.push({ specifier: match[1] ?? '', typeOnly: false, line: lineAt(match.index) });
  }
  return found;
}

/** All of the app at pull requests, and of the edge but for its engine on Node. */
function runsInWorker(path: string): boolean {
  const folder = topFolder(path);
  return folder === 'github-app' || (folder === 'edge' && !path.startsWith('edge/node/'));
}

/** @returns why this import is not allowed, or undefined */
function refusal(path: string, { specifier, typeOnly }: Import, dependencies: ReadonlySet<string>) {
  const folder = topFolder(path);
  const inWorker = runsInWorker(path);
  if (specifier.startsWith('.')) {
    const target = posix.join(posix.dirname(path), specifier);
    if (target === 'package.json') return undefined;
    if (topFolder(target) !== folder) return 'a relative import leaves its top-level folder';
    if (inWorker && target.startsWith('edge/node/')) return 'edge/ must run without edge/node/';
    return undefined;
  }
  if (specifier.startsWith('#')) {
    const target = topFolder(specifier.slice(1));
    if (target === folder) return 'a folder imports its own files relatively';
    const allowed = [...(mayImport[folder] ?? []), ...(alsoMayImport[path] ?? [])];
    if (allowed.includes(target)) return undefined;
    if (alsoOpen[folder]?.includes(posix.dirname(specifier.slice(1)))) return undefined;
    return `${folder}/ may import ${allowed.map((name) => `#${name}`).join(', ') || 'nothing'}`;
  }
  if (folder === 'protocol') return 'protocol/ imports nothing outside itself';
  if (specifier === ofWorkerd) {
    return path.startsWith('edge/cloudflare/') || folder === 'bench'
      ? undefined
      : 'only edge/cloudflare/ runs in workerd alone';
  }
  if (isBuiltin(specifier)) {
    if (inWorker) return `${folder}/ uses only what a Worker has`;
    return specifier.startsWith('node:') ? undefined : `write node:${specifier}`;
  }
  const name = specifier.split('/', specifier.startsWith('@') ? 2 : 1).join('/');
  if (typeOnly) return undefined;
  if (shipped.has(folder) && !dependencies.has(name)) return `${name} is not in "dependencies"`;
  if (inWorker && !workerPackages.has(name)) return `${name} is not known to run in a Worker`;
  return undefined;
}

/** `@cloudflare/workers-types` declares these as `any`, so the compiler lets them pass. */
const nodeGlobal =
  /(?<![\w.$#-])(?:(?:Buffer|process|global)(?=\.\w|[[();])|(?:set|clear)Immediate(?=\())/g;

/** Blanks comments out; lines stay where they are. */
function withoutComments(text: string): string {
  return text.replaceAll(/\/\*[\s\S]*?\*\/|(?<![:'"`\\])\/\/.*$/gm, (comment) =>
    comment.replaceAll(/[^\n]/g, ' '),
  );
}

/** Uses of Node's globals in what has to run in a Worker as well. */
export function nodeGlobalProblems(tree: Tree): string[] {
  const problems: string[] = [];
  for (const [path, text] of tree) {
    if (!isCode(path) || !runsInWorker(path)) continue;
    for (const [index, line] of withoutComments(text).split('\n').entries()) {
      for (const [name] of line.matchAll(nodeGlobal)) {
        problems.push(`${path}:${index + 1} uses ${name}, which a Worker does not have by itself`);
      }
    }
  }
  return problems;
}

/** One line per import that breaks a rule: `path:line imports x: why`. */
export function importProblems(tree: Tree): string[] {
  const manifest: unknown = JSON.parse(tree.get('package.json') ?? '{}');
  const { dependencies = {} } = manifest as { dependencies?: Record<string, string> };
  const known = new Set(Object.keys(dependencies));
  const problems: string[] = [];
  for (const [path, text] of tree) {
    if (!isCode(path) || mayImport[topFolder(path)] === undefined) continue;
    for (const found of importsOf(text)) {
      const why = refusal(path, found, known);
      if (why) problems.push(`${path}:${found.line} imports ${found.specifier}: ${why}`);
    }
  }
  return problems;
}
