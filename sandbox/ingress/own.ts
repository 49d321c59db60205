/** A small ingress for machines without nginx; for the demo only. */
import { readFileSync } from 'node:fs';
import { Agent, createServer, type IncomingMessage, type Server } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { Duplex } from 'node:stream';
import {
  noSuchHost,
  targetFor,
  verifyIngress,
  type IngressOptions,
  type IngressProcess,
  type VerifiedIngress,
} from './ingress.ts';
import { forwardRequest, forwardUpgrade } from './own-request.ts';

const maxSockets = 1_024;

/** The same as `startNginxIngress`, inside this process. */
export async function startOwnIngress(options: IngressOptions): Promise<IngressProcess> {
  const ingress = verifyIngress(options);
  const { host, port, tls, url } = ingress;
  const agent = new Agent({ keepAlive: true, maxSockets });
  const upgraded = new Set<Duplex>();
  const servers: Server[] = [];
  const stop = async (): Promise<void> => {
    const closed = servers.map((server) => new Promise((resolve) => server.close(resolve)));
    for (const server of servers) server.closeAllConnections();
    for (const socket of upgraded) socket.destroy();
    await Promise.all(closed);
    agent.destroy();
  };
  try {
    if (port !== undefined) {
      const server = createServer();
      await listen(server, host, port);
      servers.push(server);
    }
    if (tls) {
      const server = createTlsServer({ cert: readFileSync(tls.cert), key: readFileSync(tls.key) });
      await listen(server, host, tls.port);
      servers.push(server);
    }
  } catch (error) {
    await stop();
    throw error;
  }
  for (const server of servers) route(server, ingress, agent, upgraded);
  return { url, pid: process.pid, stop };
}

function listen(server: Server, host: string, port: number): Promise<void> {
  // An upload may take as long as it takes.
  server.requestTimeout = 0;
  server.keepAliveTimeout = 60_000;
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => resolve());
  });
}

function route(
  server: Server,
  ingress: VerifiedIngress,
  agent: Agent,
  upgraded: Set<Duplex>,
): void {
  const target = ({ headers, url = '/' }: IncomingMessage) => targetFor(ingress, headers.host, url);
  server.on('request', (incoming, response) => {
    const found = target(incoming);
    if (found) forwardRequest(found, agent, incoming, response);
    else response.writeHead(404, { 'Content-Type': 'text/plain' }).end(noSuchHost);
  });
  server.on('upgrade', (incoming: IncomingMessage, client: Duplex, early: Buffer) => {
    client.on('error', () => client.destroy());
    upgraded.add(client);
    client.once('close', () => upgraded.delete(client));
    const found = target(incoming);
    if (found) forwardUpgrade(found, incoming, client, early);
    else client.end('HTTP/1.1 404 Not Found\r\nConnection: close\r\nContent-Length: 0\r\n\r\n');
  });
}
