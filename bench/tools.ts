/** Programs that the benchmark does not bring along, and where to get them. */
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';

/** By executable: what people call it, and the Debian package that has it. */
const tools = {
  wrk: ['wrk', 'wrk'],
  curl: ['curl', 'curl'],
  nginx: ['nginx', 'nginx'],
  haproxy: ['HAProxy', 'haproxy'],
  go: ['Go', 'golang-go'],
} as const;

export type Tool = keyof typeof tools;

/** Where Debian and Go put servers and compilers that an ordinary user's PATH leaves out. */
const otherFolders = ['/usr/local/go/bin', '/usr/local/sbin', '/usr/sbin'];

/** Why a contender or a measure takes no part; the text goes into its row. */
export class Unavailable extends Error {}

/** The program's path. @throws Unavailable naming the Debian package to install */
export function tool(name: Tool): string {
  const path = findTool(name);
  if (path) return path;
  const [title, debian] = tools[name];
  throw new Unavailable(`${title} missing: install the package ${debian}`);
}

export function findTool(name: Tool): string | undefined {
  const folders = [...(process.env['PATH'] ?? '').split(delimiter), ...otherFolders];
  return folders.map((folder) => join(folder, name)).find(isExecutable);
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
