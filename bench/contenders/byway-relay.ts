import type { Contender } from '../contender.ts';
import type { Engine } from '../engine.ts';
import { previewOf, startLoop } from '../byway/loop.ts';
import { freePort } from '../free-port.ts';

const names: Readonly<Record<Engine, string>> = {
  node: 'Byway’s relay (edge → connector → origin)',
  cloudflare: 'Byway’s relay (Worker → object → connector → origin)',
};

/** Edge → connector → origin: the origin itself is the ingress, what frp does with one client. */
export function bywayRelay(engine: Engine): Contender {
  return {
    id: 'relay',
    name: names[engine],
    async start(origin, folder) {
      const address = { host: origin.host, port: origin.port };
      const loop = await startLoop({
        folder,
        engine,
        app: address,
        // The preview needs an intercept; no request of this load gets as far as its agent.
        intercept: { localPort: await freePort() },
        ingress: () => Promise.resolve({ ...address, l5: 'bench.test' }),
      });
      const { pids, openStreams, stop } = loop;
      const running = { ...previewOf(loop), pids: [...pids.edge, ...pids.connector], stop };
      return engine === 'node' ? running : { ...running, workerdPids: pids.edge, openStreams };
    },
  };
}
