/** One HTTP request of a webhook, and what came of it in the words of a delivery. */
import { request as httpRequest, type IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import type { LookupFunction } from 'node:net';

export interface Posted {
  readonly status: string;
  readonly statusCode: number;
  readonly headers: Record<string, string> | null;
  readonly body: string | null;
}

const maxAnswerBytes = 64 * 1024;

/** Names under `localhost` are this machine (RFC 6761 §6.3); not every resolver knows. */
const lookupLocal: LookupFunction = (_host, options, done) => {
  if (options.all === true) done(null, [{ address: '127.0.0.1', family: 4 }]);
  else done(null, '127.0.0.1', 4);
};

/**
 * Never throws; redirects are not followed.
 * @param signal ends the wait for an answer
 */
export async function post(
  url: URL,
  headers: Readonly<Record<string, string>>,
  body: Buffer,
  signal: AbortSignal,
): Promise<Posted> {
  try {
    const answer = await exchange(url, headers, body, signal);
    const statusCode = answer.statusCode ?? 0;
    const fine = statusCode >= 200 && statusCode < 300;
    return {
      status: fine ? 'OK' : `Invalid HTTP Response: ${statusCode}`,
      statusCode,
      headers: flat(answer),
      body: await textOf(answer),
    };
  } catch (error) {
    const late = error instanceof Error && error.name === 'AbortError';
    return late
      ? { status: 'timed out', statusCode: 504, headers: null, body: null }
      : { status: 'failed to connect to host', statusCode: 502, headers: null, body: null };
  }
}

function exchange(
  url: URL,
  headers: Readonly<Record<string, string>>,
  body: Buffer,
  signal: AbortSignal,
): Promise<IncomingMessage> {
  const start = url.protocol === 'https:' ? httpsRequest : httpRequest;
  const local = url.hostname === 'localhost' || url.hostname.endsWith('.localhost');
  return new Promise((resolve, reject) => {
    const request = start(url, {
      method: 'POST',
      headers: { ...headers, 'content-length': String(body.length) },
      agent: false,
      signal,
      ...(local ? { lookup: lookupLocal } : {}),
    });
    request.once('response', resolve);
    request.once('error', reject);
    request.end(body);
  });
}

async function textOf(answer: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of answer as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > maxAnswerBytes) break;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString();
}

function flat(answer: IncomingMessage): Record<string, string> {
  return Object.fromEntries(
    Object.entries(answer.headers).map(([name, value]) => [name, [value].flat().join(', ')]),
  );
}
