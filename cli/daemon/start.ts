/** A command's way to the daemon: the running one, or a new one. */
import { spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import type { Socket } from 'node:net';
import { join } from 'node:path';
import { z } from 'zod';
import { loadCliConfig } from '../config.ts';
import { ExitCode, Failure } from '../failure.ts';
import { checkRuntimeDirectory, makeDirectories, pathsOf, type Paths } from '../paths.ts';
import { version } from '../version.ts';
import { DaemonClient, rpcVersion } from './socket.ts';

const startMs = 15_000;
const pollMs = 20;
/** What a process that carries tunnels runs with. */
const flagsFile = join(import.meta.dirname, '../bin/node-flags.json');

const hello = z.object({ rpc: z.number(), version: z.string(), fingerprint: z.string() });

/** The running daemon; undefined when there is none. @throws Failure */
export async function runningDaemon(configFile: string): Promise<DaemonClient | undefined> {
  const { runtimeDir, socket } = pathsOf(configFile);
  return checkRuntimeDirectory(runtimeDir) ? DaemonClient.open(socket) : undefined;
}

/** @throws Failure when the configuration or the daemon cannot be used */
export async function daemonFor(configFile: string): Promise<DaemonClient> {
  const config = loadCliConfig(configFile);
  const running = (await runningDaemon(configFile)) ?? (await startDaemon(configFile));
  try {
    const { rpc, version: theirs, fingerprint } = hello.parse(await running.ask('hello'));
    const restart = 'end it with “byway quit” (its intercepts end too), then try again';
    if (rpc !== rpcVersion) {
      throw new Failure(
        ExitCode.refused,
        `the daemon is byway ${theirs}, this is byway ${version}; ${restart}`,
      );
    }
    if (fingerprint !== config.fingerprint) {
      throw new Failure(
        ExitCode.refused,
        `the daemon runs with an earlier content of ${configFile}; ${restart}`,
      );
    }
    return running;
  } catch (error) {
    running.close();
    throw error;
  }
}

async function startDaemon(configFile: string): Promise<DaemonClient> {
  const paths = pathsOf(configFile);
  makeDirectories(paths);
  const failure = launch(configFile, paths);
  const deadline = performance.now() + startMs;
  // Where two commands start one at once, the first to hold the lock listens for both.
  while (performance.now() < deadline) {
    const client = await DaemonClient.open(paths.socket);
    if (client) return client;
    const failed = await Promise.race([failure, pause()]);
    if (failed) throw failed;
  }
  throw new Failure(
    ExitCode.unreachable,
    `the daemon was started and does not answer on ${paths.socket}; see ${paths.log}`,
  );
}

/** Starts the process, detached. Resolves only when it ends without serving. */
function launch(configFile: string, { log }: Paths): Promise<Failure> {
  // What a dying process still says must go somewhere that outlives this command.
  const flags = z.array(z.string()).parse(JSON.parse(readFileSync(flagsFile, 'utf8')));
  const logFile = openSync(log, 'a', 0o600);
  const child = spawn(
    process.execPath,
    [
      ...flags,
      join(import.meta.dirname, '../main.ts'),
      'daemon',
      '--detached',
      '--config',
      configFile,
    ],
    { detached: true, stdio: ['ignore', 'pipe', logFile], cwd: '/' },
  );
  closeSync(logFile);
  let said = '';
  const { stdout } = child;
  if (stdout) {
    stdout.on('data', (bytes: Buffer) => (said += bytes.toString()));
    // Neither the process nor its pipe keeps the command alive.
    (stdout as Socket).unref();
  }
  child.unref();
  return new Promise((resolve) => {
    child.once('error', (error) => resolve(notStarted(error.message)));
    child.once('close', (code) => {
      const failed = failedLine.safeParse(jsonOf(said));
      if (failed.success) resolve(new Failure(failed.data.exit_code, failed.data.failed));
      else if (code !== 0) resolve(notStarted(`it ended with ${code}; see ${log}`));
    });
  });
}

const failedLine = z.object({
  failed: z.string(),
  exit_code: z.custom<ExitCode>((code) => Object.values<unknown>(ExitCode).includes(code)),
});

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function notStarted(reason: string): Failure {
  return new Failure(ExitCode.unreachable, `the daemon cannot be started: ${reason}`);
}

function pause(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, pollMs));
}
