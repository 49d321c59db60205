import type { Contender } from '../contender.ts';
import { previewOf, startLoop } from '../byway/loop.ts';
import { freePort } from '../free-port.ts';

/** Edge → connector → origin: the origin itself is the ingress, what frp does with one client. */
export const bywayRelay: Contender = {
  id: 'relay',
  name: 'Byway’s relay (edge → connector → origin)',
  async start(origin, folder) {
    const address = { host: origin.host, port: origin.port };
    const loop = await startLoop({
      folder,
      app: address,
      // The preview needs an intercept; no request of this load gets as far as its agent.
      intercept: { localPort: await freePort() },
      ingress: () => Promise.resolve({ ...address, l5: 'bench.test' }),
    });
    const { pids, stop } = loop;
    return { ...previewOf(loop), pids: [...pids.edge, ...pids.connector], stop };
  },
};
