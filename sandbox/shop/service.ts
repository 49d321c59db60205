/** What the shop's services share: a server that says its port, and calls that keep the context. */
import {
  Agent,
  createServer,
  request,
  type IncomingHttpHeaders,
  type RequestListener,
} from 'node:http';
import type { AddressInfo } from 'node:net';

/** Headers that a service hands on, so that intercepts behind it are found (context propagation). */
const context = [
  'x-telepresence-intercept-id',
  'x-telepresence-id',
  'baggage',
  'traceparent',
  'tracestate',
];

const agent = new Agent({ keepAlive: true });

export interface Reply {
  status: number;
  headers: IncomingHttpHeaders;
  text: string;
}

/** GET of another service, with the context of the request that is being answered. */
export function call(url: string, incoming: IncomingHttpHeaders): Promise<Reply> {
  const headers: Record<string, string> = {};
  for (const name of context) {
    const value = incoming[name];
    if (value !== undefined) headers[name] = String(value);
  }
  return new Promise((resolve) => {
    const failed = (error: Error): void =>
      resolve({ status: 502, headers: {}, text: error.message });
    const outgoing = request(url, { headers, agent }, (response) => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (part: string) => (text += part));
      response.on('error', failed);
      response.on('end', () =>
        resolve({ status: response.statusCode ?? 502, headers: response.headers, text }),
      );
    });
    outgoing.on('error', failed);
    outgoing.end();
  });
}

export interface Service {
  port: number;
  close(): Promise<void>;
}

export async function serve(port: number, listener: RequestListener): Promise<Service> {
  const server = createServer({ keepAliveTimeout: 60_000 }, listener);
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });
  return {
    port: (server.address() as AddressInfo).port,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
