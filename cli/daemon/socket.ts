/**
 * Commands and daemon talk over a Unix socket that only its user can open: one JSON object a line,
 * `{id, method, params}` and `{id, result}` or `{id, error: {code, message}}`.
 */
import { connect, createServer, type Server, type Socket } from 'node:net';
import { z } from 'zod';
import { RequestError } from '#protocol/requests.ts';

/** Of the methods and their fields; a daemon of another version is told apart by `hello`. */
export const rpcVersion = 2;

/** One line. A list of workloads is at most one CONTROL message, 1 MiB. */
const maxLineChars = 4 * 1024 * 1024;

type Fields = Record<string, unknown>;

/** The command that asked. */
export interface Caller {
  /** Runs `task` when the command's connection ends, at once where it has ended already. */
  onGone(task: () => void): void;
}

/** Answers one method. Throw RequestError to refuse. */
export type DaemonAnswer = (params: Fields, caller: Caller) => Promise<Fields> | Fields;

const request = z.object({
  id: z.number(),
  method: z.string(),
  params: z.record(z.string(), z.unknown()),
});
const answered = z.object({
  id: z.number(),
  result: z.record(z.string(), z.unknown()).optional(),
  error: z.object({ code: z.string(), message: z.string() }).optional(),
});

/** `onAnswered`: the answer to that method is on its way. */
export function daemonServer(
  answers: Readonly<Record<string, DaemonAnswer>>,
  log: (text: string) => void,
  onAnswered: (method: string) => void,
): Server {
  return createServer((socket) => {
    const tasks: (() => void)[] = [];
    let gone = false;
    const caller: Caller = {
      onGone(task) {
        if (gone) task();
        else tasks.push(task);
      },
    };
    const reply = async (line: string): Promise<void> => {
      const { text, method } = await answer(line, answers, caller, log);
      if (gone) onAnswered(method);
      else socket.write(`${text}\n`, () => onAnswered(method));
    };
    socket.on('error', () => {});
    socket.on('close', () => {
      gone = true;
      for (const task of tasks) task();
    });
    onLines(socket, (line) => {
      void reply(line);
    });
  });
}

async function answer(
  line: string,
  answers: Readonly<Record<string, DaemonAnswer>>,
  caller: Caller,
  log: (text: string) => void,
): Promise<{ text: string; method: string }> {
  let id = 0;
  let method = '';
  const failed = (code: string, message: string): { text: string; method: string } => ({
    text: JSON.stringify({ id, error: { code, message } }),
    method: '',
  });
  try {
    const asked = request.parse(JSON.parse(line));
    ({ id, method } = asked);
    const handle = Object.hasOwn(answers, method) ? answers[method] : undefined;
    if (!handle) {
      throw new RequestError(
        'unknown_method',
        `the daemon does not know “${method}”; end it with “byway quit”, it is of another version`,
      );
    }
    return { text: JSON.stringify({ id, result: await handle(asked.params, caller) }), method };
  } catch (error) {
    if (error instanceof RequestError) return failed(error.code, error.message);
    log(error instanceof Error ? (error.stack ?? error.message) : String(error));
    return failed('internal', 'internal error of the daemon; its log says more');
  }
}

function onLines(socket: Socket, onLine: (line: string) => void): void {
  let rest = '';
  socket.setEncoding('utf8');
  socket.on('data', (text: string) => {
    const lines = (rest + text).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) onLine(line);
    if (rest.length > maxLineChars) socket.destroy();
  });
}

/** A command's end. */
export class DaemonClient {
  /** Resolves when the daemon, or `close`, has ended the connection. */
  readonly ended: Promise<void>;
  readonly #socket: Socket;
  readonly #waiting = new Map<
    number,
    { resolve(result: Fields): void; reject(error: Error): void }
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
    this.ended = new Promise((resolve) => {
      socket.on('close', () => {
        for (const { reject } of this.#waiting.values()) {
          reject(new RequestError('unreachable', 'the daemon ended before it answered'));
        }
        resolve();
      });
    });
    onLines(socket, (line) => {
      const { id, result, error } = answered.parse(JSON.parse(line));
      const waiting = this.#waiting.get(id);
      this.#waiting.delete(id);
      if (error) waiting?.reject(new RequestError(error.code, error.message));
      else waiting?.resolve(result ?? {});
    });
  }

  /** @throws RequestError with the daemon's code, or `unreachable` */
  ask(method: string, params: Fields = {}): Promise<Fields> {
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
