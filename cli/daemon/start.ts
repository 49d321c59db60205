/** A command's way to the daemon: the running one, or a new one. */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { loadCliConfig, pathsOf } from '../config.ts';
import { ExitCode, Failure } from '../failure.ts';
import { DaemonClient } from './socket.ts';

const startMs = 10_000;

/** The running daemon; undefined when there is none. */
export function runningDaemon(configFile: string): Promise<DaemonClient | undefined> {
  return DaemonClient.open(pathsOf(configFile).socket);
}

/** @throws Failure */
export async function daemonFor(configFile: string): Promise<DaemonClient> {
  const config = loadCliConfig(configFile);
  const running = (await runningDaemon(configFile)) ?? (await startDaemon(configFile));
  const { fingerprint } = await running.ask('hello');
  if (fingerprint === config.fingerprint) return running;
  running.close();
  throw new Failure(
    ExitCode.refused,
    `the daemon runs with an earlier version of ${configFile}; end it with “byway quit” (its intercepts end too), then try again`,
  );
}

async function startDaemon(configFile: string): Promise<DaemonClient> {
  const { socket } = pathsOf(configFile);
  const child = spawn(
    process.execPath,
    [...process.execArgv, join(import.meta.dirname, '../main.ts'), 'daemon', '--config', configFile],
    { detached: true, stdio: ['ignore', 'pipe', 'pipe'], cwd: '/' },
  );
  const complaint = await new Promise<string | undefined>((resolve) => {
    let errors = '';
    const timer = setTimeout(() => resolve(`it did not start within ${startMs / 1000} s`), startMs);
    child.stderr.on('data', (bytes: Buffer) => (errors += bytes.toString()));
    child.stdout.once('data', () => resolve(undefined));
    child.once('exit', () => resolve(errors.trim() || 'it ended at once'));
    child.once('close', () => clearTimeout(timer));
    child.stdout.once('data', () => clearTimeout(timer));
  });
  child.stdout.destroy();
  child.stderr.destroy();
  child.unref();
  const client = await openSoon(socket);
  if (client) return client;
  throw new Failure(
    ExitCode.unreachable,
    `the daemon cannot be started: ${complaint ?? 'it does not listen'}`,
  );
}

/** Another command's daemon may be about to listen. */
async function openSoon(socket: string): Promise<DaemonClient | undefined> {
  for (let attempt = 0; attempt < 100; attempt += 1) {
    const client = await DaemonClient.open(socket);
    if (client) return client;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  return undefined;
}
