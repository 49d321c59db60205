/** The daemon's process: `byway daemon`, started by the first command that needs it. */
import { chmodSync, rmSync, writeFileSync } from 'node:fs';
import type { Server } from 'node:net';
import { runtimeOf } from '#protocol/runtime.ts';
import { loadCliConfig } from '../config.ts';
import { ExitCode, Failure } from '../failure.ts';
import { makeDirectories, pathsOf, type Paths } from '../paths.ts';
import { version } from '../version.ts';
import { Daemon } from './daemon.ts';
import { takeLock, type Lock } from './lock.ts';
import { logTo } from './log.ts';
import { DaemonClient, daemonServer } from './socket.ts';

/** A daemon that was told to quit is gone by then. */
const lockWaitMs = 5_000;
const lockPollMs = 50;
/** For the close frame of the tunnel to leave. */
const lastWordsMs = 50;

/**
 * Says one line on stdout: `{"ready":true,…}`. `detached`: a command has started it, is told by
 * `{"failed":…}` what went wrong, and is content with another daemon (`{"running":true}`), which is
 * a failure otherwise, so that a supervisor notices. @throws Failure
 */
export async function runDaemon(configFile: string, detached: boolean): Promise<void> {
  // The command that started it may have ended.
  process.stdout.on('error', () => {});
  try {
    await serve(configFile, detached);
  } catch (error) {
    if (!detached || !(error instanceof Failure)) throw error;
    process.stdout.write(
      `${JSON.stringify({ failed: error.message, exit_code: error.exitCode })}\n`,
    );
    throw error;
  }
}

async function serve(configFile: string, detached: boolean): Promise<void> {
  const config = loadCliConfig(configFile);
  const paths = pathsOf(configFile);
  makeDirectories(paths);
  const lock = await lockOrRival(paths);
  if (!lock) {
    if (!detached) {
      throw new Failure(
        ExitCode.refused,
        `a daemon for ${configFile} runs already; end it with “byway quit” first`,
      );
    }
    process.stdout.write('{"running":true}\n');
    return;
  }
  const log = logTo(paths.log);
  const daemon = new Daemon({ config, paths, runtime: runtimeOf(globalThis), version, log });
  let stopping = false;
  const stop = (): void => {
    if (stopping) return;
    stopping = true;
    daemon.stop();
    server.close();
    for (const file of [paths.socket, paths.pidFile]) rmSync(file, { force: true });
    log('daemon ends');
    setTimeout(() => {
      lock.release();
      process.exit(0);
    }, lastWordsMs);
  };
  const server = daemonServer(daemon.answers, log, (method) => {
    if (method === 'quit') stop();
  });
  // Before the pid file is there, by which a supervisor finds whom to signal.
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
  // The terminal that it was started from may close.
  process.on('SIGHUP', detached ? () => {} : stop);
  await listen(server, paths);
  log(`daemon ${version} is ready`);
  process.stdout.write(
    `${JSON.stringify({ ready: true, pid: process.pid, socket: paths.socket })}\n`,
  );
}

/** undefined: another daemon serves. @throws Failure when one holds the lock and serves nobody */
async function lockOrRival({ lock: file, socket }: Paths): Promise<Lock | undefined> {
  const deadline = performance.now() + lockWaitMs;
  for (;;) {
    const lock = takeLock(file);
    if (lock) return lock;
    const rival = await DaemonClient.open(socket);
    rival?.close();
    if (rival) return undefined;
    if (performance.now() > deadline) {
      throw new Failure(
        ExitCode.refused,
        `another daemon of yours holds ${file} and does not listen on ${socket}; was it started with another XDG_RUNTIME_DIR?`,
      );
    }
    await new Promise((resolve) => setTimeout(resolve, lockPollMs));
  }
}

/** With the lock held, a socket that is there already is a dead daemon's. */
async function listen(server: Server, { socket, pidFile }: Paths): Promise<void> {
  rmSync(socket, { force: true });
  writeFileSync(pidFile, String(process.pid), { mode: 0o600 });
  const mask = process.umask(0o177);
  try {
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(socket, resolve);
    });
  } catch (error) {
    throw new Failure(ExitCode.internal, `cannot listen on ${socket}: ${(error as Error).message}`);
  } finally {
    process.umask(mask);
  }
  chmodSync(socket, 0o600);
}
