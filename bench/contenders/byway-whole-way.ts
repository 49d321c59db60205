import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { start, type Child } from '../children.ts';
import type { Contender } from '../contender.ts';
import { previewOf, startLoop } from '../byway/loop.ts';
import { freePort } from '../free-port.ts';
import { nginxFile, nginxProxy } from '../nginx-file.ts';
import { tool } from '../tools.ts';

const host = '127.0.0.1';

/** Edge → connector → nginx as ingress → agent → connector → daemon → the laptop's origin. */
export const bywayWholeWay: Contender = {
  id: 'whole',
  name: 'Byway’s whole way (… → nginx → agent → laptop)',
  async start(origin, folder) {
    const program = tool('nginx');
    const ingressFolder = join(folder, 'ingress');
    mkdirSync(ingressFolder);
    let nginx: Child | undefined;
    const ingress = async (agentPort: number) => {
      const port = await freePort();
      const server = nginxProxy({ host, port: agentPort });
      const file = nginxFile(ingressFolder, port, ...server);
      nginx = start(program, ['-p', ingressFolder, '-e', 'stderr', '-c', file]);
      return { host, port, l5: 'bench.test' };
    };
    try {
      const loop = await startLoop({
        folder,
        // Nothing listens there: a request that stays in the cluster is an error, and is counted.
        app: { host, port: await freePort() },
        intercept: { localPort: origin.port },
        ingress,
      });
      const { edge, connector, agent, laptop } = loop.pids;
      const own = [...edge, ...connector, ...agent, ...laptop];
      return {
        ...previewOf(loop),
        pids: nginx ? [...own, nginx.pid] : own,
        stop: async () => {
          await loop.stop();
          await nginx?.stop();
        },
      };
    } catch (error) {
      await nginx?.stop();
      throw error;
    }
  },
};
