/**
 * A whole Byway on loopback, of real processes: edge, connector, an agent for each service, and the
 * CLI with its daemon. Every part keeps its port over a restart.
 */
import { randomBytes } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { join } from 'node:path';
import { stringify } from 'yaml';
import type { EdgeGitHub } from './edge-github.ts';
import { EdgePart, gaugesOf, type EdgeSecrets, type Engine } from './edge-part.ts';
import { freePort } from './free-port.ts';
import { node, root, run, startFile, type Running } from './process.ts';

export interface StackService {
  name: string;
  /** Port of the app on 127.0.0.1. */
  app: number;
  protocol?: 'http' | 'tcp' | 'auto';
  /** Where the agent listens; a free port by default. */
  listen?: number;
}

export interface StackOptions {
  /** An empty directory, mode 0700. */
  dir: string;
  services: readonly StackService[];
  ingress: {
    host: string;
    port: number;
    tls?: boolean;
    l5: string;
    ca_file?: string;
    insecure?: boolean;
  };
  /** @default 'node' */
  engine?: Engine;
  edgePort?: number;
  /** Further keys of connector.yaml. */
  connector?: Record<string, unknown>;
  /** Further keys of edge.yaml; Node engine only. */
  edge?: Record<string, unknown>;
  /** Without it nobody can log in, and private previews stay closed. */
  github?: EdgeGitHub;
  /** Whose the cluster is. */
  organisation?: { id: number; login: string };
  /** Whether the laptop has the operator's token in place of a login. @default true */
  operatorLaptop?: boolean;
}

const bywayFile = join(root, 'cli/main.ts');

export class Stack {
  readonly dir: string;
  readonly parts = new Map<string, Running>();
  /** Ports by name: edge, edge-metrics, connector, connector-metrics, agent-<name>, agent-<name>-metrics. */
  readonly ports: Record<string, number> = {};
  readonly operatorToken: string = randomBytes(24).toString('hex');
  readonly laptopToken: string = randomBytes(24).toString('hex');
  /** Of the edge, from its next start on. */
  readonly edgeSecrets: EdgeSecrets = { operatorTokens: [this.operatorToken], keys: '' };
  cluster = '';
  readonly engine: Engine;
  readonly #options: StackOptions;
  #edge: EdgePart | undefined;

  constructor(options: StackOptions) {
    this.#options = options;
    this.dir = options.dir;
    this.engine = options.engine ?? 'node';
    mkdirSync(join(options.dir, 'run'), { mode: 0o700, recursive: true });
  }

  get appUrl(): string {
    return `http://byway.localhost:${this.ports.edge}`;
  }

