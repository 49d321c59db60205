/** Child processes that are ready when they say so, and never outlive their parent. */
import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { atEnd } from './at-end.ts';
import { LastLines } from './last-lines.ts';
import { answers, readyLine, type Readiness } from './readiness.ts';

export const root: string = join(import.meta.dirname, '..');

const ownNode = join(root, 'node_modules', 'node', 'bin', 'node');
/** The Node that the package brings; where it has none (Windows), the one that runs this. */
export const node: string = existsSync(ownNode) ? ownNode : process.execPath;

/** Flags that the servers run with; `byway` gives the same. */
const flags = JSON.parse(readFileSync(join(root, 'cli/bin/node-flags.json'), 'utf8')) as string[];

/** A process that is ready and runs. */
export interface Running {
  readonly pid: number;
  /** Its ready line; empty where readiness is a port or a URL. */
  readonly said: Record<string, unknown>;
  /** Resolves with what it ended by: the exit code or the signal. */
  readonly ended: Promise<string>;
  /** The last lines that it wrote to stderr. */
  errors(): string;
  /** SIGTERM, then SIGKILL after `graceMs`; resolves when it is gone. */
  stop(graceMs?: number): Promise<void>;
  /** SIGKILL. */
  kill(): Promise<void>;
}

export interface StartOptions {
  /** @default the package's root */
  cwd?: string;
  /** On top of this process's own environment. */
  env?: Record<string, string>;
  /** How long it may take to become ready. @default 20,000 */
  readyMs?: number;
  /** @default by a line of standard output */
  ready?: Readiness;
  /**
   * What it gets when this process exits without having stopped it. SIGTERM for one that has to end
   * processes of its own. @default 'SIGKILL'
   */
  exitSignal?: 'SIGTERM' | 'SIGKILL';
}

const defaultGraceMs = 3_000;
/** How long a process that is gone may keep its pipes open through processes that it started. */
const pipesMs = 500;

/** In the order of their start. */
const alive = new Map<ChildProcess, () => Promise<void>>();

/** Starts a TypeScript file of the package and waits until it is ready. @throws Error with its stderr */
export function startFile(
  file: string,
  args: readonly string[],
  options: StartOptions = {},
): Promise<Running> {
  return start(node, [...flags, join(root, file), ...args], options);
}

/** Starts a program and waits until it is ready. @throws Error with its last lines of stderr */
export async function start(
  command: string,
  args: readonly string[],
  options: StartOptions = {},
): Promise<Running> {
  const { ready = { by: 'line' }, readyMs = 20_000 } = options;
  const { child, ended, errors, stop } = launch(command, args, options);
  const over = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  let exit: string | undefined;
  try {
    const said = await Promise.race([
      ready.by === 'line'
        ? lineOf(child)
        : answers(ready, over.signal).then((): Record<string, unknown> => ({})),
      ended.then((how) => {
        exit = how;
        throw new Error(`ended with ${how} before it was ready`);
      }),
      new Promise<never>((_resolve, reject) => {
        timer = setTimeout(() => reject(new Error(`not ready after ${readyMs / 1000} s`)), readyMs);
      }),
    ]);
    child.stdout?.resume();
    return { pid: child.pid ?? 0, said, ended, errors, stop, kill: () => stop(0) };
  } catch (error) {
    if (exit === undefined) await stop(0);
    const name = [command, ...args]
      .filter((part) => part !== node && !flags.includes(part))
      .join(' ');
    const why = error instanceof Error ? error.message : String(error);
    throw new Error(`${name.replaceAll(`${root}/`, '')}: ${why}\n${errors()}`, { cause: error });
  } finally {
    clearTimeout(timer);
    over.abort();
  }
}

function lineOf(child: ChildProcess): Promise<Record<string, unknown>> {
  const read = readyLine();
  return new Promise((resolve) => {
    const onData = (piece: string): void => {
      const said = read(piece);
      if (said === undefined) return;
      child.stdout?.off('data', onData);
      resolve(said);
    };
    child.stdout?.setEncoding('utf8').on('data', onData);
  });
}

interface Launched {
  child: ChildProcess;
  ended: Promise<string>;
  /** It is gone and everything that it wrote has been read. */
  closed: Promise<void>;
  errors(): string;
  stop(graceMs?: number): Promise<void>;
}

function launch(command: string, args: readonly string[], options: StartOptions): Launched {
  const { cwd = root, env = {}, exitSignal = 'SIGKILL' } = options;
  const child = spawn(command, args, {
    cwd,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const lines = new LastLines();
  child.stderr?.setEncoding('utf8').on('data', (text: string) => lines.add(text));
  const ended = endOf(child, lines);
  const closed = new Promise<void>((resolve) => child.once('close', () => resolve()));
  const stop = async (graceMs = defaultGraceMs): Promise<void> => {
    child.kill(graceMs > 0 ? 'SIGTERM' : 'SIGKILL');
    const timer = setTimeout(() => child.kill('SIGKILL'), graceMs);
    await ended;
    clearTimeout(timer);
  };
  const forget = atEnd({ end: () => stop(), exit: () => void child.kill(exitSignal) });
  alive.set(child, () => stop());
  void ended.then(() => {
    alive.delete(child);
    return forget();
  });
  return { child, ended, closed, errors: () => lines.toString(), stop };
}

function endOf(child: ChildProcess, lines: LastLines): Promise<string> {
  return new Promise((resolve) => {
    child.once('error', (error) => {
      lines.add(`${error.message}\n`);
      if (child.pid === undefined) resolve('an error');
    });
    child.once('exit', (code, signal) => {
      const how = signal ?? String(code);
      const timer = setTimeout(() => resolve(how), pipesMs);
      child.once('close', () => {
        clearTimeout(timer);
        resolve(how);
      });
    });
  });
}

/** Stops everything that was started here and still runs, the last one first. */
export async function stopAll(): Promise<void> {
  for (const stop of [...alive.values()].toReversed()) await stop();
}

/** Runs a command to its end. @throws Error when it cannot be started */
export async function run(
  command: string,
  args: readonly string[],
  env: Record<string, string> = {},
  cwd: string = root,
): Promise<{ code: number; stdout: string; stderr: string }> {
  const { child, closed, errors } = launch(command, args, { env, cwd });
  let stdout = '';
  let stderr = '';
  child.stdout?.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  child.stderr?.on('data', (text: string) => (stderr += text));
  await closed;
  if (child.pid === undefined) throw new Error(errors());
  return { code: child.exitCode ?? 1, stdout, stderr };
}

/** The `port` of a ready line. */
export function portOf({ said }: Pick<Running, 'said'>, name: string): number {
  const ports = said.ports as Record<string, number> | undefined;
  const port = ports?.[name];
  if (port === undefined) throw new Error(`no port “${name}” in ${JSON.stringify(said)}`);
  return port;
}
