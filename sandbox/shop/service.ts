/** What the shop's services share: a server that says its port, and the address that it has. */
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Service {
  readonly port: number;
  /** Ends what is open, too. */
  close(): Promise<void>;
}

export interface Address {
  /** @default '127.0.0.1' */
  host?: string;
  /** 0, the default: any free one. */
  port?: number;
}

/** @throws Error when the port is taken */
export async function serve(
  { host = '127.0.0.1', port = 0 }: Address,
  listener: RequestListener,
): Promise<Service> {
  const server = createServer({ keepAliveTimeout: 60_000 }, listener);
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, resolve);
  });
  return {
    port: (server.address() as AddressInfo).port,
    async close() {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
    },
  };
}
