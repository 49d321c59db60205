/** The edge of a stack, on either engine: how it is started and what it says of itself. */
import { randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { gitHubBindings, gitHubSection, type EdgeGitHub } from './edge-github.ts';
import { startFile, type Running } from './process.ts';

export type Engine = 'node' | 'cloudflare';

/** The switch of all end-to-end tests: `BYWAY_ENGINE`. */
export function engineOfTests(): Engine {
  const name = process.env.BYWAY_ENGINE ?? 'node';
  if (name !== 'node' && name !== 'cloudflare') {
    throw new Error(`BYWAY_ENGINE: ${name} is neither node nor cloudflare`);
  }
  return name;
}

export const previewDomain = 'preview.localhost';

/** What an operator may replace; read at each start. */
export interface EdgeSecrets {
  /** The current one first. */
  operatorTokens: [string, ...string[]];
  /** Generations of keys, a line each, newest first; '' for those of the root secret alone. */
  keys: string;
}

export interface EdgePartOptions {
  engine: Engine;
  dir: string;
  appUrl: string;
  ports: { edge: number; metrics: number };
  secrets: EdgeSecrets;
  /** Without it nobody can log in. */
  github?: EdgeGitHub | undefined;
  /** Further keys of edge.yaml; Node engine only. */
  more: Record<string, unknown>;
  /** Further variables of the Worker; Cloudflare only, read at each start. */
  bindings?: Readonly<Record<string, string>>;
}

export class EdgePart {
  readonly #options: EdgePartOptions;
  readonly #secret = randomBytes(32).toString('hex');

  constructor(options: EdgePartOptions) {
    this.#options = options;
  }

  /** Starts it, or starts it again on what it left on disk. */
  async start(): Promise<Running> {
    const { engine, dir, appUrl, secrets, ports, github, bindings = {} } = this.#options;
    if (engine === 'node') {
      this.#writeConfig();
      return startFile('edge/node/main.ts', ['--config', join(dir, 'edge.yaml')]);
    }
    // Loaded here only: the Node engine runs without workerd and its bundler.
    const { startWorkerd } = await import('./workerd/workerd.ts');
    return startWorkerd({
      dir: join(dir, 'edge-workerd'),
      entry: 'edge/cloudflare/worker.ts',
      port: ports.edge,
      bindings: {
        APP_URL: appUrl,
        PREVIEW_DOMAIN: previewDomain,
        OPERATOR_TOKEN: secrets.operatorTokens.join(','),
        EDGE_SECRET: this.#secret,
        ...(secrets.keys === '' ? {} : { EDGE_KEYS: secrets.keys }),
        ...(github ? gitHubBindings(github) : {}),
        ...bindings,
      },
      objects: {
        CLUSTER: 'ClusterObject',
        ORG: 'OrgObject',
        IDENTITY: 'IdentityObject',
        PULL_REQUEST: 'PullRequestObject',
      },
    });
  }

  #writeConfig(): void {
    const { dir, appUrl, secrets, ports, github, more } = this.#options;
    const write = (name: string, text: string): string => {
      writeFileSync(join(dir, name), text, { mode: 0o600 });
      return name;
    };
    const config = {
      app_url: appUrl,
      preview_domain: previewDomain,
      listen: { host: '127.0.0.1', port: ports.edge },
      data_dir: 'edge-data',
      operator_token_file: write('operator.token', secrets.operatorTokens.join('\n')),
      ...(secrets.keys === '' ? {} : { keys_file: write('edge.keys', secrets.keys) }),
      metrics: { port: ports.metrics },
      ...(github ? { github: gitHubSection(github, dir) } : {}),
      ...more,
    };
    write('edge.yaml', stringify(config));
  }
}

interface ShardStatus {
  connected: boolean;
  streams: number;
  queued_bytes: number;
  held_bytes: number;
  credit_whole: boolean;
}

/** The answer of `GET /api/v1/clusters/<key>` as the gauges that `/metrics` of the Node engine has. */
export function gaugesOf(shards: readonly ShardStatus[]): Record<string, number> {
  const sum = (of: (shard: ShardStatus) => number): number =>
    shards.reduce((total, shard) => total + of(shard), 0);
  return {
    byway_sessions: sum(({ connected }) => Number(connected)),
    byway_streams: sum(({ streams }) => streams),
    byway_queued_bytes: sum(({ queued_bytes }) => queued_bytes),
    byway_held_bytes: sum(({ held_bytes }) => held_bytes),
    byway_credit_whole: Number(shards.every(({ credit_whole }) => credit_whole)),
  };
}
