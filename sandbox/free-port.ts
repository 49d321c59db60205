import { createServer } from 'node:net';

/**
 * Below the range from which Linux (32768), macOS and Windows (49152) take ports for outgoing
 * connections, so that no connection can take the port before its server listens, or while that
 * server restarts.
 */
const firstPort = 18_000;
const lastPort = 31_999;
const maxTries = 200;

const given = new Set<number>();

/**
 * A port of 127.0.0.1 that nobody listens on at the moment; never the same one twice.
 * @throws Error when none was found in 200 tries
 */
export async function freePort(): Promise<number> {
  for (let tries = 0; tries < maxTries; tries += 1) {
    const port = firstPort + Math.floor(Math.random() * (lastPort - firstPort + 1));
    if (given.has(port) || !(await isFree(port))) continue;
    given.add(port);
    return port;
  }
  throw new Error(`no free port between ${firstPort} and ${lastPort} on 127.0.0.1`);
}

/** Whether a server could listen on this port now. */
export function isFree(port: number, host = '127.0.0.1'): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, host, () => server.close(() => resolve(true)));
  });
}
