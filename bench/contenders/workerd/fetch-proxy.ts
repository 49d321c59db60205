import type { Contender } from '../../contender.ts';
import { startWorker } from '../../workerd.ts';

/** What streaming through workerd costs without Byway. */
export const fetchProxy: Contender = {
  id: 'fetch-proxy',
  name: 'workerd, plain `fetch` proxy',
  async start({ host, port, url }, folder) {
    const worker = await startWorker(folder, 'bench/workers/fetch-proxy.ts', () => ({
      bindings: { ORIGIN_URL: url },
      services: { ORIGIN: { address: `${host}:${port}` } },
    }));
    const { pids } = worker;
    return {
      url: `http://127.0.0.1:${worker.port}`,
      pids,
      workerdPids: pids,
      stop: () => worker.stop(),
    };
  },
};
