/** Starts the origin: the Go program where it can be built, nginx otherwise. */
import { closeSync, ftruncateSync, mkdirSync, openSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { start } from './children.ts';
import type { Origin } from './contender.ts';
import { freePort } from './free-port.ts';
import { nginxFile } from './nginx-file.ts';
import { built } from './peers/build.ts';
import { readyLine } from './ready-line.ts';
import { tool, Unavailable } from './tools.ts';

export const smallBody = '0123456789abcdef'.repeat(64);

export interface StartedOrigin extends Origin {
  readonly description: string;
}

/** `sizes`: every N of `/bytes/N` that will be asked for. @throws Unavailable */
export async function startOrigin(
  folder: string,
  sizes: readonly number[],
): Promise<StartedOrigin> {
  let program: string;
  try {
    program = await built('origin');
  } catch (error) {
    if (!(error instanceof Unavailable)) throw error;
    return startNginx(folder, sizes, error.message);
  }
  const child = start(program, ['-listen', '127.0.0.1:0']);
  const { address } = await readyLine<{ address: string }>(child);
  const port = Number(address.split(':').at(-1));
  return { ...at(port), countsUploads: true, lasts: true, description: 'Go' };
}

async function startNginx(
  folder: string,
  sizes: readonly number[],
  reason: string,
): Promise<StartedOrigin> {
  const port = await freePort();
  mkdirSync(join(folder, 'bytes'));
  writeFileSync(join(folder, '1k'), smallBody);
  for (const size of sizes) sparseFile(join(folder, 'bytes', String(size)), size);
  const server = `
    root ${folder};
    open_file_cache max=100;
    location = /sink { default_type application/json; return 200 '{}'; }`;
  const configuration = nginxFile(folder, port, server);
  start(tool('nginx'), ['-p', folder, '-e', 'stderr', '-c', configuration]);
  const description = `nginx (${reason})`;
  return { ...at(port), countsUploads: false, lasts: false, description };
}

/** A file that reads as zeros and takes no room. */
export function sparseFile(path: string, bytes: number): void {
  const file = openSync(path, 'w');
  ftruncateSync(file, bytes);
  closeSync(file);
}

function at(port: number): Pick<Origin, 'host' | 'port' | 'url'> {
  return { host: '127.0.0.1', port, url: `http://127.0.0.1:${port}` };
}
