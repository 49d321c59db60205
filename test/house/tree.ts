/** The repository's own files, by path from the root, with `/` on every system; binary ones are empty. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export type Tree = ReadonlyMap<string, string>;

export const root = fileURLToPath(new URL('../../', import.meta.url));

const skipped = new Set(['node_modules', '.git', 'dist', '.cache', 'results']);
const binary = /\.(png|ico|gz|zip|sqlite|pem|der|p12|log)$/;

export function readTree(from: string = root): Tree {
  const tree = new Map<string, string>();
  const walk = (folder: string): void => {
    for (const entry of readdirSync(join(from, folder), { withFileTypes: true })) {
      if (skipped.has(entry.name)) continue;
      const path = folder === '' ? entry.name : `${folder}/${entry.name}`;
      if (entry.isDirectory()) walk(path);
      else if (entry.isFile()) {
        tree.set(path, binary.test(path) ? '' : readFileSync(join(from, path), 'utf8'));
      }
    }
  };
  walk('');
  return tree;
}

/** The top-level folder of a path; '' for a file at the root. */
export function topFolder(path: string): string {
  const slash = path.indexOf('/');
  return slash < 0 ? '' : path.slice(0, slash);
}

export function isCode(path: string): boolean {
  return /\.(ts|tsx|mts|mjs|js)$/.test(path);
}
