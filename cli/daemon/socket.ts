/**
 * Commands and daemon talk over a Unix socket that only its user can open: one JSON object a line,
 * `{id, method, params}` and `{id, result}` or `{id, error: {code, message}}`.
 */
import { connect, createServer, type Server, type Socket } from 'node:net';
import { createInterface } from 'node:readline';
import { z } from 'zod';
import { RequestError, type Answer } from '#protocol/requests.ts';

const request = z.object({
  id: z.number(),
  method: z.string(),
  params: z.record(z.string(), z.unknown()),
});
const reply = z.object({
  id: z.number(),
  result: z.record(z.string(), z.unknown()).optional(),
  error: z.object({ code: z.string(), message: z.string() }).optional(),
});

export function daemonServer(
  answers: Readonly<Record<string, Answer>>,
  log: (text: string) => void,
): Server {
  return createServer((socket) => {
    socket.on('error', () => {});
    createInterface({ input: socket }).on('line', (line) => {
      void answer(line, answers, log).then((text) => socket.write(`${text}\n`));
    });
  });
}

async function answer(
  line: string,
  answers: Readonly<Record<string, Answer>>,
  log: (text: string) => void,
): Promise<string> {
  let id = 0;
  try {
    const asked = request.parse(JSON.parse(line));
    id = asked.id;
    const method = Object.hasOwn(answers, asked.method) ? answers[asked.method] : undefined;
    if (!method)
      throw new RequestError(
        'unknown_method',
        `the daemon does not know “${asked.method}”; run byway quit, it may be an older one`,
      );
    return JSON.stringify({ id, result: await method(asked.params) });
  } catch (error) {
    if (error instanceof RequestError) {
      return JSON.stringify({ id, error: { code: error.code, message: error.message } });
    }
    log(error instanceof Error ? (error.stack ?? error.message) : String(error));
    return JSON.stringify({
      id,
      error: { code: 'internal', message: 'internal error of the daemon; see its log' },
    });
  }
}

/** A command's end. */
export class DaemonClient {
  readonly #socket: Socket;
  readonly #waiting = new Map<
    number,
    { resolve(result: Record<string, unknown>): void; reject(error: Error): void }
  >();
  #nextId = 1;

  /** undefined: no daemon listens there. */
  static open(path: string): Promise<DaemonClient | undefined> {
    return new Promise((resolve, reject) => {
      const socket = connect(path);
      socket.once('connect', () => resolve(new DaemonClient(socket)));
      socket.once('error', (error: NodeJS.ErrnoException) => {
        if (error.code === 'ENOENT' || error.code === 'ECONNREFUSED') resolve(undefined);
        else reject(error);
      });
    });
  }

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.on('error', () => {});
    socket.on('close', () => {
      for (const { reject } of this.#waiting.values()) {
        reject(new RequestError('unreachable', 'the daemon ended before it answered'));
      }
    });
    createInterface({ input: socket }).on('line', (line) => {
      const { id, result, error } = reply.parse(JSON.parse(line));
      const waiting = this.#waiting.get(id);
      this.#waiting.delete(id);
      if (error) waiting?.reject(new RequestError(error.code, error.message));
      else waiting?.resolve(result ?? {});
    });
  }

  ask(method: string, params: Record<string, unknown> = {}): Promise<Record<string, unknown>> {
    const id = this.#nextId++;
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      this.#socket.write(`${JSON.stringify({ id, method, params })}\n`);
    });
  }

  close(): void {
    this.#socket.destroy();
  }
}