  /** Starts edge, connector and agents. The daemon starts with the first command. */
  async start(): Promise<void> {
    const { services, edgePort } = this.#options;
    for (const name of ['edge', 'edge-metrics', 'connector', 'connector-metrics'])
      this.ports[name] = await freePort();
    if (edgePort !== undefined) this.ports.edge = edgePort;
    for (const { name, listen } of services) {
      this.ports[`agent-${name}`] = listen ?? (await freePort());
      this.ports[`agent-${name}-metrics`] = await freePort();
    }
    this.#edge = new EdgePart({
      engine: this.engine,
      dir: this.dir,
      appUrl: this.appUrl,
      ports: { edge: this.ports.edge ?? 0, metrics: this.ports['edge-metrics'] ?? 0 },
      secrets: this.edgeSecrets,
      github: this.#options.github,
      more: this.#options.edge ?? {},
    });
    await this.startPart('edge');
    await this.#register();
    this.#writeConnector();
    await this.startPart('connector');
    for (const { name } of services) {
      this.#writeAgent(name);
      await this.startPart(`agent-${name}`);
    }
    this.#write('cli.yaml', {
      connector_url: `http://127.0.0.1:${this.ports.connector}`,
      laptop_token: this.laptopToken,
      edge_url: this.appUrl,
      ...(this.#options.operatorLaptop === false ? {} : { operator_token: this.operatorToken }),
    });
  }

  /** `edge`, `connector`, `agent-<name>` or `daemon`. */
  async startPart(name: string): Promise<Running> {
    const running = await this.#start(name);
    this.parts.set(name, running);
    return running;
  }

  #start(name: string): Promise<Running> {
    if (name === 'edge' && this.#edge) return this.#edge.start();
    if (name === 'daemon') {
      const args = ['daemon', '--config', join(this.dir, 'cli.yaml')];
      return startFile('cli/main.ts', args, { env: this.env });
    }
    const file = name === 'connector' ? 'connector/main.ts' : 'agent/main.ts';
    return startFile(file, ['--config', join(this.dir, `${name}.yaml`)]);
  }

  part(name: string): Running {
    const running = this.parts.get(name);
    if (!running) throw new Error(`${name} is not running`);
    return running;
  }

  /** Environment of the CLI: its own runtime and state directories. */
  get env(): Record<string, string> {
    return { XDG_RUNTIME_DIR: join(this.dir, 'run'), XDG_STATE_HOME: join(this.dir, 'state') };
  }

  /** Runs a command of the CLI, in the stack's folder: no working copy unless somebody makes it one. */
  byway(...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
    const all = [bywayFile, ...args, '--config', join(this.dir, 'cli.yaml')];
    return run(node, all, this.env, this.dir);
  }

  /** A call of the edge's API as operator. */
  api(method: string, path: string, body?: unknown): Promise<{ status: number; body: unknown }> {
    return new Promise((resolve, reject) => {
      const call = request(
        {
          host: '127.0.0.1',
          port: this.ports.edge,
          method,
          path,
          agent: false,
          headers: {
            Host: `byway.localhost:${this.ports.edge}`,
            Authorization: `Bearer ${this.operatorToken}`,
          },
        },
        (response) => {
          let text = '';
          response.on('data', (bytes: Buffer) => (text += bytes.toString()));
          response.on('end', () =>
            resolve({
              status: response.statusCode ?? 0,
              body: text === '' ? undefined : JSON.parse(text),
            }),
          );
        },
      );
      call.on('error', reject);
      call.end(body === undefined ? undefined : JSON.stringify(body));
    });
  }

  /** Gauges of a part's `/metrics`; of an edge without one what its API says. */
  async metrics(name: string): Promise<Record<string, number>> {
    if (name === 'edge' && this.engine === 'cloudflare') {
      const { body } = await this.api('GET', `/api/v1/clusters/${this.cluster}`);
      return gaugesOf((body as { shards: Parameters<typeof gaugesOf>[0] }).shards);
    }
    return new Promise((resolve, reject) => {
      const call = request(
        { host: '127.0.0.1', port: this.ports[`${name}-metrics`], path: '/metrics', agent: false },
        (response) => {
          let text = '';
          response.on('data', (bytes: Buffer) => (text += bytes.toString()));
          response.on('end', () => {
            const lines = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
            resolve(
              Object.fromEntries(
                lines.map((line) => [line.split(' ')[0], Number(line.split(' ')[1])]),
              ),
            );
          });
        },
      );
      call.on('error', reject);
      call.end();
    });
  }

  /** Ends the daemon by `quit`, then everything else in reverse order. */
  async stop(): Promise<void> {
    await this.byway('quit').catch(() => {});
    for (const running of [...this.parts.values()].toReversed()) await running.stop();
    this.parts.clear();
  }

  async #register(): Promise<void> {
    const { organisation = { id: 1, login: 'sandbox' } } = this.#options;
    const { status, body } = await this.api('POST', '/api/v1/clusters', {
      name: 'sandbox',
      organisation,
    });
    if (status !== 201)
      throw new Error(`the edge did not register the cluster: ${JSON.stringify(body)}`);
    const { key, token } = body as { key: string; token: string };
    this.cluster = key;
    // What is measured and fuzzed here is not the quota of strangers.
    const unlimited = { max_public_requests_per_minute: 1e9, max_public_bytes_per_day: 1e15 };
    await this.api('PATCH', `/api/v1/policy?organisation=${organisation.id}`, unlimited);
    writeFileSync(join(this.dir, 'connector.token'), token, { mode: 0o600 });
  }

  #writeConnector(): void {
    const { services, ingress, connector } = this.#options;
    writeFileSync(join(this.dir, 'laptop.token'), this.laptopToken, { mode: 0o600 });
    for (const { name } of services) {
      writeFileSync(join(this.dir, `agent-${name}.token`), randomBytes(24).toString('hex'), {
        mode: 0o600,
      });
    }
    this.#write('connector.yaml', {
      edge: { url: this.appUrl, token_file: 'connector.token' },
      listen: { port: this.ports.connector },
      metrics: { port: this.ports['connector-metrics'] },
      ticket_key_file: 'ticket.key',
      agents: services.map(({ name }) => ({ name, token_file: `agent-${name}.token` })),
      laptops: [{ owner: { id: 1001, login: 'alice' }, token_file: 'laptop.token' }],
      workloads: services.map(({ name }) => ({
        name,
        namespace: 'shop',
        ports: [{ name: 'http', port: 80, agent: name }],
      })),
      ingresses: [ingress],
      ...connector,
    });
  }

  #writeAgent(name: string): void {
    const service = this.#options.services.find((each) => each.name === name);
    this.#write(`agent-${name}.yaml`, {
      connector: {
        url: `http://127.0.0.1:${this.ports.connector}`,
        token_file: `agent-${name}.token`,
      },
      ports: [
        {
          name: 'http',
          protocol: service?.protocol ?? 'http',
          listen: { port: this.ports[`agent-${name}`] },
          app: { port: service?.app },
        },
      ],
      environment: { SERVICE: name },
      metrics: { port: this.ports[`agent-${name}-metrics`] },
    });
  }

  #write(name: string, value: unknown): void {
    writeFileSync(join(this.dir, name), stringify(value), { mode: 0o600 });
  }
}
