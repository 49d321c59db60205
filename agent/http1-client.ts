/**
 * A client's HTTP/1.1 connection, seen from the pod. Message boundaries are followed while the bytes
 * go by unchanged; each request goes to the app or to a laptop, as the intercepts of that moment say.
 *
 * | state | leaves it |
 * |---|---|
 * | idle | a whole request head: exchanging |
 * | exchanging | request and answer complete: idle. 101: spliced. Answer delimited by the end: closing |
 * | spliced | either side ends |
 *
 * Requests of one connection are answered one after the other; what a client sends ahead waits.
 */
import type { Socket } from 'node:net';
import type { InterceptSpec } from '#protocol/control.ts';
import type { ErrorCode } from '#protocol/errors.ts';
import { BodyFollower } from '#protocol/http1/body.ts';
import {
  findHeadEnd,
  Http1Error,
  maxHttp1HeadBytes,
  parseRequestHead,
  parseResponseHead,
  type Framing,
  type RequestHead,
} from '#protocol/http1/head.ts';
import { encodeResponseHead } from '#protocol/http1/write.ts';
import { fieldOf } from '#protocol/head.ts';
import { renderPage } from '#protocol/pages.ts';
import type { Ending, Upstream, UpstreamEvents } from './upstream.ts';

/** What the connection asks of its port. */
export interface Http1Host {
  /** Whether any intercept is on the port. */
  readonly intercepted: boolean;
  match(fields: readonly string[]): InterceptSpec | undefined;
  global(): InterceptSpec | undefined;
  connect(intercept: InterceptSpec | undefined, peer: string, events: UpstreamEvents): Upstream;
  /** For the log and the metrics: the framer could not follow, the bytes go by unread. */
  onUnreadable(reason: string): void;
  readonly appAddress: string;
}

interface Exchange {
  head: RequestHead;
  upstream: Upstream;
  /** The request's head, for one more try; only where that is allowed. */
  again: Buffer | undefined;
  requestDone: boolean;
  answered: boolean;
  framing: Framing | undefined;
  keepAlive: boolean;
}

const idempotent = new Set(['GET', 'HEAD', 'OPTIONS', 'TRACE', 'PUT', 'DELETE']);
const none = Buffer.alloc(0);

export class Http1Client {
  readonly #socket: Socket;
  readonly #host: Http1Host;
  readonly #peer: string;
  readonly #requestBody = new BodyFollower();
  readonly #answerBody = new BodyFollower();
  #app: Upstream | undefined;
  #laptop: Upstream | undefined;
  #exchange: Exchange | undefined;
  /** Bytes of the client that wait: a partial head, or requests sent ahead. */
  #pending: Buffer = none;
  /** Bytes of the upstream that wait: a partial head. */
  #partial: Buffer = none;
  #spliced: Upstream | undefined;
  #clientEnded = false;
  #closing = false;
  #laptopIdle = false;

