/** Byway's own processes, started as a user starts them. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { start } from '../children.ts';
import { childrenOf } from '../process-usage.ts';
import { ask } from '../load/ask.ts';
import { lastWords, readyLine } from '../ready-line.ts';
import { Unavailable } from '../tools.ts';

const readyTimeoutMs = 10_000;
const root = join(import.meta.dirname, '../..');
export const bywayCommand = join(root, 'cli/bin/byway.mjs');

export interface Server {
  /** The server itself, without the command that started it. */
  readonly pids: readonly number[];
  /** What it listens on, by name. */
  readonly ports: Readonly<Record<string, number>>;
  /** The last line that it wrote. */
  lastWords(): string;
  stop(): Promise<void>;
}

const mainFiles = {
  edge: 'edge/node/main.ts',
  connector: 'connector/main.ts',
  agent: 'agent/main.ts',
} as const;

/** `byway edge|connector|agent --config FILE`. @throws Unavailable when it is not built yet */
export async function startServer(name: keyof typeof mainFiles, file: string): Promise<Server> {
  needs('cli/bin/byway.mjs', mainFiles[name]);
  const child = start(process.execPath, [bywayCommand, name, '--config', file]);
  try {
    const { ports } = await readyLine<{ ports: Record<string, number> }>(child);
    const launched = childrenOf(child.pid);
    return {
      pids: launched.length > 0 ? launched : [child.pid],
      ports,
      lastWords: () => lastWords(child),
      stop: () => child.stop(),
    };
  } catch (error) {
    await child.stop();
    const reason = error instanceof Error ? error.message : String(error);
    throw new Error(`byway ${name}: ${reason}`, { cause: error });
  }
}

/** @throws Unavailable naming the first file that is not there */
export function needs(...files: readonly string[]): void {
  const missing = files.find((file) => !existsSync(join(root, file)));
  if (missing !== undefined) throw new Unavailable(`not wired: there is no ${missing} yet`);
}

/** The port of that name. @throws Error when the server does not listen on it */
export function portOf({ ports }: Server, name: string): number {
  const port = ports[name];
  if (port === undefined) throw new Error(`no port “${name}” in ${JSON.stringify(ports)}`);
  return port;
}

/** Waits until `/readyz` says so, which for a connector means that its edge has taken it. */
export async function untilReady(server: Server): Promise<void> {
  const target = { url: `http://127.0.0.1:${portOf(server, 'metrics')}` };
  const deadlineMs = Date.now() + readyTimeoutMs;
  while ((await ask(target, 'GET', '/readyz')).status !== 200) {
    if (Date.now() > deadlineMs) throw new Error(`not ready: ${server.lastWords()}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
