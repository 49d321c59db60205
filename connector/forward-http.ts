/** One request from the tunnel to the ingress, and its answer back. */
import { crlf, chunkHeader, encodeLastChunk, encodeRequestHead } from '#protocol/http1/write.ts';
import type { ResponseHead } from '#protocol/http1/head.ts';
import type { ErrorCode } from '#protocol/errors.ts';
import { ResetCode } from '#protocol/frame.ts';
import type { Stream, StreamHandler } from '#protocol/stream.ts';
import type { InterceptHeader, Route } from '#protocol/control.ts';
import { answerWithPage } from './answer.ts';
import type { Exchange, IngressConnection } from './ingress-connection.ts';
import { DialError, type IngressPool } from './ingress-pool.ts';
import { ingressRequest, ingressTrailers, type IngressRequest } from './request-head.ts';
import { viewerHead } from './response-head.ts';

const empty = new Uint8Array(0);

/** Methods that may be sent twice (RFC 9110 §9.2.2). */
const idempotent = new Set(['GET', 'HEAD', 'OPTIONS', 'PUT', 'DELETE', 'TRACE']);
/** Methods whose requests say their length even when it is 0 (RFC 9110 §8.6). */
const withContent = new Set(['POST', 'PUT', 'PATCH']);

export class HttpForward implements StreamHandler {
  readonly #stream: Stream;
  readonly #route: Route;
  readonly #pool: IngressPool;
  readonly #request: IngressRequest;
  readonly #headers: readonly InterceptHeader[];
  readonly #headTimeoutMs: number;
  readonly #head: Uint8Array;
  readonly #chunked: boolean;
  readonly #bodyless: boolean;
  /** Of a body with Content-Length: bytes that are still to come. */
  #left: number;
  readonly #exchange: Exchange;
  #connection: IngressConnection | undefined;
  #waiting: { bytes: Uint8Array; fin: boolean; trailers: string[] | undefined }[] = [];
  #held = 0;
  #retried = false;
  #sent = false;
  #over = false;
  #timer: NodeJS.Timeout | undefined;

  /** @throws RangeError when the request cannot be written as HTTP/1.1 */
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
    this.#headers = headers;
    const request = ingressRequest(head, route.ingress.l5, headers);
    this.#request = request;
    this.#bodyless = fin;
    this.#chunked = !fin && request.contentLength === undefined;
    const { contentLength, fields } = request;
    this.#left = contentLength ?? 0;
    if (fin && this.#left > 0) throw new RangeError('Content-Length without a body');
    // Every body is framed, whatever the method: an unframed one is a second request (smuggling).
    if (this.#chunked) fields.push('Transfer-Encoding', 'chunked');
    else if (contentLength !== undefined || withContent.has(request.method)) {
      fields.push('Content-Length', String(this.#left));
    }
    this.#head = encodeRequestHead(request.method, request.target, request.fields);
    this.#exchange = {
      method: request.method,
      onHead: (answer, last) => this.#onAnswer(answer, last),
      onBody: (bytes, last, trailers) => this.#onContent(bytes, last, trailers),
      onBroken: (reason, heard) => this.#onBroken(reason, heard),
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
    this.#send(empty, true, trailers);
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
    const { status, reason, fields } = head;
    if (status >= 200) clearTimeout(this.#timer);
    try {
      this.#stream.head(viewerHead(status, reason, fields, this.#route), last);
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      // An interim answer may be left out (RFC 9110 §15.2).
      if (status >= 200) this.#refuseAnswer('the head of its answer is too large');
      return;
    }
    if (last) this.#answered();
  }

  #onContent(bytes: Uint8Array | undefined, last: boolean, trailers: string[]): void {
    const stream = this.#stream;
    if (last && trailers.length === 0) stream.end(bytes);
    else if (bytes && !stream.write(bytes)) this.#connection?.socket.pause();
    if (!last) return;
    if (trailers.length > 0) {
      try {
        stream.head(trailers, true);
      } catch (error) {
        if (!(error instanceof RangeError)) throw error;
        stream.reset(ResetCode.originReset);
      }
    }
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

  #onBroken(reason: string, heard: 'nothing' | 'bytes' | 'head'): void {
    const stale = this.#connection?.reused === true && heard === 'nothing';
    this.#connection = undefined;
    clearTimeout(this.#timer);
    if (this.#over) return;
    if (heard === 'head') {
      this.#finish();
      return this.#stream.reset(ResetCode.originReset);
    }
    // A connection that was idle may have been closed meanwhile (RFC 9110 §9.2.2).
    if (stale && this.#bodyless && !this.#retried && idempotent.has(this.#request.method)) {
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
    if (this.#bodyless) {
      connection.write(this.#head);
      this.#sent = true;
      return connection.requestSent();
    }
    // The first bytes of the body are mostly in the same message of the tunnel: one write for both.
    const { socket } = connection;
    socket.cork();
    process.nextTick(() => socket.uncork());
    connection.write(this.#head);
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const each of waiting) this.#send(each.bytes, each.fin, each.trailers);
  }

  #send(bytes: Uint8Array, fin: boolean, trailers: string[] | undefined): void {
    const connection = this.#connection;
    if (this.#over) return this.#stream.consumed(bytes.length);
    if (!connection) {
      this.#waiting.push({ bytes, fin, trailers });
      return;
    }
    this.#held += bytes.length;
    this.#timer?.refresh();
    let roomy = true;
    if (this.#chunked) roomy = this.#sendChunk(connection, bytes, fin, trailers ?? []);
    else {
      this.#left -= bytes.length;
      // What is beyond the length would be the next request on this connection.
      if (this.#left < 0 || (fin && this.#left > 0)) return this.#misframed();
      if (bytes.length > 0) roomy = connection.write(bytes);
    }
    if (fin) {
      this.#sent = true;
      connection.requestSent();
    }
    if (roomy) this.#give();
  }

  #sendChunk(
    connection: IngressConnection,
    bytes: Uint8Array,
    fin: boolean,
    trailers: string[],
  ): boolean {
    const { socket } = connection;
    let roomy = true;
    socket.cork();
    if (bytes.length > 0) {
      connection.write(chunkHeader(bytes.length));
      connection.write(bytes);
      roomy = connection.write(crlf);
    }
    if (fin) roomy = connection.write(lastChunk(ingressTrailers(trailers, this.#headers)));
    socket.uncork();
    return roomy;
  }

  #misframed(): void {
    this.#drop();
    this.#finish();
    this.#stream.reset(ResetCode.protocol);
  }

  #give(): void {
    const bytes = this.#held;
    this.#held = 0;
    if (bytes > 0) this.#stream.consumed(bytes);
  }

  #timedOut(): void {
    this.#drop();
    this.#fail('BW-3005', { what: 'answer', seconds: this.#headTimeoutMs / 1000 });
  }

  #refuseAnswer(reason: string): void {
    this.#drop();
    this.#fail('BW-3006', { reason });
  }

  #drop(): void {
    const connection = this.#connection;
    this.#connection = undefined;
    connection?.abort();
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

/** Trailers that cannot be written as HTTP/1.1 are left out: the body is whole without them. */
function lastChunk(trailers: string[]): Uint8Array {
  try {
    return encodeLastChunk(trailers);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    return encodeLastChunk([]);
  }
}