  constructor(socket: Socket, host: Http1Host) {
    this.#socket = socket;
    this.#host = host;
    this.#peer = `${socket.remoteAddress ?? ''}:${socket.remotePort ?? 0}`;
    socket.on('data', (bytes) => this.#onClientData(bytes));
    socket.on('drain', () => this.#source()?.resume());
    socket.on('end', () => this.#onClientEnd());
    socket.on('error', () => {});
    socket.on('close', () => {
      this.#closing = true;
      this.#app?.destroy();
      this.#laptop?.destroy();
    });
  }

  /** The first bytes, which were read to tell the protocol. */
  begin(bytes: Buffer): void {
    this.#onClientData(bytes);
  }

  /**
   * Called every now and then: a laptop's stream that was idle for a whole round, or whose intercept
   * has ended, is closed. The app's connection stays as long as client and app want it.
   */
  sweep(isHeld: (interceptId: string) => boolean): void {
    const laptop = this.#laptop;
    if (!laptop || this.#exchange || this.#spliced) return;
    const id = laptop.intercept?.id ?? '';
    if (isHeld(id) && !this.#laptopIdle) {
      this.#laptopIdle = true;
      return;
    }
    this.#laptop = undefined;
    laptop.destroy();
  }

  // The client.

  #onClientData(bytes: Buffer): void {
    if (this.#closing) return;
    if (this.#spliced) return void this.#toUpstream(this.#spliced, bytes);
    this.#pending = this.#pending.length === 0 ? bytes : Buffer.concat([this.#pending, bytes]);
    this.#advance();
  }

  #onClientEnd(): void {
    this.#clientEnded = true;
    if (this.#spliced) return this.#spliced.end();
    // The app hears of it as it would without us; it may still answer.
    if (this.#exchange) return this.#exchange.upstream.end();
    this.#socket.end();
    this.#app?.destroy();
    this.#laptop?.destroy();
  }

  /** Takes from what the client has sent as much as may be taken now. */
  #advance(): void {
    try {
      while (this.#pending.length > 0 && !this.#closing) {
        const exchange = this.#exchange;
        if (exchange?.requestDone || this.#spliced) return void this.#socket.pause();
        if (exchange) {
          const end = this.#requestBody.follow(this.#pending, 0, this.#pending.length);
          this.#toUpstream(exchange.upstream, this.#take(end));
          if (this.#requestBody.done) this.#requestDone(exchange);
        } else if (!this.#nextRequest()) return;
      }
    } catch (error) {
      if (!(error instanceof Http1Error)) throw error;
      this.#unreadable(error);
    }
  }

  #nextRequest(): boolean {
    const end = findHeadEnd(this.#pending, 0);
    if (end < 0) {
      if (this.#pending.length > maxHttp1HeadBytes) throw new Http1Error('head is too large', 431);
      return false;
    }
    const head = parseRequestHead(this.#pending, 0, end);
    if (head.method === 'CONNECT') throw new Http1Error('CONNECT', 405);
    const intercept = this.#host.intercepted ? this.#host.match(head.fields) : undefined;
    const upstream = this.#upstreamFor(intercept);
    this.#laptopIdle = false;
    this.#requestBody.start(head.framing);
    const bodyEnd = this.#requestBody.follow(this.#pending, end, this.#pending.length);
    const bytes = this.#take(bodyEnd);
    const bodyless = head.framing === 0;
    const exchange: Exchange = {
      head,
      upstream,
      again: upstream.reused && bodyless && idempotent.has(head.method) ? bytes : undefined,
      requestDone: false,
      answered: false,
      framing: undefined,
      keepAlive: head.keepAlive,
    };
    this.#exchange = exchange;
    this.#toUpstream(upstream, bytes);
    if (this.#requestBody.done) this.#requestDone(exchange);
    return true;
  }

  #requestDone(exchange: Exchange): void {
    exchange.requestDone = true;
    this.#maybeDone(exchange);
  }

  #take(end: number): Buffer {
    const bytes = end === this.#pending.length ? this.#pending : this.#pending.subarray(0, end);
    this.#pending = end === this.#pending.length ? none : this.#pending.subarray(end);
    return bytes;
  }

  #toUpstream(upstream: Upstream, bytes: Buffer): void {
    if (bytes.length > 0 && !upstream.write(bytes)) this.#socket.pause();
  }

  /** The app's or the laptop's connection of this client: the one it has, or a new one. */
  #upstreamFor(intercept: InterceptSpec | undefined): Upstream {
    const present = intercept ? this.#laptop : this.#app;
    if (present && present.intercept?.id === intercept?.id) return present;
    present?.destroy();
    return this.#connect(intercept);
  }

  #connect(intercept: InterceptSpec | undefined): Upstream {
    const upstream: Upstream = this.#host.connect(intercept, this.#peer, {
      onData: (bytes) => this.#onAnswerData(upstream, bytes),
      onDrain: () => {
        if (this.#spliced || !this.#exchange?.requestDone) this.#socket.resume();
      },
      onEnd: () => this.#onUpstreamEnd(upstream),
      onClose: (ending) => this.#onUpstreamClose(upstream, ending),
    });
    if (intercept) this.#laptop = upstream;
    else this.#app = upstream;
    return upstream;
  }

  // The upstream.

  #source(): Upstream | undefined {
    return this.#spliced ?? this.#exchange?.upstream;
  }

  #toClient(bytes: Buffer, from: Upstream): void {
    if (bytes.length > 0 && !this.#socket.write(bytes)) from.pause();
  }

  #onAnswerData(from: Upstream, bytes: Buffer): void {
    if (this.#spliced === from) return this.#toClient(bytes, from);
    const exchange = this.#exchange;
    // Bytes that nobody asked for: a 408 before a close, say. The connection is of no use any more.
    if (exchange?.upstream !== from) return this.#drop(from);
    try {
      this.#followAnswer(exchange, bytes);
    } catch (error) {
      if (!(error instanceof Http1Error)) throw error;
      this.#host.onUnreadable(`answer: ${error.message}`);
      this.#truncate();
    }
  }

  #followAnswer(exchange: Exchange, bytes: Buffer): void {
    exchange.again = undefined;
    let at = 0;
    let start = 0;
    while (at < bytes.length && !this.#isAnswered(exchange)) {
      if (exchange.framing !== undefined) {
        at = this.#answerBody.follow(bytes, at, bytes.length);
        continue;
      }
      if (this.#partial.length > 0) {
        bytes = Buffer.concat([this.#partial, bytes.subarray(at)]);
        this.#partial = none;
        at = 0;
        start = 0;
      }
      const end = findHeadEnd(bytes, at);
      if (end < 0) {
        this.#partial = bytes.subarray(at);
        if (this.#partial.length > maxHttp1HeadBytes) throw new Http1Error('head is too large');
        break;
      }
      const head = parseResponseHead(bytes, at, end, exchange.head.method);
      at = end;
      if (head.status === 101) {
        this.#toClient(bytes.subarray(start), exchange.upstream);
        return this.#splice(exchange.upstream);
      }
      if (head.status < 200) continue;
      exchange.answered = true;
      exchange.framing = head.framing;
      exchange.keepAlive &&= head.keepAlive;
      this.#answerBody.start(head.framing);
    }
    const whole = start === 0 && at === bytes.length;
    if (at > start) this.#toClient(whole ? bytes : bytes.subarray(start, at), exchange.upstream);
    if (this.#isAnswered(exchange)) {
      // More bytes than the answer has: the next one would be read wrongly.
      if (at < bytes.length) exchange.keepAlive = false;
      this.#maybeDone(exchange);
    }
  }

  #isAnswered(exchange: Exchange): boolean {
    return exchange.framing !== undefined && this.#answerBody.done;
  }

  #maybeDone(exchange: Exchange): void {
    if (!exchange.requestDone || !this.#isAnswered(exchange)) return;
    this.#exchange = undefined;
    exchange.upstream.reused = true;
    if (!exchange.keepAlive || this.#clientEnded) return this.#endClient();
    if (this.#pending.length > 0) this.#advance();
    this.#socket.resume();
  }

  #onUpstreamEnd(upstream: Upstream): void {
    if (this.#spliced === upstream) return void this.#socket.end();
    const exchange = this.#exchange;
    if (exchange?.upstream === upstream && exchange.framing === 'until-close') this.#endClient();
    else upstream.destroy();
  }

  #onUpstreamClose(upstream: Upstream, ending: Ending): void {
    const wasLaptop = this.#laptop === upstream;
    if (wasLaptop) this.#laptop = undefined;
    else if (this.#app === upstream) this.#app = undefined;
    if (this.#closing) return;
    if (this.#spliced === upstream) {
      if (ending === 'end') this.#socket.destroySoon();
      else this.#socket.resetAndDestroy();
      return;
    }
    const exchange = this.#exchange;
    if (exchange?.upstream !== upstream) {
      // The app has closed an idle connection: so do we, unless the client is busy with a laptop.
      if (!exchange && !wasLaptop && !this.#laptop) this.#endClient();
      return;
    }
    if (exchange.answered || this.#partial.length > 0) return this.#truncate();
    if (exchange.again) return this.#tryAgain(exchange, exchange.again);
    this.#failed(exchange, ending);
  }

  /** A connection that was idle may have been closed meanwhile (RFC 9110 §9.2.2). */
  #tryAgain(exchange: Exchange, bytes: Buffer): void {
    exchange.again = undefined;
    exchange.upstream = this.#connect(exchange.upstream.intercept);
    this.#toUpstream(exchange.upstream, bytes);
  }

  #failed({ head, upstream }: Exchange, ending: Ending): void {
    const { intercept } = upstream;
    if (!intercept) return this.#page(head, 'BW-4004', { address: this.#host.appAddress });
    const { name, laptop } = intercept;
    const port = laptop.address.replace(/^.*:/, '');
    const code = ending === 'away' ? 'BW-4002' : ending === 'refused' ? 'BW-4001' : 'BW-4003';
    this.#page(head, code, { intercept: name, laptop: laptop.name, port });
  }

  // Ends.

  #splice(upstream: Upstream): void {
    this.#spliced = upstream;
    this.#exchange = undefined;
    this.#toUpstream(upstream, this.#take(this.#pending.length));
    if (this.#clientEnded) upstream.end();
    this.#socket.resume();
  }

  /** What cannot be followed goes by unread, unless a filter would have to read it. */
  #unreadable(error: Http1Error): void {
    this.#host.onUnreadable(error.message);
    const global = this.#host.global();
    const filtered = this.#host.intercepted && !global;
    const inBody = this.#exchange !== undefined;
    if (filtered || error.status === 405) {
      if (inBody) return this.#truncate();
      const page = renderPage(
        error.status === 405 ? 'BW-1004' : 'BW-1003',
        { method: error.message, reason: error.message },
        undefined,
      );
      this.#answer(error.status, page.fields, page.body, true);
      return;
    }
    this.#splice(this.#exchange?.upstream ?? this.#upstreamFor(global));
  }

  #page(head: RequestHead, code: ErrorCode, parameters: Record<string, string>): void {
    const page = renderPage(code, parameters, fieldOf(head.fields, 'accept'));
    const done = this.#exchange?.requestDone === true;
    this.#exchange = undefined;
    this.#answer(
      page.status,
      page.fields,
      head.method === 'HEAD' ? none : page.body,
      !done || !head.keepAlive,
    );
    if (this.#closing) return;
    if (this.#pending.length > 0) this.#advance();
    this.#socket.resume();
  }

  #answer(status: number, fields: string[], body: Uint8Array, close: boolean): void {
    if (close) fields.push('Connection', 'close');
    this.#socket.write(encodeResponseHead(status, 'Byway', fields));
    if (body.length > 0) this.#socket.write(body);
    if (close) this.#endClient();
  }

  #endClient(): void {
    this.#closing = true;
    this.#exchange = undefined;
    this.#socket.destroySoon();
  }

  #drop(upstream: Upstream): void {
    upstream.destroy();
  }

  /** The client must not take what it has for the whole. */
  #truncate(): void {
    const untilClose = this.#exchange?.framing === 'until-close';
    this.#closing = true;
    this.#exchange = undefined;
    if (untilClose) this.#socket.resetAndDestroy();
    else this.#socket.destroySoon();
  }
}
