/**
 * The configuration files of Byway's processes, as `docs/configuration.md` has them.
 * TO COMPLETE when a configuration changes: this file and the arguments in `laptop.ts` are the only
 * places of the benchmark that know them.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { stringify } from 'yaml';

const host = '127.0.0.1';

export const tokens = {
  operator: 'bench-operator-token-0123456789',
  agent: 'bench-agent-token-0123456789',
  laptop: 'bench-laptop-token-0123456789',
} as const;

/** The workload that every contender intercepts, and its only port. */
export const workload = { name: 'bench', portName: 'http' } as const;

export const appHost = 'byway.localhost';
export const previewDomain = 'preview.localhost';

export interface Address {
  readonly host: string;
  readonly port: number;
}

export interface Ingress extends Address {
  readonly l5: string;
}

/** `edge.yaml`; port 0 in `app_url` stands for the one that is listened on. */
export function edgeFile(folder: string): string {
  return save(folder, 'edge.yaml', {
    app_url: `http://${appHost}:0`,
    preview_domain: previewDomain,
    listen: { host, port: 0 },
    data_dir: 'edge-data',
    operator_token_file: secret(folder, 'operator', tokens.operator),
  });
}

/** `connector.yaml` for one workload with one agent, one laptop, and at most one edge and ingress. */
export function connectorFile(
  folder: string,
  options: {
    readonly workloadPort: number;
    readonly edge?: { readonly url: string; readonly token: string };
    readonly ingress?: Ingress;
  },
): string {
  const { edge, ingress, workloadPort } = options;
  return save(folder, 'connector.yaml', {
    ...(edge && { edge: { url: edge.url, token_file: secret(folder, 'connector', edge.token) } }),
    listen: { host, port: 0 },
    metrics: { host, port: 0 },
    ticket_key_file: 'ticket-key',
    agents: [{ name: 'bench-agent', token_file: secret(folder, 'agent', tokens.agent) }],
    laptops: [{ owner: 'bench', token_file: secret(folder, 'laptop', tokens.laptop) }],
    workloads: [
      {
        name: workload.name,
        ports: [{ name: workload.portName, port: workloadPort, agent: 'bench-agent' }],
      },
    ],
    ingresses: ingress ? [{ ...ingress, tls: false }] : [],
  });
}

/** `agent.yaml` for one `http` port in front of `app`. */
export function agentFile(
  folder: string,
  options: { readonly connectorUrl: string; readonly listenPort: number; readonly app: Address },
): string {
  return save(folder, 'agent.yaml', {
    connector: {
      url: options.connectorUrl,
      token_file: secret(folder, 'agent', tokens.agent),
    },
    ports: [
      {
        name: workload.portName,
        protocol: 'http',
        listen: { host, port: options.listenPort },
        app: options.app,
      },
    ],
  });
}

/** The CLI's own file; with an edge it counts as logged in. */
export function cliFile(folder: string, connectorUrl: string, edgeUrl?: string): string {
  return save(folder, 'config.yaml', {
    connector_url: connectorUrl,
    laptop_token: tokens.laptop,
    ...(edgeUrl === undefined ? {} : { edge_url: edgeUrl, operator_token: tokens.operator }),
  });
}

function save(folder: string, name: string, content: object): string {
  const file = join(folder, name);
  writeFileSync(file, stringify(content));
  return file;
}

/** A token's file beside the configuration, by its relative name. */
function secret(folder: string, name: string, token: string): string {
  writeFileSync(join(folder, `${name}-token`), `${token}\n`, { mode: 0o600 });
  return `${name}-token`;
}
