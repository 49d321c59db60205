/** `byway connector --config FILE` */
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo, Server } from 'node:net';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import pino from 'pino';
import { ConfigError } from '#protocol/config.ts';
import { accountOf, healthAnswer } from '#protocol/health.ts';
import { runtimeOf } from '#protocol/runtime.ts';
import { Agents } from './agents.ts';
import { AllowList } from './allow-list.ts';
import { loadConnectorConfig, type ConnectorConfig } from './config.ts';
import { EdgeTunnels } from './edge-tunnels.ts';
import { IngressPool } from './ingress-pool.ts';
import { Laptops } from './laptops.ts';
import { listenerOf } from './listener.ts';
import { Registry } from './registry.ts';
import { Tickets } from './ticket.ts';
import { staticWorkloads } from './workloads/static.ts';

const log = pino({ name: 'byway-connector' }, pino.destination(2));
const packageFile = join(import.meta.dirname, '../package.json');
const version = String(
  (JSON.parse(readFileSync(packageFile, 'utf8')) as { version: string }).version,
);
const expiryMs = 60_000;

function listen(server: Server, { host, port }: { host: string; port: number }): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', (error) =>
      reject(new ConfigError(`cannot listen on ${host}:${port}: ${error.message}`)),
    );
    server.listen(port, host, () => resolve((server.address() as AddressInfo).port));
  });
}

async function run(config: ConnectorConfig): Promise<void> {
  const runtime = runtimeOf(globalThis);
  const registry = new Registry();
  const workloads = staticWorkloads(config.workloads);
  const tickets = new Tickets(config.ticketKey);
  const allowList = new AllowList(config.ingresses, config.ingressAllow);
  const pool = new IngressPool({
    allowList,
    ingresses: config.ingresses,
    connectTimeoutMs: config.connectTimeoutMs,
  });
  const edge =
    config.edge &&
    new EdgeTunnels({
      edge: config.edge,
      registry,
      pool,
      allowList,
      headTimeoutMs: config.headTimeoutMs,
      runtime,
      version,
      onChange: (shard, connected, reason) =>
        log.info({ shard, connected, reason }, 'tunnel to the edge'),
      onEnd: async (ended) => {
        await laptops.end(ended);
        log.info(ended, 'intercept ended through the edge');
      },
    });
  const agents: Agents = new Agents({
    registry,
    workloads,
    runtime,
    version,
    onTickets: (held, agent) => laptops.adopt(held, agent),
  });
  const sessions = () => [...(edge?.sessions ?? []), ...agents.sessions, ...laptops.sessions];
  const laptops: Laptops = new Laptops({
    registry,
    agents,
    workloads,
    tickets,
    runtime,
    version,
    ingresses: config.ingresses.map(({ host, port, tls, l5 }) => ({ host, port, tls, l5 })),
    edge: () => ({
      cluster: edge?.cluster,
      connected: edge?.connected ?? false,
      reason: edge ? edge.reason : 'no edge is configured',
    }),
    account: () => accountOf(sessions()),
  });
  const listener = listenerOf({
    agents: config.agents,
    laptops: config.laptops,
    onAgent: (name, webSocket) => agents.accept(name, webSocket),
    onLaptop: (owner, webSocket) => laptops.accept(owner, webSocket),
  });
  const health = createServer((request, response) => {
    const more = { byway_intercepts: registry.list().length };
    const ready = !edge || edge.connected;
    const { status, type, body } = healthAnswer(request.url ?? '', ready, sessions(), more);
    response.writeHead(status, { 'Content-Type': type }).end(body);
  });
  const ports: Record<string, number> = { listen: await listen(listener, config.listen) };
  if (config.metrics) ports.metrics = await listen(health, config.metrics);
  process.stdout.write(`${JSON.stringify({ ready: true, ports })}\n`);
  log.info({ ports, version }, 'connector is ready');

  setInterval(() => {
    for (const { spec } of registry.expire(runtime.now())) {
      log.info({ intercept: spec.name }, 'intercept expired: its laptop did not come back');
    }
  }, expiryMs).unref();

  let stopping = false;
  const stop = (): void => {
    if (stopping) process.exit(1);
    stopping = true;
    listener.close();
    edge?.drain();
    for (const session of sessions()) session.goaway('the connector stops');
    const deadline = Date.now() + 30_000;
    const look = (): void => {
      if (sessions().some((session) => session.streams.size > 0) && Date.now() < deadline) {
        return void setTimeout(look, 50);
      }
      edge?.stop();
      for (const session of sessions()) session.close(1001, 'the connector stops');
      process.exit(0);
    };
    look();
  };
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
}

try {
  const { values } = parseArgs({ options: { config: { type: 'string' } } });
  if (!values.config) throw new ConfigError('usage: byway connector --config FILE');
  await run(loadConnectorConfig(values.config));
} catch (error) {
  const known =
    error instanceof ConfigError || error instanceof TypeError || error instanceof RangeError;
  process.stderr.write(
    `byway connector: ${known ? error.message : String((error as Error).stack)}\n`,
  );
  process.exit(1);
}
