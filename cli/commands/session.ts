/** `byway leave`, `byway status`, `byway quit` */
import { z } from 'zod';
import { loadCliConfig } from '../config.ts';
import { daemonFor, runningDaemon } from '../daemon/start.ts';
import { print, type Format } from '../output.ts';

export interface CommonOptions {
  config: string;
  output: Format;
}

const ended = z.object({ name: z.string(), pending: z.array(z.string()) });

export async function leave(name: string, { config, output }: CommonOptions): Promise<void> {
  const daemon = await daemonFor(config);
  try {
    const result = ended.parse(await daemon.ask('leave', { name }));
    print(output, result, () => `Left ${result.name}\n${later(result.pending)}`);
  } finally {
    daemon.close();
  }
}

const state = z.object({
  connected: z.boolean(),
  reason: z.string(),
  context: z.string(),
  laptop: z.string(),
  version: z.string(),
  tunnel: z.record(z.string(), z.number()),
  ending_previews: z.number(),
  intercepts: z.array(
    z.object({
      id: z.string(),
      name: z.string(),
      workload: z.string(),
      client: z.string(),
      local: z.object({ host: z.string(), port: z.number() }),
      preview_url: z.string().nullable(),
    }),
  ),
});

/** Starts no daemon: without one nothing is connected. */
export async function status({ config, output }: CommonOptions): Promise<void> {
  const { connectorUrl } = loadCliConfig(config);
  const daemon = await runningDaemon(config);
  if (!daemon) {
    const nothing = {
      connected: false,
      reason: 'the daemon is not running',
      context: connectorUrl,
      intercepts: [],
    };
    return print(
      output,
      nothing,
      () =>
        'Not connected: the daemon is not running; it starts with byway list or byway intercept\n',
    );
  }
  try {
    const result = state.parse(await daemon.ask('status'));
    print(output, result, () => statusBlock(result));
  } finally {
    daemon.close();
  }
}

export function statusBlock(result: z.infer<typeof state>): string {
  const { tunnel } = result;
  const lines = [
    result.connected ? 'Connected' : `Not connected: ${result.reason}`,
    `  Context:       ${result.context}`,
    '  Proxy:         OFF (networking to the cluster is not enabled)',
    `  Intercepts:    ${result.intercepts.length} total`,
    ...result.intercepts.map(({ name, client }) => `    ${name}: ${client}`),
    `  Streams:       ${tunnel.byway_streams ?? 0} open, ${tunnel.byway_queued_bytes ?? 0} bytes queued, ` +
      `credit ${tunnel.byway_credit_whole === 0 ? `lacks ${tunnel.byway_held_bytes ?? 0} bytes` : 'whole'}`,
  ];
  if (result.ending_previews > 0)
    lines.push(`  Previews:      ${result.ending_previews} still to be ended at the edge`);
  return `${lines.join('\n')}\n`;
}

const quitted = z.object({ left: z.array(z.string()), pending: z.array(z.string()) });

export async function quit({ config, output }: CommonOptions): Promise<void> {
  const daemon = await runningDaemon(config);
  if (!daemon) return print(output, { running: false }, () => 'The daemon is not running\n');
  try {
    const result = quitted.parse(await daemon.ask('quit'));
    print(output, result, () => {
      const left = result.left.map((name) => `Left ${name}\n`).join('');
      return `${left}The daemon has ended\n${later(result.pending)}`;
    });
  } finally {
    daemon.close();
  }
}

function later(pending: readonly string[]): string {
  return pending.map((reason) => `Not everything has heard of it yet: ${reason}\n`).join('');
}
