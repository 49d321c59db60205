/** `agent.yaml`; documented in `docs/configuration.md`. */
import { existsSync, readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { parseEnv } from 'node:util';
import * as yaml from 'yaml';
import { z } from 'zod';
import { ConfigError, readConfig } from '#protocol/config.ts';
import { aboutBytes, maxAboutBytes } from './about.ts';

const listen = z.strictObject({
  host: z.string().default('127.0.0.1'),
  port: z.int().min(0).max(65_535),
});
const app = z.strictObject({
  host: z.string().default('127.0.0.1'),
  port: z.int().min(1).max(65_535),
});

const schema = z.strictObject({
  connector: z.strictObject({
    url: z.url({ protocol: /^(https?|wss?)$/ }),
    token_file: z.string(),
    ca_file: z.string().optional(),
  }),
  ports: z
    .array(
      z.strictObject({
        name: z.string().default(''),
        protocol: z.enum(['http', 'tcp', 'auto']).default('auto'),
        listen,
        app,
      }),
    )
    .min(1),
  environment: z.record(z.string(), z.string()).optional(),
  env_file: z.string().optional(),
  metrics: listen.optional(),
});

export type PortConfig = z.infer<typeof schema>['ports'][number];

export interface AgentConfig {
  connector: { url: string; token: string; ca: string | undefined };
  ports: PortConfig[];
  environment: Record<string, string>;
  metrics: z.infer<typeof listen> | undefined;
}

const minTokenCharacters = 16;

/** Paths in the file are relative to it. @throws ConfigError */
export function loadAgentConfig(file: string): AgentConfig {
  const parsed = readConfig(yaml, schema, file, readFileSync(file, 'utf8'));
  const read = (name: string, key: string): string => {
    const path = resolve(dirname(file), name);
    if (!existsSync(path)) throw new ConfigError(`${file}: ${key}: ${path} does not exist`);
    return readFileSync(path, 'utf8');
  };
  if (parsed.environment && parsed.env_file !== undefined) {
    throw new ConfigError(`${file}: give environment or env_file, not both`);
  }
  const { connector, env_file } = parsed;
  const fromFile = env_file === undefined ? {} : parseEnv(read(env_file, 'env_file'));
  const environment: Record<string, string> =
    parsed.environment ?? ({ ...fromFile } as Record<string, string>);
  const names = parsed.ports.map(({ name }) => name);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) {
    throw new ConfigError(
      `${file}: ports: the name “${twice}” is given twice; names tell ports apart`,
    );
  }
  const bytes = aboutBytes({ ports: parsed.ports, environment });
  if (bytes > maxAboutBytes) {
    throw new ConfigError(
      `${file}: environment and ports have ${bytes} bytes, at most ${maxAboutBytes} can be reported; ` +
        'leave out variables that a laptop does not need',
    );
  }
  const token = read(connector.token_file, 'connector.token_file').trim();
  if (token.length < minTokenCharacters) {
    throw new ConfigError(
      `${file}: connector.token_file: a token has at least ${minTokenCharacters} characters`,
    );
  }
  return {
    connector: {
      url: connector.url,
      token,
      ca:
        connector.ca_file === undefined ? undefined : read(connector.ca_file, 'connector.ca_file'),
    },
    ports: parsed.ports,
    environment,
    metrics: parsed.metrics,
  };
}
