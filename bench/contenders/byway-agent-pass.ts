import type { Contender } from '../contender.ts';
import { startLoop } from '../byway/loop.ts';

/** An `http` port without any intercept: the agent follows the messages and passes the bytes on. */
export const bywayAgentPass: Contender = {
  id: 'agent-pass',
  name: 'Byway’s agent, no intercept',
  async start(origin, folder) {
    const { agentPort, pids, stop } = await startLoop({
      folder,
      app: { host: origin.host, port: origin.port },
    });
    return { url: `http://127.0.0.1:${agentPort}`, pids: pids.agent, stop };
  },
};
