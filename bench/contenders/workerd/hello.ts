import type { Contender } from '../../contender.ts';
import { startWorker } from '../../workerd.ts';

/** What the hop into an object costs without Byway: no request of it leaves workerd. */
export const hello: Contender = {
  id: 'hello',
  name: 'Worker → object answers hello',
  smallOnly: true,
  async start(_origin, folder) {
    const worker = await startWorker(folder, 'bench/workers/hello.ts', () => ({
      objects: { HELLO: 'HelloObject' },
    }));
    const { pids } = worker;
    return { url: `http://127.0.0.1:${worker.port}`, pids, stop: () => worker.stop() };
  },
};
