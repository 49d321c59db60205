/** Child processes that are ready when they say so, and never outlive their parent. */
import { spawn, type ChildProcess } from 'node:child_process';
import { join } from 'node:path';

export const root: string = join(import.meta.dirname, '..');
export const node: string = process.execPath;

/** A process that said one JSON line and runs. */
export interface Running {
  readonly pid: number;
  /** The line. */
  readonly said: Record<string, unknown>;
  /** Resolves with what it ended by. */
  readonly ended: Promise<string>;
  /** The last of what it wrote to stderr. */
  errors(): string;
  /** SIGTERM, then SIGKILL after `graceMs`; resolves when it is gone. */
  stop(graceMs?: number): Promise<void>;
  /** SIGKILL. */
  kill(): Promise<void>;
}

const keptErrorBytes = 16 * 1024;
const alive = new Set<ChildProcess>();

process.on('exit', () => {
  for (const child of alive) child.kill('SIGKILL');
});

export interface StartOptions {
  cwd?: string;
  env?: Record<string, string>;
  readyMs?: number;
}

/** Starts a TypeScript file of the package and waits for its line. @throws Error with its stderr */
export function startFile(
  file: string,
  args: readonly string[],
  options: StartOptions = {},
): Promise<Running> {
  return start(node, [join(root, file), ...args], options);
}

export function start(
  command: string,
  args: readonly string[],
  options: StartOptions = {},
): Promise<Running> {
  const { cwd = root, env = {}, readyMs = 20_000 } = options;
  const child = spawn(command, args, {
    cwd,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  alive.add(child);
  let errors = '';
  child.stderr.on(
    'data',
    (bytes: Buffer) => (errors = (errors + bytes.toString()).slice(-keptErrorBytes)),
  );
  const ended = new Promise<string>((resolve) => {
    child.once('close', (code, signal) => {
      alive.delete(child);
      resolve(signal ?? String(code));
    });
  });
  const name = args.map((part) => part.replace(`${root}/`, '')).join(' ');
  return new Promise((resolve, reject) => {
    const fail = (why: string): void => reject(new Error(`${name}: ${why}\n${errors}`));
    child.once('error', (error) => fail(error.message));
    void ended.then((how) => fail(`ended with ${how} before it was ready`));
    const timer = setTimeout(() => {
      child.kill('SIGKILL');
      fail(`not ready after ${readyMs / 1000} s`);
    }, readyMs);
    let output = '';
    child.stdout.on('data', (bytes: Buffer) => {
      output += bytes.toString();
      const end = output.indexOf('\n');
      if (end < 0) return;
      clearTimeout(timer);
      child.stdout.removeAllListeners('data').resume();
      resolve(
        runningOf(
          child,
          JSON.parse(output.slice(0, end)) as Record<string, unknown>,
          ended,
          () => errors,
        ),
      );
    });
    void ended.then(() => clearTimeout(timer));
  });
}

function runningOf(
  child: ChildProcess,
  said: Record<string, unknown>,
  ended: Promise<string>,
  errors: () => string,
): Running {
  return {
    pid: child.pid ?? 0,
    said,
    ended,
    errors,
    async stop(graceMs = 3_000) {
      child.kill('SIGTERM');
      const timer = setTimeout(() => child.kill('SIGKILL'), graceMs);
      await ended;
      clearTimeout(timer);
    },
    async kill() {
      child.kill('SIGKILL');
      await ended;
    },
  };
}

/** Runs a command to its end. */
export function run(
  command: string,
  args: readonly string[],
  env: Record<string, string> = {},
): Promise<{ code: number; stdout: string; stderr: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    alive.add(child);
    let stdout = '';
    let stderr = '';
    child.stdout.on('data', (bytes: Buffer) => (stdout += bytes.toString()));
    child.stderr.on('data', (bytes: Buffer) => (stderr += bytes.toString()));
    child.once('error', reject);
    child.once('close', (code) => {
      alive.delete(child);
      resolve({ code: code ?? 1, stdout, stderr });
    });
  });
}

/** The `port` of a ready line. */
export function portOf({ said }: Running, name: string): number {
  const ports = said.ports as Record<string, number> | undefined;
  const port = ports?.[name];
  if (port === undefined) throw new Error(`no port “${name}” in ${JSON.stringify(said)}`);
  return port;
}
