/** `byway agent --config FILE` */
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo, Server } from 'node:net';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import pino from 'pino';
import { ConfigError } from '#protocol/config.ts';
import { healthAnswer } from '#protocol/health.ts';
import { runtimeOf } from '#protocol/runtime.ts';
import type { Session } from '#protocol/session.ts';
import { loadAgentConfig, type AgentConfig } from './config.ts';
import { ConnectorTunnel } from './connector-tunnel.ts';
import { Intercepts } from './intercepts.ts';
import { Port } from './port.ts';

const log = pino({ name: 'byway-agent' }, pino.destination(2));
const packageFile = join(import.meta.dirname, '../package.json');
const version = String(
  (JSON.parse(readFileSync(packageFile, 'utf8')) as { version: string }).version,
);

/**
 * How long a starting agent waits for its intercepts before it takes clients: one that knows nothing
 * would send matching requests to the app. Longer, and a connector that is away would keep pods down.
 */
const informedMs = 2_000;

/** A laptop's idle stream lives between one and two of these. */
const sweepMs = 1_000;

function listen(server: Server, { host, port }: { host: string; port: number }): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', (error) =>
      reject(new ConfigError(`cannot listen on ${host}:${port}: ${error.message}`)),
    );
    server.listen(port, host, () => resolve((server.address() as AddressInfo).port));
  });
}

async function run(config: AgentConfig): Promise<void> {
  const intercepts = new Intercepts();
  const tunnel = new ConnectorTunnel({
    config,
    intercepts,
    runtime: runtimeOf(globalThis),
    version,
    onChange: (connected, reason) => log.info({ connected, reason }, 'tunnel to the connector'),
  });
  const told = new Set<string>();
  const ports = config.ports.map(
    (port) =>
      new Port({
        config: port,
        intercepts,
        tunnel,
        onUnreadable(name, reason) {
          // Once per reason: a client that does it does it often.
          if (told.size < 100 && !told.has(reason))
            log.warn({ port: name, reason }, 'bytes that are not HTTP/1.1 as we read it');
          told.add(reason);
        },
      }),
  );
  const sweep = (): void => {
    for (const port of ports) port.sweep();
  };
  setInterval(sweep, sweepMs).unref();
  const sessions = (): Session[] => (tunnel.session ? [tunnel.session] : []);
  const metrics = createServer((request, response) => {
    const sum = (of: (port: Port) => number): number =>
      ports.reduce((total, port) => total + of(port), 0);
    const { status, type, body } = healthAnswer(request.url ?? '', tunnel.connected, sessions(), {
      byway_intercepts: intercepts.count,
      byway_clients: sum((port) => port.counts.clients),
      byway_spliced: sum((port) => port.counts.spliced),
    });
    response.writeHead(status, { 'Content-Type': type }).end(body);
  });
  const patience = new Promise<void>((resolve) => setTimeout(resolve, informedMs));
  await Promise.race([tunnel.informed, patience]);
  const given: Record<string, number> = {};
  for (const [index, port] of ports.entries()) {
    const entry = config.ports[index];
    if (entry) given[entry.name || String(index)] = await listen(port.server, entry.listen);
  }
  if (config.metrics) given.metrics = await listen(metrics, config.metrics);
  process.stdout.write(`${JSON.stringify({ ready: true, ports: given })}\n`);
  log.info({ ports: given, version }, 'agent is ready');

  let stopping = false;
  const stop = (): void => {
    if (stopping) process.exit(1);
    stopping = true;
    for (const { server } of ports) server.close();
    const deadline = Date.now() + 30_000;
    const look = (): void => {
      // Idle keep-alive connections have no request in flight; only laptops' streams are waited for.
      const busy = sessions().some((session) => session.streams.size > 0);
      if (busy && Date.now() < deadline) return void setTimeout(look, 50);
      tunnel.stop();
      process.exit(0);
    };
    look();
  };
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
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
