/** When a started process counts as ready. */
import { get } from 'node:http';
import { connect } from 'node:net';

/**
 * `line`: it wrote a JSON object, or `ready`, as a line of standard output.
 * `port`: the TCP port of `host` (127.0.0.1 by default) accepts.
 * `http`: `url` answers, whatever the status.
 */
export type Readiness =
  | { readonly by: 'line' }
  | { readonly by: 'port'; readonly port: number; readonly host?: string }
  | { readonly by: 'http'; readonly url: string };

const pauseMs = 20;

/** Asks until there is an answer or `signal` aborts; a refused connection is tried again. */
export async function answers(
  readiness: Exclude<Readiness, { by: 'line' }>,
  signal: AbortSignal,
): Promise<void> {
  const ask = readiness.by === 'port' ? accepts : responds;
  while (!signal.aborted) {
    if (await ask(readiness as never, signal)) return;
    await new Promise((resolve) => setTimeout(resolve, pauseMs));
  }
}

function accepts(
  { port, host = '127.0.0.1' }: Extract<Readiness, { by: 'port' }>,
  signal: AbortSignal,
): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ port, host, signal });
    socket.once('connect', () => socket.destroy());
    socket.once('connect', () => resolve(true));
    socket.once('error', () => resolve(false));
  });
}

function responds(
  { url }: Extract<Readiness, { by: 'http' }>,
  signal: AbortSignal,
): Promise<boolean> {
  return new Promise((resolve) => {
    const request = get(url, { agent: false, signal }, (response) => {
      response.destroy();
      resolve(true);
    });
    request.on('error', () => resolve(false));
  });
}

const maxLineBytes = 64 * 1024;

/**
 * Reads pieces of standard output until the ready line; other lines before it are skipped.
 * @returns what the line said (`ready` alone says nothing: `{}`), or undefined: not yet
 */
export function readyLine(): (piece: string) => Record<string, unknown> | undefined {
  let open = '';
  return (piece) => {
    const lines = `${open}${piece}`.split('\n');
    open = (lines.pop() ?? '').slice(0, maxLineBytes);
    for (const line of lines) {
      const said = saidBy(line.trim());
      if (said !== undefined) return said;
    }
    return undefined;
  };
}

function saidBy(line: string): Record<string, unknown> | undefined {
  if (line === 'ready') return {};
  if (!line.startsWith('{')) return undefined;
  try {
    return JSON.parse(line) as Record<string, unknown>;
  } catch {
    return undefined;
  }
}
