/** The CLI's configuration and where its files are. */
import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { homedir, tmpdir, userInfo } from 'node:os';
import { join, resolve } from 'node:path';
import * as yaml from 'yaml';
import { z } from 'zod';
import { ConfigError, readConfig } from '#protocol/config.ts';
import { ExitCode, Failure } from './failure.ts';

const token = z.string().regex(/^[\x21-\x7e]{16,512}$/, 'must be 16 to 512 visible characters');

const schema = z.strictObject({
  connector_url: z.url({ protocol: /^(https?|wss?)$/ }),
  laptop_token: token,
  edge_url: z.url({ protocol: /^https?$/ }).optional(),
  operator_token: token.optional(),
});

export interface CliConfig {
  file: string;
  connectorUrl: string;
  laptopToken: string;
  /** Logged in: until there is a login, an operator token counts as one. */
  edge: { url: string; token: string } | undefined;
  /** Of the file's content: a daemon that was started with another one is told apart. */
  fingerprint: string;
}

export function configFile(option: string | undefined): string {
  const config = process.env.XDG_CONFIG_HOME ?? join(homedir(), '.config');
  return resolve(option ?? process.env.BYWAY_CONFIG ?? join(config, 'byway', 'config.yaml'));
}

/** @throws Failure */
export function loadCliConfig(file: string): CliConfig {
  if (!existsSync(file)) {
    throw new Failure(
      ExitCode.notConfigured,
      `${file} does not exist. Write connector_url and laptop_token into it (docs/configuration.md), or name another file with --config.`,
    );
  }
  const text = readFileSync(file, 'utf8');
  try {
    const parsed = readConfig(yaml, schema, file, text);
    const { edge_url, operator_token } = parsed;
    return {
      file,
      connectorUrl: parsed.connector_url,
      laptopToken: parsed.laptop_token,
      edge:
        edge_url !== undefined && operator_token !== undefined
          ? { url: edge_url, token: operator_token }
          : undefined,
      fingerprint: createHash('sha256').update(text).digest('hex'),
    };
  } catch (error) {
    if (error instanceof ConfigError) throw new Failure(ExitCode.notConfigured, error.message);
    throw error;
  }
}

export interface Paths {
  /** Directory of the socket, 0700. */
  runtimeDir: string;
  socket: string;
  pidFile: string;
  stateDir: string;
  state: string;
  log: string;
}

/** One daemon for each user and configuration file. */
export function pathsOf(file: string): Paths {
  const id = createHash('sha256').update(file).digest('hex').slice(0, 12);
  const { uid } = userInfo();
  const runtime = process.env.XDG_RUNTIME_DIR;
  const runtimeDir = runtime ? join(runtime, 'byway') : join(tmpdir(), `byway-${uid}`);
  const stateDir = join(process.env.XDG_STATE_HOME ?? join(homedir(), '.local', 'state'), 'byway');
  return {
    runtimeDir,
    socket: join(runtimeDir, `${id}.sock`),
    pidFile: join(runtimeDir, `${id}.pid`),
    stateDir,
    state: join(stateDir, `${id}.json`),
    log: join(stateDir, `${id}.log`),
  };
}
