/** `byway leave`, `byway status`, `byway quit` */
import { z } from 'zod';
import { loadCliConfig } from '../config.ts';
import { accountText, currentLogin, viewOf } from '../login/current.ts';
import { daemonFor, runningDaemon } from '../daemon/start.ts';
import { ExitCode } from '../failure.ts';
import { keyBlock, print, remark, type Format } from '../output.ts';
import { previewRows } from '../preview-now.ts';
import { ended as endedByOthers, endedFields, endedText, held, type Held } from './held.ts';

export interface CommonOptions {
  config: string;
  output: Format;
}

const ended = z.object({ name: z.string(), pending: z.array(z.string()) });

export async function leave(name: string, { config, output }: CommonOptions): Promise<void> {
  const daemon = await daemonFor(config);
  try {
    const result = ended.parse(await daemon.ask('leave', { name }));
    print(output, result, () => `Left ${result.name}\n`);
    incomplete(result.pending, 'the daemon goes on trying');
  } finally {
    daemon.close();
  }
}

/** The command has done what it could; what it could not is said, and told by the exit code. */
function incomplete(pending: readonly string[], next: string): void {
  if (pending.length === 0) return;
  for (const reason of pending) remark(`it has ended here, but ${reason}`);
  remark(next);
  process.exitCode = ExitCode.unreachable;
}

const account = z.object({ id: z.number(), login: z.string() });
/** null: by the operator token, or not at all. */
const login = z
  .object({
    edge_url: z.string(),
    organisation: account,
    user: account.nullable(),
    problem: z.string(),
  })
  .nullable();

const state = z.object({
  connected: z.boolean(),
  reason: z.string(),
  context: z.string(),
  login: login.optional(),
  laptop: z.string(),
  version: z.string(),
  edge: z
    .object({ connected: z.boolean(), reason: z.string(), cluster: z.string().nullable() })
    .nullable(),
  tunnel: z.record(z.string(), z.number()),
  ending_previews: z.number(),
  ended: endedByOthers,
  intercepts: z.array(held),
});

export type DaemonStatus = z.infer<typeof state>;

/** Starts no daemon: without one nothing is connected. */
export async function status({ config, output }: CommonOptions): Promise<void> {
  const loaded = loadCliConfig(config);
  const daemon = await runningDaemon(config);
  if (!daemon) {
    const reason = 'the daemon is not running; byway list or byway intercept starts it';
    const found = currentLogin(loaded);
    const login = found ? { ...viewOf(found), problem: '' } : null;
    const context = loaded.connectorUrl;
    const nothing = { connected: false, reason, context, login, intercepts: [] };
    return print(output, nothing, () =>
      [`Not connected: ${reason}`, ...loginLines(login), ''].join('\n'),
    );
  }
  try {
    const result = state.parse(await daemon.ask('status'));
    const fields = { ...result, ended: endedFields(result.ended) };
    print(output, fields, () => statusText(result));
  } finally {
    daemon.close();
  }
}

export function statusText(result: DaemonStatus, nowMs = Date.now()): string {
  const { tunnel, edge, intercepts, ending_previews: ending } = result;
  const streams = tunnel.byway_streams ?? 0;
  const credit =
    tunnel.byway_credit_whole === 0 ? `${tunnel.byway_held_bytes ?? 0} bytes held` : 'credit whole';
  const lines = [
    result.connected ? 'Connected' : `Not connected: ${result.reason}`,
    `  Context:       ${result.context}`,
    '  Proxy:         OFF (networking to the cluster is not enabled)',
    `  Intercepts:    ${intercepts.length} total`,
    ...intercepts.map((each) => interceptText(each, nowMs)),
    ...result.ended.map((each) => `  Ended:         ${endedText(each, nowMs)}`),
    ...loginLines(result.login),
    ...(edge ? [`  Edge:          ${edgeText(edge)}`] : []),
    `  Tunnel:        ${streams} streams, ${tunnel.byway_queued_bytes ?? 0} bytes queued, ${credit}`,
  ];
  if (ending > 0) lines.push(`  Previews:      ${ending} still to be ended at the edge`);
  return `${lines.join('\n')}\n`;
}

/** Name and laptop, and below it the preview as it is now. */
function interceptText({ name, client, preview }: Held, nowMs: number): string {
  if (!preview) return `    ${name}: ${client}`;
  const rows: [string, string][] = [['Preview URL', preview.url], ...previewRows(preview, nowMs)];
  return `    ${name}: ${client}\n${keyBlock(rows, 6).trimEnd()}`;
}

/** None for an operator token, which the configuration tells of. */
function loginLines(login: DaemonStatus['login']): string[] {
  if (!login) return [];
  const problem = login.problem === '' ? '' : `: ${login.problem}; log in again: byway login`;
  return [`  Login:         ${accountText(login)}${problem}`];
}

function edgeText({ connected, reason }: NonNullable<DaemonStatus['edge']>): string {
  if (connected) return 'connected';
  return reason === '' ? 'not connected' : `not connected: ${reason}`;
}

const quitted = z.object({ left: z.array(z.string()), pending: z.array(z.string()) });

/** Needs no valid configuration, and ends a daemon of any version. */
export async function quit({ config, output }: CommonOptions): Promise<void> {
  const daemon = await runningDaemon(config);
  if (!daemon) return print(output, { running: false }, () => 'The daemon is not running\n');
  const result = quitted.parse(await daemon.ask('quit'));
  await daemon.ended;
  print(output, result, () => {
    const left = result.left.map((name) => `Left ${name}\n`).join('');
    return `${left}The daemon has ended\n`;
  });
  incomplete(result.pending, 'the next daemon goes on trying; byway list starts one');
}
