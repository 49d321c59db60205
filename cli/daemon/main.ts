/** The daemon's process: `byway daemon`, started by the first command that needs it. */
import {
  appendFileSync,
  chmodSync,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { userInfo } from 'node:os';
import { runtimeOf } from '#protocol/runtime.ts';
import { loadCliConfig, pathsOf, type Paths } from '../config.ts';
import { ExitCode, Failure } from '../failure.ts';
import { version } from '../version.ts';
import { Daemon } from './daemon.ts';
import { DaemonClient, daemonServer } from './socket.ts';

const maxLogBytes = 5 * 1024 * 1024;

/** Says `{"ready":true}` or `{"running":true}` on stdout. Ends with the process. @throws Failure */
export async function runDaemon(configFile: string): Promise<void> {
  const config = loadCliConfig(configFile);
  const paths = pathsOf(configFile);
  makeOwnDirectory(paths.runtimeDir);
  mkdirSync(paths.stateDir, { recursive: true, mode: 0o700 });
  if (!(await takePidFile(paths))) {
    process.stdout.write('{"running":true}\n');
    return;
  }
  const log = logTo(paths.log);
  let quitting = false;
  const stop = (): void => {
    if (quitting) return;
    quitting = true;
    daemon.stop();
    server.close();
    rmSync(paths.socket, { force: true });
    rmSync(paths.pidFile, { force: true });
    // The answer to `quit` is on its way.
    setTimeout(() => process.exit(0), 50);
  };
  const daemon = new Daemon({
    config,
    paths,
    runtime: runtimeOf(globalThis),
    version,
    log,
    onQuit: stop,
  });
  const server = daemonServer(daemon.answers, log);
  rmSync(paths.socket, { force: true });
  const mask = process.umask(0o177);
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(paths.socket, resolve);
  });
  process.umask(mask);
  chmodSync(paths.socket, 0o600);
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
  process.stdout.write(
    `${JSON.stringify({ ready: true, pid: process.pid, socket: paths.socket })}\n`,
  );
  log(`daemon ${version} is ready`);
}

/** The socket's directory must be ours alone: in a shared /tmp somebody else could have made it. */
function makeOwnDirectory(dir: string): void {
  mkdirSync(dir, { recursive: true, mode: 0o700 });
  const { uid, mode } = statSync(dir);
  if (uid !== userInfo().uid || (mode & 0o077) !== 0) {
    throw new Failure(
      ExitCode.internal,
      `${dir} must belong to you alone (mode 0700); remove it or set XDG_RUNTIME_DIR`,
    );
  }
}

/** False: a daemon is running already. */
async function takePidFile({ pidFile, socket }: Paths): Promise<boolean> {
  for (let attempt = 0; attempt < 3; attempt += 1) {
    try {
      writeFileSync(pidFile, String(process.pid), { flag: 'wx', mode: 0o600 });
      return true;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
    const client = await DaemonClient.open(socket);
    client?.close();
    if (client || isAlive(pidFile)) return false;
    rmSync(pidFile, { force: true });
  }
  return false;
}

function isAlive(pidFile: string): boolean {
  const pid = existsSync(pidFile) ? Number(readFileSync(pidFile, 'utf8')) : 0;
  if (!Number.isSafeInteger(pid) || pid <= 0) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

function logTo(file: string): (text: string) => void {
  return (text) => {
    if (existsSync(file) && statSync(file).size > maxLogBytes) renameSync(file, `${file}.1`);
    appendFileSync(file, `${new Date().toISOString()} ${text}\n`, { mode: 0o600 });
  };
}
