/** Calls from one service of the shop to the next, which keep the context of the request. */
import {
  Agent,
  request,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type ServerResponse,
} from 'node:http';

/** Headers that a service hands on, so that intercepts behind it are found (context propagation). */
const contextHeaders = [
  'baggage',
  'traceparent',
  'tracestate',
  'x-telepresence-intercept-id',
  'x-telepresence-id',
];

const maxReplyBytes = 1024 * 1024;

export interface Reply {
  /** 502 when there was no answer; `text` then says why. */
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
}

export class Caller {
  readonly #agent = new Agent({ keepAlive: true });
  readonly #forwarded: readonly string[];

  /** @param more names of further headers to hand on. @throws TypeError for what is no name */
  constructor(more: readonly string[] = []) {
    for (const name of more) {
      if (!/^[\w!#$%&'*+.^`|~-]+$/.test(name)) throw new TypeError(`“${name}” is no header name`);
    }
    this.#forwarded = [...new Set([...contextHeaders, ...more.map((name) => name.toLowerCase())])];
  }

  /**
   * GET of another service on behalf of `incoming`; given up when the caller of `response` is gone.
   * Never rejects. Waits as long as it takes: somebody may stand at a breakpoint.
   */
  async get(url: string, incoming: IncomingMessage, response: ServerResponse): Promise<Reply> {
    const headers: Record<string, string[]> = {};
    for (const name of this.#forwarded) {
      const values = incoming.headersDistinct[name];
      if (values !== undefined) headers[name] = values;
    }
    const gone = new AbortController();
    response.once('close', () => gone.abort());
    const first = await this.#once(url, headers, gone.signal);
    // A kept connection that the other side closed meanwhile; GET may be sent again (RFC 9110 §9.2.2).
    return first === 'stale' ? this.#last(url, headers, gone.signal) : first;
  }

  async #last(url: string, headers: Record<string, string[]>, signal: AbortSignal): Promise<Reply> {
    const reply = await this.#once(url, headers, signal, false);
    return reply === 'stale' ? failed('the connection was closed') : reply;
  }

  #once(
    url: string,
    headers: Record<string, string[]>,
    signal: AbortSignal,
    agent: Agent | false = this.#agent,
  ): Promise<Reply | 'stale'> {
    return new Promise((resolve) => {
      const outgoing = request(url, { headers, agent, signal }, (response) => {
        let text = '';
        response.setEncoding('utf8');
        response.on('data', (part: string) => {
          text += part;
          if (text.length > maxReplyBytes) {
            resolve(failed(`the answer is longer than ${maxReplyBytes} bytes`));
            outgoing.destroy();
          }
        });
        response.on('error', (error) => resolve(failed(`the answer broke off: ${error.message}`)));
        response.on('end', () =>
          resolve({ status: response.statusCode ?? 502, headers: response.headers, text }),
        );
      });
      outgoing.on('error', (error: NodeJS.ErrnoException) => {
        const stale = outgoing.reusedSocket && error.code === 'ECONNRESET';
        resolve(stale ? 'stale' : failed(error.message));
      });
      outgoing.end();
    });
  }

  close(): void {
    this.#agent.destroy();
  }
}

function failed(text: string): Reply {
  return { status: 502, headers: {}, text };
}

const maxExcerptLength = 300;

/** Status and first words of a reply, for the page: one line of plain text. */
export function excerpt({ status, headers, text }: Reply): string {
  const html = headers['content-type']?.startsWith('text/html') === true;
  const plain = html ? withoutTags(text) : (errorDetail(text) ?? text);
  return `${status} ${plain.replaceAll(/\s+/g, ' ').trim()}`.slice(0, maxExcerptLength);
}

function withoutTags(html: string): string {
  return html
    .replaceAll(/<(style|script|title)\b[\s\S]*?<\/\1>/gi, ' ')
    .replaceAll(/<[^>]*>/g, ' ');
}

/** The sentence in the JSON of a state page. */
function errorDetail(json: string): string | undefined {
  const detail = /"detail":("(?:[^"\\]|\\.)*")/.exec(json)?.[1];
  try {
    return detail === undefined ? undefined : (JSON.parse(detail) as string);
  } catch {
    return undefined;
  }
}
