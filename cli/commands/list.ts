/** `byway list` */
import { z } from 'zod';
import { daemonFor } from '../daemon/start.ts';
import { interceptBlock, keyBlock, print, type Format } from '../output.ts';
import { ended, endedFields, endedText, held, viewOf, type Ended, type Held } from './held.ts';

const port = z.object({ name: z.string(), number: z.number() });
const workload = z.object({
  name: z.string(),
  namespace: z.string(),
  ports: z.array(port.extend({ agents: z.number(), protocol: z.string().nullable() })),
  intercepts: z.array(
    z.object({
      id: z.string(),
      name: z.string(),
      owner: z.string(),
      mine: z.boolean(),
      port,
      mechanism: z.string(),
      state: z.string(),
      laptop: z.string(),
    }),
  ),
});
const answer = z.object({ workloads: z.array(workload), held: z.array(held), ended });

export type Workload = z.infer<typeof workload>;

export async function list(options: {
  config: string;
  output: Format;
  namespace?: string;
}): Promise<void> {
  const daemon = await daemonFor(options.config);
  try {
    const all = answer.parse(await daemon.ask('list', { previews: true }));
    const workloads = all.workloads.filter(
      (each) => (options.namespace ?? each.namespace) === each.namespace,
    );
    const gone = all.ended.filter(
      (each) => (options.namespace ?? each.namespace) === each.namespace,
    );
    const result = { workloads: withPreviews(workloads, all.held), ended: endedFields(gone) };
    print(options.output, result, () => listText(workloads, all.held, gone));
  } finally {
    daemon.close();
  }
}

/** For programs: one's own intercepts have their preview with them, null where there is none. */
function withPreviews(workloads: readonly Workload[], own: readonly Held[]): object[] {
  return workloads.map((workload) => ({
    ...workload,
    intercepts: workload.intercepts.map((each) => {
      const mine = own.find(({ id }) => id === each.id);
      return mine ? { ...each, preview: mine.preview } : each;
    }),
  }));
}

export function listText(
  workloads: readonly Workload[],
  own: readonly Held[],
  gone: Ended = [],
): string {
  const endings = gone.map((each) => `Intercept ${endedText(each)}\n`).join('');
  if (workloads.length === 0) return `No workloads that can be intercepted\n${endings}`;
  // Names are unique in a namespace only.
  const several = new Set(workloads.map(({ namespace }) => namespace)).size > 1;
  const blocks = workloads.map((each) => {
    const name = several ? `${each.name}.${each.namespace}` : each.name;
    return `${name}: ${stateText(each, own)}`;
  });
  return blocks.join('') + endings;
}

function stateText({ ports, intercepts }: Workload, own: readonly Held[]): string {
  if (intercepts.length > 0) {
    return `intercepted\n${intercepts.map((each) => block(each, own)).join('')}`;
  }
  return ports.some(({ agents }) => agents > 0)
    ? 'ready to intercept (traffic-agent already installed)\n'
    : 'not interceptable (traffic-agent not connected): is “byway agent” running there?\n';
}

function block(intercept: Workload['intercepts'][number], own: readonly Held[]): string {
  const mine = own.find(({ id }) => id === intercept.id);
  if (mine) return interceptBlock(viewOf(mine, intercept.state));
  const { name, state, owner, laptop, port, mechanism } = intercept;
  return keyBlock([
    ['Intercept name', name],
    ['State', state],
    ['Owner', `${owner} (${laptop})`],
    ...(port.name === '' ? [] : [['Service Port Name', port.name] as [string, string]]),
    ['Intercepting', mechanism === 'tcp' ? 'all TCP connections' : 'HTTP requests of its owner'],
  ]);
}
