/**
 * A client's HTTP/1.1 connection, seen from the pod. Message boundaries are followed while the bytes
 * go by unchanged; each request goes to the app or to a laptop, as the intercepts of that moment say.
 *
 * | phase | leaves it |
 * |---|---|
 * | idle | a whole request head: exchange. What is no HTTP/1.1: spliced, or a page and over |
 * | exchange | request and answer complete: idle. 101: spliced. No other request may follow: over |
 * | spliced | both sides have ended |
 * | over | what was written goes out, what comes is dropped |
 *
 * Requests of one connection are answered one after the other; what a client sends ahead waits.
 */
import type { Socket } from 'node:net';
import type { InterceptSpec } from '#protocol/control.ts';
import { Http1Error, parseRequestHead } from '#protocol/http1/head.ts';
import type { PortClient, PortView } from '../port-view.ts';
import type { Failure, Upstream } from '../upstream.ts';
import { AnswerFollower } from './answer.ts';
import { closeAfterwards, resetAfterwards } from './last-bytes.ts';
import { pageForFailure, pageForFault, writePage } from './page.ts';
import { RequestFollower } from './request.ts';

/** What a client may send ahead of its answers before it is read no further. */
const maxAheadBytes = 64 * 1024;

const none = Buffer.alloc(0);

export class Http1Client implements PortClient {
  readonly #socket: Socket;
  readonly #view: PortView;
  #phase: 'idle' | 'exchange' | 'spliced' | 'over' = 'idle';
  /** Connections onwards, each made when it is first needed. */
  #app: Upstream | undefined;
  #laptop: Upstream | undefined;
  #laptopIdle = false;
  /** The one that the exchange, or everything when spliced, goes to. */
  #current: Upstream | undefined;

  #clientEnded = false;
  /** The current upstream takes nothing at the moment. */
  #blocked = false;
  #paused = false;

  /** The upstream may have closed before it saw the request, which may be sent again. */
  #mayRetry = false;
  readonly #request = new RequestFollower();
  readonly #answer = new AnswerFollower();

