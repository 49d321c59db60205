/** `byway list` */
import { z } from 'zod';
import { daemonFor } from '../daemon/start.ts';
import { print, type Format } from '../output.ts';

const answer = z.object({
  workloads: z.array(
    z.object({
      name: z.string(),
      namespace: z.string(),
      ports: z.array(
        z.object({
          name: z.string(),
          number: z.number(),
          agents: z.number(),
          protocol: z.string().nullable(),
        }),
      ),
      intercepts: z.array(
        z.object({
          id: z.string(),
          name: z.string(),
          owner: z.string(),
          mine: z.boolean(),
          port: z.object({ name: z.string(), number: z.number() }),
          mechanism: z.string(),
          state: z.string(),
          laptop: z.string(),
        }),
      ),
    }),
  ),
});

type Workload = z.infer<typeof answer>['workloads'][number];

export async function list(options: {
  config: string;
  output: Format;
  namespace?: string;
}): Promise<void> {
  const daemon = await daemonFor(options.config);
  try {
    const all = answer.parse(await daemon.ask('list')).workloads;
    const workloads = all.filter(
      (each) => (options.namespace ?? each.namespace) === each.namespace,
    );
    print(options.output, { workloads }, () =>
      workloads.length === 0 ? 'No workloads can be intercepted.\n' : workloads.map(line).join(''),
    );
  } finally {
    daemon.close();
  }
}

function line({ name, ports, intercepts }: Workload): string {
  const taken = intercepts.map(
    (each) =>
      `    ${each.name} (${each.mine ? 'yours' : each.owner}): ${each.state} on ${each.laptop}\n`,
  );
  if (taken.length > 0) return `${name}: intercepted\n${taken.join('')}`;
  const ready = ports.every((port) => port.agents > 0);
  return `${name}: ready to intercept (${ready ? 'agent is ready' : 'agent is not connected'})\n`;
}
