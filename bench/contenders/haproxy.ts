import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { start } from '../children.ts';
import type { Contender } from '../contender.ts';
import { freePort } from '../free-port.ts';
import { tool } from '../tools.ts';

/** Threads are left at HAProxy's default, one per core. */
const configuration = (port: number, origin: string): string => `global
  maxconn 4096
defaults
  mode tcp
  timeout connect 5s
  timeout client 1m
  timeout server 1m
listen through
  bind 127.0.0.1:${port}
  server origin ${origin}
`;

export const haproxy: Contender = {
  id: 'haproxy',
  name: 'HAProxy, TCP mode',
  async start(origin, folder) {
    const program = tool('haproxy');
    const port = await freePort();
    const file = join(folder, 'haproxy.cfg');
    writeFileSync(file, configuration(port, `${origin.host}:${origin.port}`));
    const child = start(program, ['-db', '-f', file]);
    return { url: `http://127.0.0.1:${port}`, pids: [child.pid], stop: () => child.stop() };
  },
};
