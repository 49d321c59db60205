/** One request from the tunnel to the ingress, and its answer back. */
import { crlf, chunkHeader, encodeLastChunk, encodeRequestHead } from '#protocol/http1/write.ts';
import type { ResponseHead } from '#protocol/http1/head.ts';
import type { ErrorCode } from '#protocol/errors.ts';
import { ResetCode } from '#protocol/frame.ts';
import { renderPage } from '#protocol/pages.ts';
import type { Stream, StreamHandler } from '#protocol/stream.ts';
import type { InterceptHeader, Route } from '#protocol/control.ts';
import type { Exchange, IngressConnection } from './ingress-connection.ts';
import { DialError, type IngressPool } from './ingress-pool.ts';
import { ingressRequest, type IngressRequest } from './request-head.ts';
import { viewerHead } from './response-head.ts';

/** Methods that may be sent twice (RFC 9110 §9.2.2). */
const idempotent = new Set(['GET', 'HEAD', 'OPTIONS', 'PUT', 'DELETE', 'TRACE']);
/** Methods whose requests say their length even when it is 0 (RFC 9110 §8.6). */
const withContent = new Set(['POST', 'PUT', 'PATCH']);

/** The state page of `code` as a whole answer. */
export function answerWithPage(
  stream: Stream,
  code: ErrorCode,
  parameters: Record<string, string | number>,
  accept: string | undefined,
): void {
  const { status, reason, fields, body } = renderPage(code, parameters, accept);
  stream.head([':status', String(status), ':reason', reason, ...fields], false);
  stream.end(body);
}

export class HttpForward implements StreamHandler {
  readonly #stream: Stream;
  readonly #route: Route;
  readonly #pool: IngressPool;
  readonly #request: IngressRequest;
  readonly #headTimeoutMs: number;
  readonly #head: Uint8Array;
  readonly #chunked: boolean;
  readonly #bodyless: boolean;
  readonly #exchange: Exchange;
  #connection: IngressConnection | undefined;
  #waiting: { bytes: Uint8Array; fin: boolean; trailers: string[] | undefined }[] = [];
  #held = 0;
  #retried = false;
  #sent = false;
  #over = false;
  #timer: NodeJS.Timeout | undefined;

  /** @throws RangeError when the head cannot be written as HTTP/1.1 */
  constructor(
    stream: Stream,
    head: readonly string[],
    fin: boolean,
    route: Route,
    headers: readonly InterceptHeader[],
    pool: IngressPool,
    headTimeoutMs: number,
  ) {
    this.#stream = stream;
    this.#route = route;
    this.#pool = pool;
    this.#headTimeoutMs = headTimeoutMs;
    const request = ingressRequest(head, route.ingress.l5, headers);
    this.#request = request;
    this.#bodyless = fin;
    this.#chunked = !fin && request.contentLength === undefined;
    // Every body is framed, whatever the method: an unframed one is a second request (smuggling).
    if (this.#chunked) request.fields.push('Transfer-Encoding', 'chunked');
    else if (!fin || withContent.has(request.method)) {
      request.fields.push('Content-Length', String(fin ? 0 : request.contentLength));
    }
    this.#head = encodeRequestHead(request.method, request.target, request.fields);
    this.#exchange = {
      method: request.method,
      onHead: (answer, last) => this.#onAnswer(answer, last),
      onBody: (bytes, last, trailers) => this.#onContent(bytes, last, trailers),
      onBroken: (reason, answered) => this.#onBroken(reason, answered),
      onDrain: () => this.#give(),
    };
  }

  start(): void {
    const idle = this.#pool.take(this.#route.ingress);
    if (idle) this.#use(idle);
    else void this.#dial();
  }

  // From the tunnel.

  onHead(trailers: string[], _fin: boolean): void {
    this.#send(new Uint8Array(0), true, trailers);
  }

  onData(bytes: Uint8Array, _flags: number, fin: boolean): void {
    this.#send(bytes, fin, undefined);
  }

  onWritable(): void {
    this.#connection?.socket.resume();
  }

  onReset(): void {
    this.#finish();
    this.#connection?.abort();
  }

  // From the ingress.

