/** `byway agent --config FILE` */
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo, Server } from 'node:net';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import pino from 'pino';
import { ConfigError } from '#protocol/config.ts';
import { healthAnswer } from '#protocol/health.ts';
import { drainMs } from '#protocol/limits.ts';
import { runtimeOf } from '#protocol/runtime.ts';
import { loadAgentConfig, type AgentConfig } from './config.ts';
import { ConnectorTunnel } from './connector-tunnel.ts';
import { Intercepts } from './intercepts.ts';
import { Port } from './port.ts';
import type { PortCounts } from './port-view.ts';

/** What leads to a laptop and is idle over a whole round is closed. */
const sweepMs = 2_000;
const maxReasons = 100;

/**
 * An agent that starts anew holds no intercepts; so long it waits for the connector to name them,
 * before a request can come and go to the wrong side. Without a connector the app must start too.
 */
const firstWordMs = 3_000;

const log = pino({ name: 'byway-agent' }, pino.destination(2));
const packageFile = join(import.meta.dirname, '../package.json');
const version = String(
  (JSON.parse(readFileSync(packageFile, 'utf8')) as { version: string }).version,
);

function listen(server: Server, { host, port }: { host: string; port: number }): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', (error) =>
      reject(new ConfigError(`cannot listen on ${host}:${port}: ${error.message}`)),
    );
    server.listen(port, host, () => resolve((server.address() as AddressInfo).port));
  });
}

/** Names each reason once: a client that does it does it often. */
function unreadableLog(port: string): (reason: string) => void {
  const named = new Set<string>();
  return (reason) => {
    // Where in the head is no other reason.
    const kind = reason.replaceAll(/\d+/g, 'n');
    if (named.has(kind) || named.size >= maxReasons) return;
    named.add(kind);
    log.warn({ port, reason }, 'bytes that are not HTTP/1.1 as it is read here');
  };
}

function metricsOf(ports: readonly Port[], intercepts: Intercepts): Record<string, number> {
  const sum = (key: keyof PortCounts): number =>
    ports.reduce((total, { counts }) => total + counts[key], 0);
  return {
    byway_intercepts: intercepts.count,
    byway_clients: sum('clients'),
    byway_spliced: sum('spliced'),
    byway_app_requests: sum('appRequests'),
    byway_laptop_requests: sum('laptopRequests'),
    byway_failed_requests: sum('failedRequests'),
  };
}

async function run(config: AgentConfig): Promise<void> {
  const intercepts = new Intercepts();
  const ports: Port[] = [];
  const sweep = (): void => {
    for (const port of ports) port.sweep();
  };
  const { promise: told, resolve: onTold } = Promise.withResolvers<void>();
  const tunnel = new ConnectorTunnel({
    config,
    intercepts,
    runtime: runtimeOf(globalThis),
    version,
    onChange: (connected, reason) => log.info({ connected, reason }, 'tunnel to the connector'),
    onIntercepts: () => {
      log.info({ intercepts: intercepts.count }, 'intercepts');
      sweep();
      onTold();
    },
  });
  for (const port of config.ports) {
    ports.push(
      new Port({
        config: port,
        intercepts,
        open: (id, peer, handler) => tunnel.open(id, peer, handler),
        onUnreadable: unreadableLog(port.name),
      }),
    );
  }
  setInterval(sweep, sweepMs).unref();
  let stopping = false;
  const metrics = createServer((request, response) => {
    const ready = tunnel.connected && intercepts.told && !stopping;
    const sessions = tunnel.session ? [tunnel.session] : [];
    const more = metricsOf(ports, intercepts);
    const { status, type, body } = healthAnswer(request.url ?? '', ready, sessions, more);
    response.writeHead(status, { 'Content-Type': type }).end(body);
  });
  const given: Record<string, number> = {};
  if (config.metrics) given.metrics = await listen(metrics, config.metrics);
  const late = setTimeout(() => {
    log.warn('the connector has not named the intercepts; starting without');
    onTold();
  }, firstWordMs);
  await told;
  clearTimeout(late);
  for (const [index, port] of ports.entries()) {
    const entry = config.ports[index];
    if (entry) given[entry.name || String(index)] = await listen(port.server, entry.listen);
  }
  process.stdout.write(`${JSON.stringify({ ready: true, ports: given })}\n`);
  log.info({ ports: given, version }, 'agent is ready');

  const stop = async (): Promise<void> => {
    if (stopping) process.exit(0);
    stopping = true;
    const empty = ports.map(({ server }) => new Promise((done) => server.once('close', done)));
    for (const port of ports) port.drain();
    const late = new Promise((done) => setTimeout(done, drainMs));
    await Promise.race([Promise.all(empty), late]);
    tunnel.stop();
    process.exit(0);
  };
  process.on('SIGTERM', () => void stop());
  process.on('SIGINT', () => void stop());
}

try {
  const { values } = parseArgs({ options: { config: { type: 'string' } } });
  if (!values.config) throw new ConfigError('usage: byway agent --config FILE');
  await run(loadAgentConfig(values.config));
} catch (error) {
  const known = error instanceof ConfigError || error instanceof TypeError;
  process.stderr.write(`byway agent: ${known ? error.message : String((error as Error).stack)}\n`);
  process.exit(1);
}
