/** Child processes that never outlive this one: each leads a group, and signals go to the group. */
import { spawn, type ChildProcess } from 'node:child_process';
import { root } from '../house/tree.ts';

const running = new Set<ChildProcess>();

/** Time for children to end by themselves after a signal, before they are killed. */
const graceMs = 5_000;

export interface RunOptions {
  readonly env?: Readonly<Record<string, string>>;
  /** Show output as it comes instead of returning it. */
  readonly show?: boolean;
}

export interface RunResult {
  /** 128 + the signal's number, as in a shell, when it was killed; 127 when it never started. */
  readonly exitCode: number;
  /** Standard output and error, in the order in which they came. */
  readonly output: string;
}

export function run(
  file: string,
  args: readonly string[],
  { env = {}, show = false }: RunOptions = {},
): Promise<RunResult> {
  return new Promise((resolve) => {
    const child = spawn(file, args, {
      cwd: root,
      env: { ...process.env, ...env },
      stdio: show ? ['ignore', 'inherit', 'inherit'] : ['ignore', 'pipe', 'pipe'],
      detached: true,
    });
    running.add(child);
    let output = '';
    child.stdout?.setEncoding('utf8').on('data', (text: string) => (output += text));
    child.stderr?.setEncoding('utf8').on('data', (text: string) => (output += text));
    child.on('error', (error) => {
      running.delete(child);
      resolve({ exitCode: 127, output: `${file}: ${error.message}` });
    });
    child.on('close', (code) => {
      running.delete(child);
      // What a crashed child left behind ends with it.
      signalGroup(child, 'SIGKILL');
      resolve({ exitCode: code ?? 137, output });
    });
  });
}

function signalGroup(child: ChildProcess, signal: NodeJS.Signals): void {
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, signal);
  } catch {
    // The group is gone already.
  }
}

const signalNumbers = { SIGHUP: 1, SIGINT: 2, SIGTERM: 15 } as const;

function stop(signal: keyof typeof signalNumbers): void {
  process.stderr.write(`\nStopping (${signal}) …\n`);
  for (const child of running) signalGroup(child, 'SIGTERM');
  const leave = (): never => process.exit(128 + signalNumbers[signal]);
  setInterval(() => running.size === 0 && leave(), 50);
  setTimeout(() => {
    for (const child of running) signalGroup(child, 'SIGKILL');
    leave();
  }, graceMs);
}

/** On SIGINT, SIGTERM or SIGHUP: ends the children, kills what stays, exits with 128 + number. */
export function endChildrenOnSignals(): void {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.once(signal, () => stop(signal));
  }
}
