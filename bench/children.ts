/** Processes and temporary folders of one run. Nothing that is started here outlives it. */
import { spawn, type ChildProcess } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { processesWith } from './process-usage.ts';

/** Time to end after SIGTERM before SIGKILL. */
const graceMs = 3_000;
const maxKeptCharacters = 16 * 1024;

export interface Child {
  readonly pid: number;
  /** The last 16 KiB of standard output and of standard error. */
  stdout(): string;
  stderr(): string;
  /** Resolves with the exit code; 128 when a signal ended it, 127 when it never started. */
  readonly exited: Promise<number>;
  alive(): boolean;
  /** SIGTERM, then SIGKILL; resolves once the process and its group are gone. */
  stop(): Promise<void>;
}

export interface Ended {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

interface StartOptions {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
}

/** In the environment of all that we start, so that daemons that leave their group are found too. */
const mark = 'BYWAY_BENCH_PID';

const running = new Set<ChildProcess>();
let closing = false;
let folder: string | undefined;

/** A new empty folder that is removed at the end of the run. */
export function temporaryFolder(name: string): string {
  folder ??= mkdtempSync(join(tmpdir(), 'byway-bench-'));
  const path = join(folder, name);
  mkdirSync(path, { recursive: true });
  return path;
}

/** @throws Error when the run is ending or the file cannot be started */
export function start(file: string, args: readonly string[], options: StartOptions = {}): Child {
  if (closing) throw new Error('the run is ending');
  const child = spawn(file, args, {
    cwd: options.cwd,
    env: { ...process.env, ...options.env, [mark]: String(process.pid) },
    stdio: ['ignore', 'pipe', 'pipe'],
    // Leads a group of its own: workers end with it, and a Ctrl-C reaches it through us only.
    detached: true,
  });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout = (stdout + text).slice(-maxKeptCharacters);
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr = (stderr + text).slice(-maxKeptCharacters);
  });
  const exited = new Promise<number>((resolve) => {
    child.once('error', (error) => {
      stderr += error.message;
      running.delete(child);
      resolve(127);
    });
    child.once('close', (code) => {
      running.delete(child);
      signalGroup(child, 'SIGKILL');
      resolve(code ?? 128);
    });
  });
  if (child.pid === undefined) throw new Error(`${file} could not be started`);
  running.add(child);
  return {
    pid: child.pid,
    stdout: () => stdout,
    stderr: () => stderr,
    exited,
    alive: () => running.has(child),
    stop: async () => {
      signalGroup(child, 'SIGTERM');
      const timer = setTimeout(() => signalGroup(child, 'SIGKILL'), graceMs);
      await exited;
      clearTimeout(timer);
    },
  };
}

/** Runs a command to its end; what takes longer than `timeoutMs` is killed and answers 128. */
export async function run(
  file: string,
  args: readonly string[],
  { timeoutMs, ...options }: StartOptions & { readonly timeoutMs: number },
): Promise<Ended> {
  const child = start(file, args, options);
  const timer = setTimeout(() => void child.stop(), timeoutMs);
  const exitCode = await child.exited;
  clearTimeout(timer);
  return { exitCode, stdout: child.stdout(), stderr: child.stderr() };
}

function signalGroup(child: ChildProcess, signal: NodeJS.Signals): void {
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, signal);
  } catch {
    // The group is gone already.
  }
}

function killIfThere(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It is gone already.
  }
}

const exitCodes = { SIGHUP: 129, SIGINT: 130, SIGTERM: 143 } as const;

/** Ends every child and removes the folders when this process ends, also by a signal. */
export function cleanUpAtExit(): void {
  // For what the sandbox starts: the CLI's daemon outlives whoever called the CLI.
  process.env[mark] = String(process.pid);
  process.on('exit', () => {
    for (const child of running) signalGroup(child, 'SIGKILL');
    for (const pid of processesWith(`${mark}=${process.pid}`)) killIfThere(pid);
    if (folder) rmSync(folder, { recursive: true, force: true });
  });
  for (const signal of ['SIGHUP', 'SIGINT', 'SIGTERM'] as const) {
    process.on(signal, () => {
      if (closing) process.exit(exitCodes[signal]);
      closing = true;
      process.stderr.write(`\nStopping (${signal}) …\n`);
      for (const child of running) signalGroup(child, 'SIGTERM');
      setInterval(() => running.size === 0 && process.exit(exitCodes[signal]), 20);
      setTimeout(() => process.exit(exitCodes[signal]), graceMs);
    });
  }
}

/** True once a signal has asked the run to end: what fails from then on is no news. */
export function isClosing(): boolean {
  return closing;
}
