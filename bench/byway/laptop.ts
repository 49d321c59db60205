/** A developer's laptop: `byway intercept`, and the daemon that it starts. */
import { mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { run } from '../children.ts';
import { bywayCommand, needs } from './server.ts';
import { workload, type Ingress } from './files.ts';

const commandTimeoutMs = 30_000;

export interface Laptop {
  readonly pids: readonly number[];
  stop(): Promise<void>;
}

export interface Intercept {
  /** Where matching requests go. */
  readonly localPort: number;
  /** `name=value`; left out: the header that Byway chooses. */
  readonly header?: string;
  /** With one: a preview URL that enters there. Without: none. */
  readonly ingress?: Ingress;
}

/**
 * The arguments of `byway intercept`.
 * TO COMPLETE when flags change.
 */
function interceptArguments({ localPort, header, ingress }: Intercept): string[] {
  const preview = ingress
    ? [
        `--ingress-host=${ingress.host}`,
        `--ingress-port=${ingress.port}`,
        '--ingress-tls=false',
        `--ingress-l5=${ingress.l5}`,
      ]
    : ['--preview-url=false'];
  return [
    'intercept',
    workload.name,
    '--port',
    `${localPort}:${workload.portName}`,
    ...(header === undefined ? [] : ['--http-header', header]),
    ...preview,
  ];
}

/** `folder` holds the daemon's socket and state. @throws Unavailable while there is no CLI */
export async function startLaptop(
  folder: string,
  configuration: string,
  intercept: Intercept,
): Promise<Laptop> {
  needs('cli/bin/byway.mjs', 'cli/main.ts');
  const runtime = join(folder, 'run');
  mkdirSync(runtime, { mode: 0o700 });
  const env = {
    BYWAY_CONFIG: configuration,
    XDG_RUNTIME_DIR: runtime,
    XDG_STATE_HOME: join(folder, 'state'),
  };
  const byway = async (args: readonly string[]): Promise<void> => {
    const options = { env, timeoutMs: commandTimeoutMs };
    const { exitCode, stderr } = await run(process.execPath, [bywayCommand, ...args], options);
    if (exitCode !== 0)
      throw new Error(`byway ${args[0]}: exit code ${exitCode}: ${stderr.trim()}`);
  };
  const stop = (): Promise<void> => byway(['quit']);
  try {
    await byway(interceptArguments(intercept));
    return { pids: daemonPids(join(runtime, 'byway')), stop };
  } catch (error) {
    // The daemon may be there although the command failed.
    await stop().catch(() => undefined);
    throw error;
  }
}

/** The daemon writes its pid beside its socket. */
function daemonPids(folder: string): number[] {
  return readdirSync(folder)
    .filter((name) => name.endsWith('.pid'))
    .map((name) => Number.parseInt(readFileSync(join(folder, name), 'utf8'), 10));
}
