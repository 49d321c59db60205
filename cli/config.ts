/** The CLI's configuration file. */
import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import * as yaml from 'yaml';
import { z } from 'zod';
import { ConfigError, readConfig } from '#protocol/config.ts';
import { ExitCode, Failure } from './failure.ts';

const token = z.string().regex(/^[\x21-\x7e]{16,512}$/, 'must be 16 to 512 visible characters');

const schema = z
  .strictObject({
    connector_url: z.url({ protocol: /^(https?|wss?)$/, error: 'must be an http(s) URL' }),
    laptop_token: token,
    edge_url: z.url({ protocol: /^https?$/, error: 'must be an http(s) URL' }).optional(),
    operator_token: token.optional(),
  })
  .refine((config) => config.operator_token === undefined || config.edge_url !== undefined, {
    path: ['operator_token'],
    message: 'needs edge_url, the edge that it is for',
  });

export interface CliConfig {
  file: string;
  connectorUrl: string;
  laptopToken: string;
  /** With an operator token: counts as logged in, before any login. */
  edge: { url: string; token: string } | undefined;
  /** The edge that a login must be for; undefined: the one of the login. */
  edgeUrl?: string | undefined;
  /** Of the values: a daemon that was started with other ones is told apart. */
  fingerprint: string;
}

export function configFile(option: string | undefined): string {
  const config = process.env.XDG_CONFIG_HOME ?? join(homedir(), '.config');
  return resolve(option ?? process.env.BYWAY_CONFIG ?? join(config, 'byway', 'config.yaml'));
}

/** For commands that need no connector: nothing where there is no file. @throws Failure */
export function loadEdgeConfig(file: string): Pick<CliConfig, 'edge' | 'edgeUrl'> {
  return existsSync(file) ? loadCliConfig(file) : { edge: undefined };
}

/** @throws Failure naming the file, and for a fault in it the line and the key */
export function loadCliConfig(file: string): CliConfig {
  try {
    const parsed = readConfig(yaml, schema, file, textOf(file));
    const { edge_url, operator_token } = parsed;
    return {
      file,
      connectorUrl: parsed.connector_url,
      laptopToken: parsed.laptop_token,
      edge:
        edge_url !== undefined && operator_token !== undefined
          ? { url: edge_url, token: operator_token }
          : undefined,
      edgeUrl: edge_url,
      fingerprint: createHash('sha256').update(JSON.stringify(parsed)).digest('hex'),
    };
  } catch (error) {
    if (error instanceof ConfigError) throw new Failure(ExitCode.notConfigured, error.message);
    throw error;
  }
}

function textOf(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    throw new Failure(
      ExitCode.notConfigured,
      code === 'ENOENT'
        ? `${file} does not exist. Write connector_url and laptop_token into it (docs/configuration.md), or name another file with --config.`
        : `${file} cannot be read: ${message}`,
    );
  }
}
