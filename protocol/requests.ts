/** Questions and answers in CONTROL messages (`docs/protocol.md` §7). */
import type { Session } from './session.ts';

/** An answer that says no. `code` is for programs, `message` for people. */
export class RequestError extends Error {
  readonly code: string;
  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
}

type Params = Record<string, unknown>;
/** Answers one method. Throw RequestError to refuse. */
export type Answer = (params: Params) => Promise<Params> | Params;

interface Waiting {
  resolve(result: Params): void;
  reject(error: RequestError): void;
}

/** More unanswered questions than this from one peer end in the refusal `too_many_requests`. */
const maxOpenRequests = 256;

export class Requests {
  readonly #session: Session;
  readonly #answers: Readonly<Record<string, Answer>>;
  readonly #waiting = new Map<number, Waiting>();
  #nextId = 1;
  #open = 0;

  constructor(session: Session, answers: Readonly<Record<string, Answer>>) {
    this.#session = session;
    this.#answers = answers;
  }

  /** @throws RequestError with the peer's code, or `connection_lost` */
  ask(method: string, params: Params): Promise<Params> {
    if (this.#session.closed) return Promise.reject(lost());
    const id = this.#nextId++;
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      this.#session.control({ type: 'request', id, method, params });
    });
  }

  /** To be given each CONTROL message; true when it was a request or a reply. */
  take(message: Params): boolean {
    if (message.type === 'request') {
      void this.#answer(message);
      return true;
    }
    if (message.type !== 'reply' || typeof message.id !== 'number') return false;
    const waiting = this.#waiting.get(message.id);
    this.#waiting.delete(message.id);
    if (message.error === undefined) waiting?.resolve(paramsOf(message.result));
    else {
      const error = paramsOf(message.error);
      waiting?.reject(new RequestError(String(error.code), String(error.message)));
    }
    return true;
  }

  /** The session is over: nobody will answer. */
  lost(): void {
    for (const waiting of this.#waiting.values()) waiting.reject(lost());
    this.#waiting.clear();
  }

  async #answer(message: Params): Promise<void> {
    const { id, method } = message;
    if (typeof id !== 'number') return;
    this.#open += 1;
    try {
      const answer =
        typeof method === 'string' && Object.hasOwn(this.#answers, method)
          ? this.#answers[method]
          : undefined;
      if (!answer) throw new RequestError('unknown_method', `unknown method ${String(method)}`);
      if (this.#open > maxOpenRequests) {
        throw new RequestError('too_many_requests', 'too many requests at once');
      }
      const result = await answer(paramsOf(message.params));
      this.#session.control({ type: 'reply', id, result });
    } catch (error) {
      const known = error instanceof RequestError;
      this.#session.control({
        type: 'reply',
        id,
        error: {
          code: known ? error.code : 'internal',
          message: known ? error.message : 'internal error',
        },
      });
      if (!known) throw error;
    } finally {
      this.#open -= 1;
    }
  }
}

function lost(): RequestError {
  return new RequestError('connection_lost', 'the connection was lost before the answer came');
}

function paramsOf(value: unknown): Params {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Params)
    : {};
}
