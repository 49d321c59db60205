/** `byway edge --config FILE` */
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo, Server as NetServer } from 'node:net';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { getRequestListener, type HttpBindings } from '@hono/node-server';
import pino from 'pino';
import { ConfigError } from '#protocol/config.ts';
import { healthAnswer } from '#protocol/health.ts';
import type { Session } from '#protocol/session.ts';
import { appHostOf } from '../app-host.ts';
import { secretsOf } from '../gate/secrets.ts';
import { loadEdgeConfig, type EdgeConfig } from './config.ts';
import { NodeDirectory, rootSecretOf } from './directory.ts';
import { Gateway } from './gateway.ts';
import { gitHubFileOf, nodeSetupStore } from './github-file.ts';
import { addressOf } from './relay-http.ts';
import { serversOf } from './server.ts';

const log = pino({ name: 'byway-edge' }, pino.destination(2));
const packageFile = join(import.meta.dirname, '../../package.json');
const version = String(
  (JSON.parse(readFileSync(packageFile, 'utf8')) as { version: string }).version,
);

function listen(
  server: NetServer,
  { host, port }: { host: string; port: number },
): Promise<AddressInfo> {
  return new Promise((resolve, reject) => {
    server.once('error', (error) =>
      reject(new ConfigError(`cannot listen on ${host}:${port}: ${error.message}`)),
    );
    server.listen(port, host, () => resolve(server.address() as AddressInfo));
  });
}

async function run(config: EdgeConfig): Promise<void> {
  const appUrl = new URL(config.app_url);
  const appOrigin = (): string => appUrl.origin;
  const originOf = (label: string): string => {
    const port = appUrl.port === '' ? '' : `:${appUrl.port}`;
    return `${appUrl.protocol}//${label}.${config.preview_domain}${port}`;
  };
  const { operatorTokens, github, actionsIssuer } = config;
  const secrets = await secretsOf(rootSecretOf(config.data_dir), config.keys);
  const directory = new NodeDirectory(config.data_dir, {
    clock: { nowMs: () => Date.now() },
    random: { bytes: (count) => randomBytes(count) },
    features: [],
    ...{ log, version, appOrigin, originOf, secrets, github },
  });
  directory.wake();
  const appWith = (
    known: Pick<EdgeConfig, 'github' | 'actionsIssuer'>,
  ): ReturnType<typeof appHostOf> =>
    appHostOf({
      gate: directory.gate,
      objects: directory,
      // One process serves all shards: more would only be more sockets.
      shards: 1,
      ...{ secrets, operatorTokens, version, setupStore },
      ...known,
      addressOf: (c) => addressOf((c.env as HttpBindings).incoming),
      report: (error) => log.error({ err: error }, 'api'),
    });
  const setupStore = nodeSetupStore(gitHubFileOf(config.data_dir), async (settings) => {
    directory.learn(settings.github);
    app = await appWith(settings);
  });
  let app = await appWith({ github, actionsIssuer });
  const { tls: tlsConfig } = config;
  const certificate = tlsConfig && {
    cert: readFileSync(tlsConfig.certificate_file),
    key: readFileSync(tlsConfig.key_file),
  };
  const listener = getRequestListener((request, env) => app.fetch(request, env));
  const { plain, tls } = serversOf(new Gateway(config.hosts, directory), listener, certificate);
  const sessions = (): Session[] =>
    [...directory.clusters].flatMap((cluster) => (cluster.session ? [cluster.session] : []));
  const metrics = config.metrics && metricsServer(sessions);

  const ports: Record<string, number> = { http: (await listen(plain, config.listen)).port };
  if (tls && tlsConfig) ports.https = (await listen(tls, tlsConfig.listen)).port;
  if (metrics && config.metrics) ports.metrics = (await listen(metrics, config.metrics)).port;
  // Port 0 in app_url stands for the port that was given to us.
  if (appUrl.port === '0')
    appUrl.port = String(appUrl.protocol === 'https:' ? ports.https : ports.http);
  process.stdout.write(`${JSON.stringify({ ready: true, app_url: appOrigin(), ports })}\n`);
  log.info({ ports, version }, 'edge is ready');

  let stopping = false;
  const stop = (): void => {
    if (stopping) process.exit(1);
    stopping = true;
    for (const session of sessions()) session.goaway('the edge stops');
    plain.close();
    tls?.close();
    metrics?.close();
    plain.closeIdleConnections();
    finish(sessions, directory);
  };
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
}

/** Open requests have the drain time to end; then everything is closed. */
function finish(sessions: () => Session[], directory: NodeDirectory): void {
  const deadline = Date.now() + 30_000;
  const look = (): void => {
    if (sessions().every((session) => session.streams.size === 0) || Date.now() > deadline) {
      for (const session of sessions()) session.close(1001, 'the edge stops');
      directory.close();
      process.exit(0);
    }
    setTimeout(look, 50);
  };
  look();
}

function metricsServer(sessions: () => Session[]): Server {
  return createServer((request, response) => {
    const { status, type, body } = healthAnswer(request.url ?? '', true, sessions());
    response.writeHead(status, { 'Content-Type': type }).end(body);
  });
}

try {
  const { values } = parseArgs({ options: { config: { type: 'string' } } });
  if (!values.config) throw new ConfigError('usage: byway edge --config FILE');
  await run(loadEdgeConfig(values.config));
} catch (error) {
  const known = error instanceof ConfigError || error instanceof TypeError;
  process.stderr.write(
    `byway edge: ${known || !(error instanceof Error) ? String((error as Error).message) : error.stack}\n`,
  );
  process.exit(1);
}
