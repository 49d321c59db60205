/** A small ingress for machines without nginx; for the demo only. */
import { createServer, request, type IncomingMessage, type ServerResponse } from 'node:http';
import { connect } from 'node:net';
import type { Duplex } from 'node:stream';
import type { IngressProcess, IngressRule } from './nginx.ts';

export async function startOwnIngress(
  port: number,
  rules: readonly IngressRule[],
): Promise<IngressProcess> {
  const portOf = (host: string | undefined): number | undefined =>
    rules.find((rule) => rule.host === host?.replace(/:\d+$/, ''))?.port;
  const server = createServer((incoming: IncomingMessage, response: ServerResponse) => {
    const target = portOf(incoming.headers.host);
    if (target === undefined) return void response.writeHead(404).end('no such host\n');
    const outgoing = request(
      {
        host: '127.0.0.1',
        port: target,
        method: incoming.method,
        path: incoming.url,
        headers: incoming.headers,
      },
      (answer) => {
        response.writeHead(answer.statusCode ?? 502, answer.rawHeaders);
        answer.pipe(response);
        answer.on('error', () => response.destroy());
      },
    );
    outgoing.on('error', () =>
      response.headersSent ? response.destroy() : response.writeHead(502).end(),
    );
    response.on('close', () => outgoing.destroy());
    incoming.pipe(outgoing);
  });
  server.on('upgrade', (incoming: IncomingMessage, client: Duplex, early: Buffer) => {
    const target = portOf(incoming.headers.host);
    if (target === undefined) return void client.destroy();
    const upstream = connect(target, '127.0.0.1');
    const lines = [`${incoming.method} ${incoming.url} HTTP/1.1`];
    for (let index = 0; index < incoming.rawHeaders.length; index += 2) {
      lines.push(`${incoming.rawHeaders[index]}: ${incoming.rawHeaders[index + 1]}`);
    }
    upstream.write(`${lines.join('\r\n')}\r\n\r\n`);
    upstream.write(early);
    upstream.pipe(client).pipe(upstream);
    upstream.on('error', () => client.destroy());
    client.on('error', () => upstream.destroy());
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });
  return {
    pid: process.pid,
    async stop() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
