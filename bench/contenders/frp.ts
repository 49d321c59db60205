import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { start, type Child } from '../children.ts';
import { stopAll, type Contender } from '../contender.ts';
import { freePort } from '../free-port.ts';
import { built } from '../peers/build.ts';
import { lastWords } from '../ready-line.ts';

const domain = 'frp.test';
const startTimeoutMs = 10_000;

const serverFile = (bindPort: number, httpPort: number): string => `bindAddr = "127.0.0.1"
proxyBindAddr = "127.0.0.1"
bindPort = ${bindPort}
vhostHTTPPort = ${httpPort}
log.disablePrintColor = true
`;

/** Everything else is frp's default: TLS between the two, one multiplexed TCP connection. */
const clientFile = (bindPort: number, originPort: number): string => `serverAddr = "127.0.0.1"
serverPort = ${bindPort}
log.disablePrintColor = true

[[proxies]]
name = "bench"
type = "http"
localIP = "127.0.0.1"
localPort = ${originPort}
customDomains = ["${domain}"]
`;

export const frp: Contender = {
  id: 'frp',
  name: 'frp 0.70 `http`',
  async start(origin, folder) {
    const [frps, frpc] = [await built('frps'), await built('frpc')];
    const [bindPort, httpPort] = [await freePort(), await freePort()];
    const [serverPath, clientPath] = [join(folder, 'frps.toml'), join(folder, 'frpc.toml')];
    writeFileSync(serverPath, serverFile(bindPort, httpPort));
    writeFileSync(clientPath, clientFile(bindPort, origin.port));
    const server = start(frps, ['-c', serverPath]);
    await said(server, 'frps started successfully');
    const client = start(frpc, ['-c', clientPath]);
    await said(client, 'start proxy success');
    return {
      url: `http://127.0.0.1:${httpPort}`,
      hostHeader: domain,
      pids: [server.pid, client.pid],
      stop: () => stopAll([client, server]),
    };
  },
};

async function said(child: Child, text: string): Promise<void> {
  const deadlineMs = Date.now() + startTimeoutMs;
  while (!`${child.stdout()}${child.stderr()}`.includes(text)) {
    if (!child.alive() || Date.now() > deadlineMs) {
      throw new Error(`frp did not start: ${lastWords(child)}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
