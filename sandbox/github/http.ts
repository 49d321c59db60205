/** Requests and answers of the sandbox's server, away from `node:http`. */
import type { IncomingMessage, ServerResponse } from 'node:http';

/** GitHub takes 25 MB in its own direction; nothing that is sent to it here is large. */
const maxBodyBytes = 1024 * 1024;

export interface Incoming {
  readonly method: string;
  /** Absolute, with the host that the client named. */
  readonly url: URL;
  /** Path and query as they were sent. */
  readonly target: string;
  /** Lower case names. */
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: Buffer;
}

export interface Outgoing {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** @returns undefined when the body is too large or the target is no address */
export async function read(message: IncomingMessage): Promise<Incoming | undefined> {
  const target = message.url ?? '/';
  const host = message.headers.host ?? '127.0.0.1';
  const address = `http://${host}${target}`;
  if (!target.startsWith('/') || !URL.canParse(address)) return undefined;
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of message as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > maxBodyBytes) return undefined;
    chunks.push(chunk);
  }
  return {
    method: message.method ?? 'GET',
    url: new URL(address),
    target,
    headers: message.headers,
    body: Buffer.concat(chunks),
  };
}

export function write(response: ServerResponse, { status, headers, body }: Outgoing): void {
  const bodyless = status === 204 || status === 304;
  response.writeHead(status, {
    ...(bodyless ? {} : { 'content-length': String(Buffer.byteLength(body)) }),
    'cache-control': 'no-store',
    ...headers,
  });
  response.end(bodyless ? undefined : body);
}

export function json(
  status: number,
  value: unknown,
  headers: Record<string, string> = {},
): Outgoing {
  return {
    status,
    headers: { 'content-type': 'application/json; charset=utf-8', ...headers },
    body: value === undefined ? '' : JSON.stringify(value),
  };
}

export function redirect(location: string): Outgoing {
  return { status: 302, headers: { location }, body: '' };
}

/** The fields of a form or of JSON, as text; an unreadable body has none. */
export function fieldsOf({ headers, body }: Incoming): Map<string, string> {
  const text = body.toString();
  if (!String(headers['content-type'] ?? '').includes('json')) {
    return new Map(new URLSearchParams(text));
  }
  try {
    const value: unknown = JSON.parse(text);
    const entries = typeof value === 'object' && value !== null ? Object.entries(value) : [];
    return new Map(entries.map(([name, field]) => [name, String(field)]));
  } catch {
    return new Map();
  }
}
