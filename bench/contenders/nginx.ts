import { start } from '../children.ts';
import type { Contender } from '../contender.ts';
import { freePort } from '../free-port.ts';
import { nginxFile, nginxProxy } from '../nginx-file.ts';
import { tool } from '../tools.ts';

export const nginx: Contender = {
  id: 'nginx',
  name: 'nginx, 1 worker',
  async start(origin, folder) {
    const program = tool('nginx');
    const port = await freePort();
    const file = nginxFile(folder, port, ...nginxProxy(origin));
    const child = start(program, ['-p', folder, '-e', 'stderr', '-c', file]);
    return { url: `http://127.0.0.1:${port}`, pids: [child.pid], stop: () => child.stop() };
  },
};
