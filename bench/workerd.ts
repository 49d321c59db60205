/** workerd with one Worker, started by the sandbox. */
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { WorkerdOptions } from '#sandbox/workerd/workerd.ts';
import { freePort } from './free-port.ts';

const root = join(import.meta.dirname, '..');

export interface Workerd {
  readonly port: number;
  readonly pids: readonly number[];
  /** The last lines that it wrote to standard error. */
  errors(): string;
  stop(): Promise<void>;
}

/**
 * `folder`: empty. `entry`: the Worker, a path in this package.
 * `rest`: for a free port of 127.0.0.1, the one that is told.
 */
export async function startWorker(
  folder: string,
  entry: string,
  rest: (port: number) => Omit<WorkerdOptions, 'dir' | 'entry' | 'port'>,
): Promise<Workerd> {
  // Loaded here only: the Node engine is measured without workerd and its bundler.
  const { startWorkerd } = await import('#sandbox/workerd/workerd.ts');
  const dir = join(folder, 'workerd');
  mkdirSync(dir, { recursive: true });
  const port = await freePort();
  const running = await startWorkerd({ dir, entry: join(root, entry), port, ...rest(port) });
  return {
    port,
    pids: [running.pid],
    errors: () => running.errors(),
    stop: () => running.stop(),
  };
}

/** As npm knows it: `1.YYYYMMDD.N`. */
export function workerdVersion(): string {
  const file = join(root, 'node_modules/workerd/package.json');
  return (JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version;
}
