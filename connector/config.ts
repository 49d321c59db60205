/** `connector.yaml`; documented in `docs/configuration.md`. */
import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import * as yaml from 'yaml';
import { z } from 'zod';
import { ConfigError, readConfig } from '#protocol/config.ts';

const port = z.int().min(1).max(65_535);
const address = z.strictObject({
  host: z.string().default('127.0.0.1'),
  port: z.int().min(0).max(65_535),
});
const account = z.union([
  z
    .string()
    .min(1)
    .transform((login) => ({ id: 0, login })),
  z.strictObject({ id: z.int().min(0), login: z.string().min(1) }),
]);

const schema = z.strictObject({
  edge: z
    .strictObject({
      url: z.url({ protocol: /^https?$/ }),
      token_file: z.string(),
      ca_file: z.string().optional(),
    })
    .optional(),
  listen: address,
  metrics: address.optional(),
  ticket_key_file: z.string(),
  agents: z.array(z.strictObject({ name: z.string().min(1), token_file: z.string() })).default([]),
  laptops: z.array(z.strictObject({ owner: account, token_file: z.string() })).default([]),
  workloads: z
    .array(
      z.strictObject({
        name: z.string().min(1),
        namespace: z.string().min(1).default('default'),
        ports: z
          .array(z.strictObject({ name: z.string().default(''), port, agent: z.string() }))
          .min(1),
      }),
    )
    .default([]),
  ingresses: z
    .array(
      z.strictObject({
        host: z.string().min(1),
        port,
        tls: z.boolean().default(false),
        l5: z.string().min(1).optional(),
        ca_file: z.string().optional(),
        insecure: z.boolean().default(false),
      }),
    )
    .default([]),
  ingress_allow: z.array(z.string().min(1)).default([]),
  timeouts: z
    .strictObject({
      connect_ms: z.int().min(1).default(10_000),
      head_ms: z.int().min(0).default(0),
    })
    .default({ connect_ms: 10_000, head_ms: 0 }),
});

type Parsed = z.infer<typeof schema>;

export interface Bearer<Who> {
  who: Who;
  token: string;
}

export interface IngressEntry {
  host: string;
  port: number;
  tls: boolean;
  l5: string;
  ca: string | undefined;
  insecure: boolean;
}

export interface ConnectorConfig {
  edge: { url: string; token: string; ca: string | undefined } | undefined;
  listen: Parsed['listen'];
  metrics: Parsed['metrics'];
  ticketKey: Buffer;
  agents: Bearer<string>[];
  laptops: Bearer<{ id: number; login: string }>[];
  workloads: Parsed['workloads'];
  ingresses: IngressEntry[];
  ingressAllow: string[];
  connectTimeoutMs: number;
  /** 0: none. */
  headTimeoutMs: number;
}

const ticketKeyBytes = 32;

/** Paths in the file are relative to it. @throws ConfigError */
export function loadConnectorConfig(file: string): ConnectorConfig {
  if (!existsSync(file)) throw new ConfigError(`${file} does not exist`);
  const parsed = readConfig(yaml, schema, file, readFileSync(file, 'utf8'));
  const path = (name: string): string => resolve(dirname(file), name);
  const read = (name: string, key: string): string => {
    if (!existsSync(path(name)))
      throw new ConfigError(`${file}: ${key}: ${path(name)} does not exist`);
    return readFileSync(path(name), 'utf8');
  };
  const token = (name: string, key: string): string => {
    const text = read(name, key).trim();
    if (!/^[\x21-\x7e]{16,512}$/.test(text)) {
      throw new ConfigError(
        `${file}: ${key}: ${path(name)} must hold 16 to 512 visible characters`,
      );
    }
    return text;
  };
  const names = new Set(parsed.agents.map((agent) => agent.name));
  parsed.workloads.forEach((workload, index) => {
    for (const each of workload.ports) {
      if (names.has(each.agent)) continue;
      throw new ConfigError(
        `${file}: workloads.${index}.ports: agent “${each.agent}” is not under agents (${[...names].join(', ')})`,
      );
    }
  });
  const { edge } = parsed;
  const once = (key: string, values: readonly string[]): void => {
    const twice = values.find((value, index) => values.indexOf(value) !== index);
    if (twice !== undefined) throw new ConfigError(`${file}: ${key}: ${twice} is there twice`);
  };
  once(
    'agents',
    parsed.agents.map((each) => each.name),
  );
  once(
    'workloads',
    parsed.workloads.map((each) => `${each.namespace}/${each.name}`),
  );
  for (const { name, ports } of parsed.workloads) {
    once(
      `ports of workload ${name}`,
      ports.map((each) => String(each.port)),
    );
  }
  return {
    edge: edge && {
      url: edge.url,
      token: token(edge.token_file, 'edge.token_file'),
      ca: edge.ca_file === undefined ? undefined : read(edge.ca_file, 'edge.ca_file'),
    },
    listen: parsed.listen,
    metrics: parsed.metrics,
    ticketKey: ticketKey(path(parsed.ticket_key_file)),
    agents: parsed.agents.map((each) => ({
      who: each.name,
      token: token(each.token_file, 'agents.token_file'),
    })),
    laptops: parsed.laptops.map((each) => ({
      who: each.owner,
      token: token(each.token_file, 'laptops.token_file'),
    })),
    workloads: parsed.workloads,
    ingresses: parsed.ingresses.map(({ ca_file, l5, ...each }) => ({
      ...each,
      l5: l5 ?? each.host,
      ca: ca_file === undefined ? undefined : read(ca_file, 'ingresses.ca_file'),
    })),
    ingressAllow: parsed.ingress_allow,
    connectTimeoutMs: parsed.timeouts.connect_ms,
    headTimeoutMs: parsed.timeouts.head_ms,
  };
}

function ticketKey(file: string): Buffer {
  if (!existsSync(file))
    writeFileSync(file, randomBytes(ticketKeyBytes), { mode: 0o600, flag: 'wx' });
  const key = readFileSync(file);
  if (key.length < ticketKeyBytes) {
    throw new ConfigError(`ticket_key_file: ${file} must hold at least ${ticketKeyBytes} bytes`);
  }
  return key;
}
