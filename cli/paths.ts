/** Where the daemon's files are: one set for each user and configuration file. */
import { createHash } from 'node:crypto';
import { chmodSync, lstatSync, mkdirSync } from 'node:fs';
import { homedir, tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { ExitCode, Failure } from './failure.ts';

export interface Paths {
  /** Directory of the socket, 0700. */
  runtimeDir: string;
  socket: string;
  /** For people and supervisors; the lock is what counts. */
  pidFile: string;
  stateDir: string;
  state: string;
  lock: string;
  log: string;
}

/** What `sockaddr_un` holds on macOS, the shortest; Linux has four more. */
const maxSocketPathBytes = 103;

export function stateDirectory(): string {
  return join(process.env.XDG_STATE_HOME ?? join(homedir(), '.local', 'state'), 'byway');
}

export function pathsOf(configFile: string): Paths {
  const id = createHash('sha256').update(configFile).digest('hex').slice(0, 12);
  const runtime = process.env.XDG_RUNTIME_DIR;
  const runtimeDir = runtime ? join(runtime, 'byway') : join(tmpdir(), `byway-${userInfo().uid}`);
  const stateDir = stateDirectory();
  return {
    runtimeDir,
    socket: join(runtimeDir, `${id}.sock`),
    pidFile: join(runtimeDir, `${id}.pid`),
    stateDir,
    state: join(stateDir, `${id}.json`),
    lock: join(stateDir, `${id}.lock`),
    log: join(stateDir, `${id}.log`),
  };
}

/** Makes both directories. @throws Failure when one cannot be ours alone */
export function makeDirectories(paths: Paths): void {
  const { runtimeDir, stateDir, socket } = paths;
  try {
    mkdirSync(stateDir, { recursive: true, mode: 0o700 });
    // An umask may have taken bits, never given any.
    if (mkdirSync(runtimeDir, { recursive: true, mode: 0o700 })) chmodSync(runtimeDir, 0o700);
  } catch (error) {
    throw new Failure(
      ExitCode.internal,
      `${(error as Error).message}; set XDG_RUNTIME_DIR and XDG_STATE_HOME to directories of yours`,
    );
  }
  checkRuntimeDirectory(runtimeDir);
  if (Buffer.byteLength(socket) > maxSocketPathBytes) {
    throw new Failure(
      ExitCode.internal,
      `${socket} is too long for a Unix socket (at most ${maxSocketPathBytes} bytes); set XDG_RUNTIME_DIR to a shorter path`,
    );
  }
}

/**
 * In a shared /tmp somebody else could have made the directory, or a link of that name.
 * False: it is not there. @throws Failure when it is not ours alone
 */
export function checkRuntimeDirectory(runtimeDir: string): boolean {
  const found = lstatSync(runtimeDir, { throwIfNoEntry: false });
  if (!found) return false;
  if (!found.isDirectory() || found.uid !== userInfo().uid || (found.mode & 0o077) !== 0) {
    throw new Failure(
      ExitCode.internal,
      `${runtimeDir} must be a directory that belongs to you alone (mode 0700); remove it, or set XDG_RUNTIME_DIR`,
    );
  }
  return true;
}
