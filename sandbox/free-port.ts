import { createServer } from 'node:net';

/**
 * Below the range from which Linux (32768), macOS and Windows (49152) take ports for outgoing
 * connections, so that no connection can take the port before its server listens, or while that
 * server restarts.
 */
const firstPort = 18_000;
const lastPort = 31_999;
const maxTries = 200;

/**
 * Which part of the range is this process's, as `1/2`: others who look for ports at the same time have
 * the other ones, as a port that was found is free until its server listens.
 */
function shareOf(text: string | undefined): { first: number; last: number } {
  const [, at, of] = /^([1-9]\d?)\/([1-9]\d?)$/.exec(text ?? '1/1') ?? [];
  if (at === undefined || of === undefined || Number(at) > Number(of)) {
    throw new Error(`BYWAY_PORTS: ${text} is no share like 1/2`);
  }
  const size = Math.floor((lastPort - firstPort + 1) / Number(of));
  const first = firstPort + size * (Number(at) - 1);
  return { first, last: first + size - 1 };
}

const given = new Set<number>();

/**
 * A port of 127.0.0.1 that nobody listens on at the moment; never the same one twice.
 * @throws Error when none was found in 200 tries
 */
export async function freePort(): Promise<number> {
  const { first, last } = shareOf(process.env['BYWAY_PORTS']);
  for (let tries = 0; tries < maxTries; tries += 1) {
    const port = first + Math.floor(Math.random() * (last - first + 1));
    if (given.has(port) || !(await isFree(port))) continue;
    given.add(port);
    return port;
  }
  throw new Error(`no free port between ${first} and ${last} on 127.0.0.1`);
}

/** Whether a server could listen on this port now. */
export function isFree(port: number, host = '127.0.0.1'): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, host, () => server.close(() => resolve(true)));
  });
}
