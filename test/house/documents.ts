/** Rules about documents: what must be there, and that what they point at exists. */
import { posix } from 'node:path';
import type { Tree } from './tree.ts';

export function presenceProblems(tree: Tree): string[] {
  const problems: string[] = [];
  for (const path of ['README.md', 'LICENSE', 'CONTRIBUTING.md', 'SECURITY.md', 'CHANGELOG.md']) {
    if (!tree.has(path)) problems.push(`${path} is missing`);
  }
  const license = tree.get('LICENSE') ?? '';
  if (tree.has('LICENSE') && !/Apache License\s+Version 2\.0/.test(license)) {
    problems.push('LICENSE is not the Apache License 2.0 that package.json names');
  }
  return problems;
}

export function decisionProblems(tree: Tree): string[] {
  const problems: string[] = [];
  const byNumber = new Map<string, string>();
  for (const path of tree.keys()) {
    if (!path.startsWith('docs/decisions/')) continue;
    const number = /^docs\/decisions\/(\d{3})-[a-z0-9-]+\.md$/.exec(path)?.[1];
    if (number === undefined) {
      problems.push(`${path} is not called NNN-what-was-decided.md`);
      continue;
    }
    const other = byNumber.get(number);
    if (other) problems.push(`${path} has the number of ${other}`);
    byNumber.set(number, path);
  }
  return problems;
}

function withoutCode(markdown: string): string {
  return markdown.replaceAll(/^ *(```|~~~)[\s\S]*?^ *\1/gm, '').replaceAll(/`[^`\n]*`/g, '');
}

/** Relative links whose file or folder is not there. Anchors within a file are not followed. */
export function linkProblems(tree: Tree): string[] {
  const problems: string[] = [];
  const paths = [...tree.keys()];
  for (const [path, text] of tree) {
    if (!path.endsWith('.md')) continue;
    for (const match of withoutCode(text).matchAll(/\]\(([^)\s]+)(?:\s+"[^"]*")?\)/g)) {
      const link = match[1] ?? '';
      if (/^([a-z][a-z0-9+.-]*:|#|\/\/)/i.test(link)) continue;
      const target = posix.join(posix.dirname(path), link.replace(/[#?].*$/, ''));
      const folder = target.endsWith('/') ? target : `${target}/`;
      const exists = tree.has(target) || paths.some((other) => other.startsWith(folder));
      if (!exists) problems.push(`${path} links to ${link}, which is not there`);
    }
  }
  return problems;
}

/** `npm run x` and `npm test` in any document must be scripts of package.json. */
export function scriptProblems(tree: Tree): string[] {
  const manifest: unknown = JSON.parse(tree.get('package.json') ?? '{}');
  const { scripts = {} } = manifest as { scripts?: Record<string, string> };
  const problems: string[] = [];
  for (const [path, text] of tree) {
    if (!path.endsWith('.md')) continue;
    for (const match of text.matchAll(/\bnpm (?:run ([a-z][\w:-]*)|(test|start)\b)/g)) {
      const script = match[1] ?? match[2] ?? '';
      if (scripts[script] === undefined) {
        problems.push(`${path} says \`${match[0]}\`, but package.json has no such script`);
      }
    }
  }
  return problems;
}