  #onAnswer(head: ResponseHead, last: boolean): void {
    if (head.status >= 200) clearTimeout(this.#timer);
    this.#stream.head(viewerHead(head.status, head.reason, head.fields, this.#route), last);
    if (last) this.#answered();
  }

  #onContent(bytes: Uint8Array | undefined, last: boolean, trailers: string[]): void {
    const stream = this.#stream;
    if (last && trailers.length === 0) stream.end(bytes);
    else if (bytes && !stream.write(bytes)) this.#connection?.socket.pause();
    if (!last) return;
    if (trailers.length > 0) stream.head(trailers, true);
    this.#answered();
  }

  /** An upload that is not over yet is of no use any more; the viewer's side ends it. */
  #answered(): void {
    this.#finish();
    const connection = this.#connection;
    this.#connection = undefined;
    if (this.#sent) connection?.socket.resume();
    else connection?.abort();
  }

  #onBroken(reason: string, answered: boolean): void {
    const again = this.#connection?.reused === true && this.#bodyless && !this.#retried;
    this.#connection = undefined;
    if (this.#over) return;
    if (answered) {
      this.#finish();
      return this.#stream.reset(ResetCode.originReset);
    }
    // A connection that was idle may have been closed meanwhile (RFC 9110 §9.2.2).
    if (again && idempotent.has(this.#request.method)) {
      this.#retried = true;
      void this.#dial();
      return;
    }
    this.#fail('BW-3006', { reason });
  }

  async #dial(): Promise<void> {
    try {
      const connection = await this.#pool.dial(this.#route.ingress);
      if (this.#over) connection.abort();
      else this.#use(connection);
    } catch (error) {
      if (!(error instanceof DialError)) throw error;
      if (!this.#over) this.#fail(error.code, error.parameters);
    }
  }

  #use(connection: IngressConnection): void {
    this.#connection = connection;
    connection.begin(this.#exchange);
    if (this.#headTimeoutMs > 0) {
      this.#timer = setTimeout(() => this.#timedOut(), this.#headTimeoutMs);
    }
    if (this.#waiting.length > 0) connection.socket.cork();
    connection.write(this.#head);
    if (this.#bodyless) {
      this.#sent = true;
      return connection.requestSent();
    }
    const waiting = this.#waiting;
    if (waiting.length === 0) return;
    this.#waiting = [];
    for (const each of waiting) this.#send(each.bytes, each.fin, each.trailers);
    connection.socket.uncork();
  }

  #send(bytes: Uint8Array, fin: boolean, trailers: string[] | undefined): void {
    const connection = this.#connection;
    if (this.#over) return void this.#stream.consumed(bytes.length);
    if (!connection) {
      this.#waiting.push({ bytes, fin, trailers });
      return;
    }
    let roomy = true;
    if (bytes.length > 0) {
      if (this.#chunked) {
        connection.socket.cork();
        connection.write(chunkHeader(bytes.length));
        connection.write(bytes);
        roomy = connection.write(crlf);
        connection.socket.uncork();
      } else roomy = connection.write(bytes);
      this.#held += bytes.length;
    }
    if (fin) {
      if (this.#chunked) connection.write(encodeLastChunk(trailers ?? []));
      this.#sent = true;
      connection.requestSent();
    }
    if (roomy) this.#give();
  }

  #give(): void {
    const bytes = this.#held;
    this.#held = 0;
    if (bytes > 0) this.#stream.consumed(bytes);
  }

  #timedOut(): void {
    const connection = this.#connection;
    this.#connection = undefined;
    connection?.abort();
    this.#fail('BW-3005', { what: 'answer', seconds: this.#headTimeoutMs / 1000 });
  }

  #fail(code: ErrorCode, parameters: Record<string, string | number>): void {
    this.#finish();
    const { host, port } = this.#route.ingress;
    answerWithPage(
      this.#stream,
      code,
      { address: `${host}:${port}`, ...parameters },
      this.#request.accept,
    );
  }

  #finish(): void {
    this.#over = true;
    clearTimeout(this.#timer);
    this.#give();
    for (const { bytes } of this.#waiting) this.#stream.consumed(bytes.length);
    this.#waiting = [];
  }
}