  /** `first`: bytes that were read to tell the protocol. */
  constructor(socket: Socket, view: PortView, first: Buffer) {
    this.#socket = socket;
    this.#view = view;
    socket.on('data', (bytes) => this.#onClientData(bytes));
    socket.on('drain', () => {
      this.#app?.resume();
      this.#laptop?.resume();
    });
    socket.on('end', () => this.#onClientEnd());
    socket.on('error', () => {});
    socket.on('close', (hadError) => this.#onClientClose(hadError));
    this.#onClientData(first);
  }

  drain(): void {
    if (this.#phase === 'idle' && this.#request.waiting.length === 0) this.#close();
  }

  sweep(): void {
    const laptop = this.#laptop;
    if (!laptop || this.#current === laptop) return;
    if (this.#view.holds(laptop.intercept?.id ?? '') && !this.#laptopIdle) {
      this.#laptopIdle = true;
      return;
    }
    this.#laptop = undefined;
    laptop.close();
  }

  // The client.

  #onClientData(bytes: Buffer): void {
    if (this.#phase === 'over') return;
    if (this.#phase === 'spliced') return this.#toUpstream(bytes);
    // To the client the answer was complete, to us it is not: it has to try elsewhere.
    if (this.#phase === 'exchange' && this.#answer.lost && this.#request.done) return this.#close();
    this.#request.push(bytes);
    this.#advance();
  }

  #onClientEnd(): void {
    this.#clientEnded = true;
    if (this.#phase === 'idle') this.#advance();
    // The app hears of it as it would without us; it may still answer. What was sent ahead comes first.
    else if (this.#request.waiting.length === 0) this.#current?.end();
  }

  #onClientClose(hadError: boolean): void {
    // After two clean ends the upstream still has bytes to send, and ends by itself.
    const ended = this.#phase === 'spliced' && this.#clientEnded && !hadError;
    if (this.#phase === 'spliced') this.#view.counts.spliced -= 1;
    this.#phase = 'over';
    if (!ended) this.#destroyUpstreams();
  }

  /** Takes from what the client has sent as much as may be taken now. */
  #advance(): void {
    try {
      for (;;) {
        if (this.#phase === 'idle') {
          if (!this.#nextRequest()) break;
        } else if (
          this.#phase !== 'exchange' ||
          this.#request.done ||
          this.#request.waiting.length === 0
        ) {
          break;
        } else this.#forwardBody();
      }
    } catch (error) {
      if (!(error instanceof Http1Error)) throw error;
      this.#onUnreadableRequest(error);
    }
    this.#flow();
  }

  /** Begins an exchange; false when there is no whole head. @throws Http1Error */
  #nextRequest(): boolean {
    const request = this.#request;
    if (!request.next()) {
      if (this.#clientEnded) this.#close();
      return false;
    }
    if (request.method === 'CONNECT') {
      this.#refuse(pageForFault('CONNECT', 405));
      return false;
    }
    const upstream = this.#upstreamFor(this.#route(request.head));
    const { counts } = this.#view;
    if (upstream.intercept) counts.laptopRequests += 1;
    else counts.appRequests += 1;
    this.#phase = 'exchange';
    this.#current = upstream;
    this.#mayRetry = upstream.reused && request.repeatable;
    this.#answer.start(request.method);
    this.#toUpstream(request.takeFirst());
    return true;
  }

  /** @throws Http1Error */
  #forwardBody(): void {
    this.#toUpstream(this.#request.takeMore());
    if (this.#request.done && this.#answer.done) this.#finish();
  }

  #toUpstream(bytes: Buffer): void {
    const upstream = this.#current;
    if (!upstream) return;
    this.#blocked = bytes.length > 0 && !upstream.write(bytes);
    if (this.#clientEnded && this.#request.waiting.length === 0) upstream.end();
    if (this.#blocked !== this.#paused) this.#flow();
  }

  /** Reads the client, or leaves it. */
  #flow(): void {
    const ahead = this.#phase === 'exchange' && this.#request.done;
    const pause =
      this.#phase !== 'over' &&
      (this.#blocked || (ahead && this.#request.waiting.length >= maxAheadBytes));
    if (pause === this.#paused) return;
    this.#paused = pause;
    if (pause) this.#socket.pause();
    else this.#socket.resume();
  }

  // The way onwards.

  #route(head: Buffer): InterceptSpec | undefined {
    const view = this.#view;
    if (!view.intercepted || !view.mayMatch(head)) return undefined;
    return view.match(parseRequestHead(head, 0, head.length).fields);
  }

  /** The app's or the laptop's connection of this client: the one it has, or a new one. */
  #upstreamFor(intercept: InterceptSpec | undefined): Upstream {
    this.#laptopIdle = false;
    const present = intercept ? this.#laptop : this.#app;
    if (present && present.intercept?.id === intercept?.id) return present;
    present?.close();
    const upstream: Upstream = this.#view.connect(intercept, () => this.#peer, {
      onData: (bytes) => this.#onUpstreamData(upstream, bytes),
      onDrain: () => {
        if (this.#current !== upstream) return;
        this.#blocked = false;
        this.#flow();
      },
      onEnd: () => this.#onUpstreamEnd(upstream),
      onBroken: (failure) => this.#onUpstreamBroken(upstream, failure),
    });
    if (intercept) this.#laptop = upstream;
    else this.#app = upstream;
    return upstream;
  }

  get #peer(): string {
    return `${this.#socket.remoteAddress ?? ''}:${this.#socket.remotePort ?? 0}`;
  }

  #onUpstreamData(from: Upstream, bytes: Buffer): void {
    // Bytes that nobody asked for, such as a 408 before a close.
    if (from !== this.#current) return this.#onIdleLost(from);
    if (this.#phase === 'spliced') return this.#toClient(bytes, from);
    this.#mayRetry = false;
    let part: Buffer;
    try {
      part = this.#answer.follow(bytes);
    } catch (error) {
      if (!(error instanceof Http1Error)) throw error;
      return this.#onUnreadableAnswer(from, error);
    }
    this.#toClient(part, from);
    if (this.#answer.switched) this.#splice(from);
    else if (this.#answer.done) this.#onAnswered();
  }

  #toClient(bytes: Buffer, from: Upstream): void {
    if (bytes.length > 0 && !this.#socket.write(bytes)) from.pause();
  }

  #onAnswered(): void {
    // More bytes than the answer has: the next one would be read wrongly.
    if (this.#answer.rest.length > 0) this.#answer.keepAlive = false;
    // An early answer: the rest of the body goes the same way, unless the connection ends here.
    if (this.#request.done || this.#clientEnded || !this.#answer.keepAlive) this.#finish();
  }

  #finish(): void {
    const upstream = this.#current;
    if (upstream) upstream.reused = true;
    const last = !this.#request.keepAlive || !this.#answer.keepAlive || !this.#request.done;
    if (last || this.#view.draining) return this.#close();
    this.#toIdle();
    const intercept = upstream?.intercept;
    if (intercept && !this.#view.holds(intercept.id)) this.sweep();
    this.#advance();
  }

  #toIdle(): void {
    this.#phase = 'idle';
    this.#current = undefined;
    this.#blocked = false;
    this.#request.head = none;
  }

  #onUpstreamEnd(upstream: Upstream): void {
    if (upstream !== this.#current) return this.#onIdleLost(upstream);
    if (this.#phase === 'spliced') this.#socket.end();
    else if (this.#answer.untilClose || this.#answer.done) this.#close();
    else this.#onFailed(upstream, 'broken');
  }

  #onUpstreamBroken(upstream: Upstream, failure: Failure): void {
    if (upstream !== this.#current) return this.#onIdleLost(upstream);
    if (this.#phase === 'spliced') this.#socket.resetAndDestroy();
    else if (this.#answer.done) this.#close();
    else this.#onFailed(upstream, failure);
  }

  /** An idle connection has ended. That of the app takes the client's with it, as it would without us. */
  #onIdleLost(upstream: Upstream): void {
    const wasApp = this.#app === upstream;
    this.#forget(upstream);
    if (wasApp && this.#phase === 'idle' && !this.#laptop && this.#request.waiting.length === 0) {
      this.#close();
    }
  }

  #onFailed(upstream: Upstream, failure: Failure): void {
    this.#forget(upstream);
    // Not a clean end: the client must not take what it has for the whole.
    if (this.#answer.begun) return this.#truncate();
    if (this.#mayRetry) {
      // It was idle and may have been closed meanwhile (RFC 9112 §9.3.1).
      this.#mayRetry = false;
      this.#current = this.#upstreamFor(this.#route(this.#request.head));
      return this.#toUpstream(this.#request.head);
    }
    if (this.#clientEnded && !upstream.intercept && failure === 'broken') return this.#close();
    this.#view.counts.failedRequests += 1;
    const page = pageForFailure(this.#request.head, upstream.intercept, failure, this.#view.app);
    const last = !this.#request.keepAlive || !this.#request.done || this.#view.draining;
    writePage(this.#socket, page, this.#request.method, last);
    if (last) return this.#close();
    this.#toIdle();
    this.#advance();
  }

  #forget(upstream: Upstream): void {
    if (this.#app === upstream) this.#app = undefined;
    if (this.#laptop === upstream) this.#laptop = undefined;
    upstream.destroy();
  }

  // What the framer cannot follow.

  /** Goes by unread from here on, unless a filter would have to read it: then it may be smuggling. */
  #onUnreadableRequest(error: Http1Error): void {
    const view = this.#view;
    view.onUnreadable(`request: ${error.message}`);
    if (!view.filtered) return this.#splice(this.#current ?? this.#upstreamFor(view.global()));
    if (this.#phase === 'exchange' && this.#answer.begun) return this.#truncate();
    this.#refuse(pageForFault(error.message, error.status));
  }

  /** An app that worked goes on working; but no request may follow that we could not tell apart. */
  #onUnreadableAnswer(from: Upstream, error: Http1Error): void {
    this.#view.onUnreadable(`answer: ${error.message}`);
    if (!this.#view.intercepted) return this.#splice(from);
    this.#toClient(this.#answer.rest, from);
    this.#answer.giveUp();
  }

  #splice(upstream: Upstream): void {
    const early = this.#phase === 'exchange' ? this.#answer.rest : none;
    this.#phase = 'spliced';
    this.#view.counts.spliced += 1;
    this.#current = upstream;
    if (this.#laptop !== upstream) {
      this.#laptop?.close();
      this.#laptop = undefined;
    } else {
      this.#app?.close();
      this.#app = undefined;
    }
    this.#toClient(early, upstream);
    const waiting = this.#request.takeAll();
    if (waiting.length > 0) this.#toUpstream(waiting);
    else if (this.#clientEnded) upstream.end();
    this.#flow();
  }

  // Ends.

  #refuse(page: ReturnType<typeof pageForFault>): void {
    writePage(this.#socket, page, '', true);
    this.#close();
  }

  /** What was written goes out; then the end. */
  #close(): void {
    const busy = this.#phase === 'exchange' ? this.#current : undefined;
    this.#phase = 'over';
    if (busy && !(this.#answer.done && this.#request.done)) this.#forget(busy);
    this.#app?.close();
    this.#laptop?.close();
    this.#drop();
    closeAfterwards(this.#socket, this.#clientEnded);
  }

  #truncate(): void {
    this.#destroyUpstreams();
    this.#phase = 'over';
    this.#drop();
    resetAfterwards(this.#socket);
  }

  #drop(): void {
    this.#app = undefined;
    this.#laptop = undefined;
    this.#current = undefined;
    this.#request.takeAll();
    this.#flow();
  }

  #destroyUpstreams(): void {
    this.#app?.destroy();
    this.#laptop?.destroy();
  }
}
