import type { Contender } from '../contender.ts';
import { startLoop } from '../byway/loop.ts';
import { freePort } from '../free-port.ts';
import { ask } from '../load/ask.ts';

const [header, value] = ['x-bench', 'nobody'];

/** An intercept is active, but no request of the load carries its header. */
export const bywayAgentFilter: Contender = {
  id: 'agent-filter',
  name: 'Byway’s agent, filter that does not match',
  async start(origin, folder) {
    const loop = await startLoop({
      folder,
      app: { host: origin.host, port: origin.port },
      // Nothing listens there: a request on the wrong side is an error page, and is counted.
      intercept: { localPort: await freePort(), header: `${header}=${value}` },
    });
    const url = `http://127.0.0.1:${loop.agentPort}`;
    const { status } = await ask({ url }, 'GET', '/1k', { headers: { [header]: value } });
    if (status !== 502) {
      await loop.stop();
      throw new Error(`the filter is not active: a request that matches it got ${status}, not 502`);
    }
    return { url, pids: loop.pids.agent, stop: loop.stop };
  },
};
