/** `byway intercept NAME --port LOCAL[:REMOTE]` */
import { z } from 'zod';
import type { Ingress } from '#protocol/control.ts';
import { loadCliConfig } from '../config.ts';
import { daemonFor } from '../daemon/start.ts';
import { ExitCode, Failure } from '../failure.ts';
import { headerLines, interceptBlock, print, type Format } from '../output.ts';
import { askIngress, readPort } from '../questions.ts';

export interface InterceptOptions {
  config: string;
  output: Format;
  port: string;
  name?: string;
  namespace?: string;
  address: string;
  mechanism?: string;
  httpHeader: string[];
  previewUrl?: string | boolean;
  previewAccess: string;
  ingressHost?: string;
  ingressPort?: string;
  ingressTls?: string | boolean;
  ingressL5?: string;
}

const candidate = z.object({
  host: z.string(),
  port: z.number(),
  tls: z.boolean(),
  l5: z.string(),
});

const made = z.object({
  spec: z.object({
    id: z.string(),
    name: z.string(),
    workload: z.string(),
    namespace: z.string(),
    port: z.object({ name: z.string(), number: z.number() }),
    mechanism: z.enum(['http', 'tcp']),
    headers: z.array(z.object({ name: z.string(), value: z.string() })),
  }),
  local: z.object({ host: z.string(), port: z.number() }),
  preview: z.object({ label: z.string(), url: z.string(), ingress: candidate }).optional(),
  environment: z.record(z.string(), z.string()),
});

/** `8080`, `8080:http`, `8080:80`. @throws Failure */
export function parsePort(text: string): { local: number; remote: string | undefined } {
  const [first = '', remote, ...rest] = text.split(':');
  const local = readPort(first);
  if (local === undefined || remote === '' || rest.length > 0) {
    throw new Failure(
      ExitCode.usage,
      `--port ${text}: must be LOCAL or LOCAL:REMOTE, with LOCAL a port from 1 to 65535 and REMOTE the name or number of a service port`,
    );
  }
  return { local, remote };
}

/** `K=V`. @throws Failure */
export function parseHeader(text: string): { name: string; value: string } {
  const match = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+)=([\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?)$/.exec(
    text,
  );
  const [, name, value] = match ?? [];
  if (name === undefined || value === undefined) {
    throw new Failure(ExitCode.usage, `--http-header ${text}: must be NAME=VALUE`);
  }
  return { name, value };
}

export function parseBoolean(
  flag: string,
  value: string | boolean | undefined,
): boolean | undefined {
  if (value === undefined || typeof value === 'boolean') return value;
  if (/^(true|yes|y|1)$/i.test(value)) return true;
  if (/^(false|no|n|0)$/i.test(value)) return false;
  throw new Failure(ExitCode.usage, `${flag}=${value}: must be true or false`);
}

export async function intercept(workload: string, options: InterceptOptions): Promise<void> {
  const config = loadCliConfig(options.config);
  const { local, remote } = parsePort(options.port);
  const headers = options.httpHeader.map(parseHeader);
  const { mechanism: chosen } = options;
  if (chosen !== undefined && chosen !== 'http' && chosen !== 'tcp') {
    throw new Failure(ExitCode.usage, `--mechanism ${chosen}: must be http or tcp`);
  }
  if (chosen === 'tcp' && headers.length > 0) {
    throw new Failure(ExitCode.usage, '--http-header goes with HTTP; leave out --mechanism tcp');
  }
  const personal = config.edge !== undefined || headers.length > 0 || chosen === 'http';
  const mechanism = chosen ?? (personal ? 'http' : 'tcp');
  const asked = parseBoolean('--preview-url', options.previewUrl);
  if (asked === true && !config.edge) {
    throw new Failure(
      ExitCode.notConfigured,
      `--preview-url needs edge_url and operator_token in ${config.file}`,
    );
  }
  const wantsPreview = asked ?? (mechanism === 'http' && config.edge !== undefined);
  const { previewAccess: access } = options;
  if (access !== 'public' && access !== 'private') {
    throw new Failure(ExitCode.usage, `--preview-access ${access}: must be public or private`);
  }
  const flags = {
    host: options.ingressHost,
    port: options.ingressPort === undefined ? undefined : ingressPort(options.ingressPort),
    tls: parseBoolean('--ingress-tls', options.ingressTls),
    l5: options.ingressL5,
  };

  const daemon = await daemonFor(options.config);
  try {
    const wanted = {
      name: options.name ?? workload,
      workload,
      ...(options.namespace === undefined ? {} : { namespace: options.namespace }),
      ...(remote === undefined ? {} : { port: remote }),
      mechanism,
      headers,
      local: { host: options.address, port: local },
    };
    await daemon.ask('check', wanted);
    let preview: { ingress: Ingress; access: string } | undefined;
    if (wantsPreview) {
      const { ingresses } = z
        .object({ ingresses: z.array(candidate) })
        .parse(await daemon.ask('list'));
      const { ingress: last } = z
        .object({ ingress: candidate.nullable() })
        .parse(await daemon.ask('defaults'));
      const terminal =
        process.stdin.isTTY && process.stderr.isTTY
          ? { input: process.stdin, output: process.stderr }
          : undefined;
      preview = {
        ingress: await askIngress(flags, ingresses, last ?? undefined, terminal),
        access,
      };
    }
    const result = made.parse(
      await daemon.ask('intercept', { ...wanted, ...(preview ? { preview } : {}) }),
    );
    report(options.output, result, access);
  } finally {
    daemon.close();
  }
}

function report(format: Format, result: z.infer<typeof made>, access: string): void {
  const { spec, local, preview } = result;
  const l5 = preview?.ingress.l5;
  const view = {
    id: spec.id,
    name: spec.name,
    workload: spec.workload,
    namespace: spec.namespace,
    state: 'ACTIVE',
    destination: `${local.host}:${local.port}`,
    service_port: spec.port,
    mechanism: spec.mechanism,
    headers: spec.headers,
    preview: preview
      ? { url: preview.url, label: preview.label, access, ingress: preview.ingress }
      : null,
    environment: result.environment,
  };
  print(format, view, () => {
    const block = interceptBlock({
      name: spec.name,
      workload: spec.workload,
      state: 'ACTIVE',
      destination: view.destination,
      portName: spec.port.name,
      headers: spec.headers,
      mechanism: spec.mechanism,
      ...(preview ? { previewUrl: preview.url } : {}),
      ...(l5 === undefined ? {} : { l5 }),
    });
    const note =
      preview && access === 'private'
        ? '\nThe preview is private: it answers 401 to everybody without access.\n'
        : '';
    return block + headerLines(spec.headers, l5) + note;
  });
}

function ingressPort(text: string): number {
  const port = readPort(text);
  if (port === undefined)
    throw new Failure(ExitCode.usage, `--ingress-port ${text}: must be a port from 1 to 65535`);
  return port;
}
