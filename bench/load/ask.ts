import { request } from 'node:http';
import type { Target } from './target.ts';

const answerTimeoutMs = 5_000;

export interface Answer {
  readonly status: number;
  readonly body: Buffer;
}

/** One request on a connection of its own. @throws Error naming it when there is no whole answer */
export function ask(
  target: Target,
  method: string,
  path: string,
  { body, headers = {} }: { body?: Buffer; headers?: Readonly<Record<string, string>> } = {},
): Promise<Answer> {
  const { hostname, port, host } = new URL(target.url);
  const sent = {
    Host: target.hostHeader ?? host,
    ...(body ? { 'Content-Length': String(body.length) } : {}),
    ...headers,
  };
  const options = { hostname, port, method, path, headers: sent, agent: false } as const;
  return new Promise((resolve, reject) => {
    const fail = (error: Error): void =>
      reject(new Error(`${method} ${path}: ${error.message}`, { cause: error }));
    const asked = request({ ...options, timeout: answerTimeoutMs }, (response) => {
      const parts: Buffer[] = [];
      response.on('data', (part: Buffer) => parts.push(part));
      response.on('error', fail);
      response.on('end', () =>
        resolve({ status: response.statusCode ?? 0, body: Buffer.concat(parts) }),
      );
    });
    asked.on('timeout', () => asked.destroy(new Error('no answer')));
    asked.on('error', fail);
    asked.end(body);
  });
}

/** The start of a body on one line, for messages. */
export function excerpt(body: Buffer): string {
  return body.toString('utf8', 0, 200).replaceAll(/\s+/g, ' ').trim();
}
