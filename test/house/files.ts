/** Rules about files: their length, their names, and what must not be written in them. */
import { isCode, topFolder, type Tree } from './tree.ts';

const maxSourceLines = 400;
const sourceFolders = new Set([
  'protocol',
  'edge',
  'github-app',
  'connector',
  'agent',
  'cli',
  'sandbox',
]);
/** Paths that may be longer, each with its reason beside it. None so far. */
const longOnPurpose = new Set<string>([]);

export function lengthProblems(tree: Tree): string[] {
  const problems: string[] = [];
  for (const [path, text] of tree) {
    if (!isCode(path) || !sourceFolders.has(topFolder(path)) || longOnPurpose.has(path)) continue;
    const lines = text.split('\n').length - (text.endsWith('\n') ? 1 : 0);
    if (lines > maxSourceLines) {
      problems.push(`${path} has ${lines} lines, at most ${maxSourceLines} are allowed: split it`);
    }
  }
  return problems;
}

const kebabCase = /^[a-z0-9]+(-[a-z0-9]+)*(\.[a-z0-9]+(-[a-z0-9]+)*)*$/;
/** Names that tools expect. */
const customary = /^(\.[\w.-]+|[A-Z]+\.md|Dockerfile(\.[a-z-]+)?|Chart\.yaml|_helpers\.tpl)$/;

export function caseProblems(tree: Tree): string[] {
  const problems: string[] = [];
  for (const path of tree.keys()) {
    if (topFolder(path) === '') continue;
    const wrong = path.split('/').find((part) => !kebabCase.test(part) && !customary.test(part));
    if (wrong) problems.push(`${path}: ${wrong} is not kebab-case`);
  }
  return problems;
}

const vagueWords = new Set(['manager', 'util', 'utils', 'utility', 'helper', 'helpers', 'common']);

export function vagueNameProblems(tree: Tree): string[] {
  const problems: string[] = [];
  for (const path of tree.keys()) {
    const word = path.split(/[/.-]/).find((part) => vagueWords.has(part));
    if (word && !path.startsWith('.')) {
      problems.push(`${path}: "${word}" does not say what the file is for`);
    }
  }
  return problems;
}

/** A folder of one person's machine; not the path of a URL, before which a host stands. */
const personalPath = /(?<![\w.$}*-])\/(?:home|Users|root|work|workspace)\/[\w.]+/;

export function personalPathProblems(tree: Tree): string[] {
  const problems: string[] = [];
  for (const [path, text] of tree) {
    for (const [index, line] of text.split('\n').entries()) {
      const found = personalPath.exec(line);
      if (found) problems.push(`${path}:${index + 1} names ${found[0]}, a path of one machine`);
    }
  }
  return problems;
}

/** A lock file with `resolved` sends everybody to the registry of whoever wrote it. */
export function lockProblems(tree: Tree): string[] {
  const lock = tree.get('package-lock.json');
  if (lock === undefined) return ['package-lock.json is missing'];
  const problems = [];
  if (lock.includes('"resolved"')) problems.push('package-lock.json names a registry ("resolved")');
  const { packages = {} } = JSON.parse(lock) as { packages?: Record<string, LockEntry> };
  for (const [parent, entry] of Object.entries(packages)) {
    for (const name of Object.keys(entry.optionalDependencies ?? {})) {
      const nested = `${parent}/node_modules/${name}`;
      if (packages[`node_modules/${name}`] ?? packages[nested]) continue;
      problems.push(`package-lock.json lacks ${name}, which ${parent} lists for another platform`);
    }
  }
  return problems;
}

interface LockEntry {
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}
