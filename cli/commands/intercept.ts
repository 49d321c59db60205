/** `byway intercept NAME --port LOCAL[:REMOTE]` */
import { z } from 'zod';
import type { Ingress, InterceptHeader, Mechanism } from '#protocol/control.ts';
import { parseBoolean, parseHeader, parseHost, parsePort, parsePorts } from '../arguments.ts';
import { loadCliConfig, type CliConfig } from '../config.ts';
import type { DaemonClient } from '../daemon/socket.ts';
import { daemonFor } from '../daemon/start.ts';
import { ExitCode, Failure } from '../failure.ts';
import { isLoggedIn } from '../login/current.ts';
import { headerLines, interceptBlock, print, remark, type Format } from '../output.ts';
import { askIngress, type IngressFlags } from '../questions.ts';
import { sourceOf } from '../source/working-copy.ts';
import { held, ingress, viewOf } from './held.ts';
import { awaitPulls } from './await-pulls.ts';

export interface InterceptOptions {
  config: string;
  output: Format;
  port: string;
  name?: string;
  namespace?: string;
  address: string;
  mechanism?: Mechanism;
  httpHeader: string[];
  previewUrl?: string | boolean;
  previewAccess: 'public' | 'private';
  /** `repo`: readers of the pull request's repository instead of the organisation's members. */
  access?: 'org' | 'repo';
  previewUrlBanner?: string | boolean;
  /** `false`: `--no-pr`. */
  pr?: string | boolean;
  ingressHost?: string;
  ingressPort?: string;
  ingressTls?: string | boolean;
  ingressL5?: string;
}

/** What the flags say, before anybody is asked. */
export interface Wish {
  mechanism: Mechanism;
  headers: InterceptHeader[];
  local: { host: string; port: number };
  remote: string | undefined;
  preview: boolean;
  banner: boolean | undefined;
  ingress: IngressFlags;
}

const made = held.extend({ environment: z.record(z.string(), z.string()) });
const offers = z.object({ ingresses: z.array(ingress), last_ingress: ingress.nullable() });

/** @throws Failure naming the flag that is wrong */
export function wishOf(
  options: InterceptOptions,
  config: CliConfig,
  loggedIn: boolean = config.edge !== undefined,
): Wish {
  const { local, remote } = parsePorts(options.port);
  const headers = options.httpHeader.map(parseHeader);
  const chosen = options.mechanism;
  if (chosen === 'tcp' && headers.length > 0) {
    throw new Failure(ExitCode.usage, '--http-header goes with HTTP; leave out --mechanism tcp');
  }
  const mechanism = chosen ?? (loggedIn || headers.length > 0 ? 'http' : 'tcp');
  const asked = parseBoolean('--preview-url', options.previewUrl);
  const isPublic = options.previewAccess === 'public';
  if ((asked === true || isPublic) && !loggedIn) {
    const flag = asked === true ? '--preview-url' : '--preview-access';
    throw new Failure(
      ExitCode.notConfigured,
      `${flag} needs a login: byway login, or edge_url and operator_token in ${config.file}`,
    );
  }
  const preview = asked ?? (mechanism === 'http' && loggedIn);
  if (isPublic && !preview) {
    throw new Failure(
      ExitCode.usage,
      '--preview-access public needs a preview; leave out --preview-url=false and --mechanism tcp',
    );
  }
  if (options.pr !== undefined && !preview) {
    throw new Failure(ExitCode.usage, '--pr and --no-pr go with a preview URL');
  }
  if (options.access !== undefined && !preview) {
    throw new Failure(ExitCode.usage, '--access goes with a preview URL');
  }
  if (options.access === 'repo' && options.pr === false) {
    throw new Failure(
      ExitCode.usage,
      '--access repo asks who may read the pull request’s repository; leave out --no-pr',
    );
  }
  return {
    mechanism,
    headers,
    local: { host: parseHost('--address', options.address) ?? '127.0.0.1', port: local },
    remote,
    preview,
    banner: parseBoolean('--preview-url-banner', options.previewUrlBanner),
    ingress: {
      host: parseHost('--ingress-host', options.ingressHost),
      port:
        options.ingressPort === undefined
          ? undefined
          : parsePort('--ingress-port', options.ingressPort),
      tls: parseBoolean('--ingress-tls', options.ingressTls),
      l5: parseHost('--ingress-l5', options.ingressL5),
    },
  };
}

export async function intercept(workload: string, options: InterceptOptions): Promise<void> {
  const config = loadCliConfig(options.config);
  const wish = wishOf(options, config, isLoggedIn(config));
  const source = wish.preview ? await sourceOf(process.cwd(), options.pr) : undefined;
  if (options.access === 'repo' && !source) {
    throw new Failure(
      ExitCode.usage,
      '--access repo asks who may read the pull request’s repository, and this is no working copy of one; change to it, or name the pull request: --pr URL',
    );
  }
  const daemon = await daemonFor(options.config);
  try {
    const wanted = {
      name: options.name ?? workload,
      workload,
      ...(options.namespace === undefined ? {} : { namespace: options.namespace }),
      ...(wish.remote === undefined ? {} : { port: wish.remote }),
      mechanism: wish.mechanism,
      headers: wish.headers,
      local: wish.local,
    };
    await daemon.ask('check', wanted);
    const { known, chosen } = await ingressFor(daemon, wish);
    const { previewAccess: access, access: gate } = options;
    const result = made.parse(
      await daemon.ask('intercept', {
        ...wanted,
        ...(chosen
          ? {
              preview: {
                ...{ ingress: chosen, access },
                ...(wish.banner === undefined ? {} : { banner: wish.banner }),
                ...(source ? { source } : {}),
                ...(gate === undefined ? {} : { gate }),
              },
            }
          : {}),
      }),
    );
    const now = source ? await awaitPulls(daemon, result, source) : result;
    await daemon.ask('keep', { id: result.id });
    report(options, { ...result, preview: now.preview }, chosen ?? known);
  } finally {
    daemon.close();
  }
}

/** `chosen`: for the preview. `known`: without one, where a person may try the header. */
async function ingressFor(
  daemon: DaemonClient,
  { preview, ingress: flags }: Wish,
): Promise<{ known?: Ingress | undefined; chosen?: Ingress }> {
  const { ingresses, last_ingress: last } = offers.parse(await daemon.ask('list'));
  if (!preview) return { known: last ?? (ingresses.length === 1 ? ingresses[0] : undefined) };
  const { stdin, stderr } = process;
  const terminal = stdin.isTTY && stderr.isTTY ? { input: stdin, output: stderr } : undefined;
  return { chosen: await askIngress(flags, ingresses, last ?? undefined, terminal) };
}

function report(
  { output, previewAccess: access, access: gate }: InterceptOptions,
  result: z.infer<typeof made>,
  ingress: Ingress | undefined,
): void {
  const { preview } = result;
  const view = {
    id: result.id,
    name: result.name,
    workload: result.workload,
    namespace: result.namespace,
    state: 'ACTIVE',
    destination: result.destination,
    service_port: result.port,
    mechanism: result.mechanism,
    headers: result.headers,
    preview,
    environment: result.environment,
  };
  print(
    output,
    view,
    () =>
      `Using deployment ${result.workload}\nintercepted\n` +
      interceptBlock(viewOf(result, 'ACTIVE')) +
      headerLines(result.headers, ingress),
  );
  if (preview && access === 'private') {
    remark(
      gate === 'repo'
        ? 'the preview is for readers of its pull request’s repository; until it is at one, for you alone'
        : 'the preview is private: its URL answers 401 to everybody without access',
    );
  }
}
