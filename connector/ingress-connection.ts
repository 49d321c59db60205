/**
 * One connection to an ingress: HTTP/1.1, one exchange at a time, kept for the next. Heads are
 * written and parsed by `protocol/http1`, bodies handed on as they come.
 */
import type { Socket } from 'node:net';
import { BodyFollower } from '#protocol/http1/body.ts';
import {
  findHeadEnd,
  Http1Error,
  maxHttp1HeadBytes,
  parseResponseHead,
  type ResponseHead,
} from '#protocol/http1/head.ts';

export interface Exchange {
  readonly method: string;
  /** Interim and final heads; `last`: no body follows. */
  onHead(head: ResponseHead, last: boolean): void;
  /** Content without chunk framing; `last` with the final bytes (or none). */
  onBody(bytes: Uint8Array | undefined, last: boolean, trailers: string[]): void;
  /** The connection broke before the answer was complete; `heard`: what had come of it. */
  onBroken(reason: string, heard: 'nothing' | 'bytes' | 'head'): void;
  /** The socket takes bytes again after `write` said no. */
  onDrain(): void;
}

export class IngressConnection {
  readonly socket: Socket;
  /** Carried an exchange before this one. */
  reused = false;
  /** To be called when it can take another exchange. */
  readonly #onIdle: (connection: IngressConnection) => void;
  readonly #body = new BodyFollower();
  #exchange: Exchange | undefined;
  #partial: Buffer | undefined;
  #searched = 0;
  #head: ResponseHead | undefined;
  /** Any byte of this exchange's answer. */
  #heard = false;
  #requestSent = false;
  #answerDone = false;
  #failure = '';

  constructor(socket: Socket, onIdle: (connection: IngressConnection) => void) {
    this.socket = socket;
    this.#onIdle = onIdle;
    socket.on('data', (bytes) => this.#onData(bytes));
    socket.on('drain', () => this.#exchange?.onDrain());
    socket.on('error', (error) => {
      this.#failure = error.message;
    });
    socket.on('end', () => this.#onEnd());
    socket.on('close', () => this.#onClose());
  }

  get usable(): boolean {
    return this.#exchange === undefined && !this.socket.destroyed && this.socket.writable;
  }

  begin(exchange: Exchange): void {
    this.#exchange = exchange;
    this.#head = undefined;
    this.#heard = false;
    this.#requestSent = false;
    this.#answerDone = false;
  }

  /** False: wait for `onDrain`. */
  write(bytes: Uint8Array): boolean {
    return this.socket.write(bytes);
  }

  requestSent(): void {
    this.#requestSent = true;
    if (this.#answerDone) this.#finish();
  }

  /** Breaks off, so that the ingress sees that nobody waits any more. */
  abort(): void {
    this.#exchange = undefined;
    this.socket.destroy();
  }

  #onData(bytes: Buffer): void {
    this.#heard = true;
    try {
      this.#parse(bytes);
    } catch (error) {
      if (!(error instanceof Http1Error)) throw error;
      this.#break(`its answer is not HTTP/1.1: ${error.message}`);
    }
  }

  #parse(bytes: Buffer): void {
    let at = 0;
    while (at < bytes.length) {
      const exchange = this.#exchange;
      if (!exchange || this.#answerDone) return void this.socket.destroy();
      if (this.#head) {
        at = this.#parseBody(bytes, at, exchange);
        continue;
      }
      const joined: Buffer = this.#partial
        ? Buffer.concat([this.#partial, bytes.subarray(at)])
        : bytes;
      const start = this.#partial ? 0 : at;
      const end = findHeadEnd(joined, Math.max(start, this.#searched));
      if (end < 0) {
        if (joined.length - start > maxHttp1HeadBytes)
          throw new Http1Error('the head is too large');
        this.#partial = start === 0 ? joined : joined.subarray(start);
        // The empty line may have begun already.
        this.#searched = Math.max(0, this.#partial.length - 3);
        return;
      }
      this.#partial = undefined;
      this.#searched = 0;
      bytes = joined;
      at = end;
      this.#onHead(parseResponseHead(joined, start, end, exchange.method), exchange);
    }
  }

  #onHead(head: ResponseHead, exchange: Exchange): void {
    if (head.status === 101) throw new Http1Error('it switched protocols unasked');
    if (head.status < 200) return exchange.onHead(head, false);
    this.#head = head;
    this.#body.start(head.framing);
    const last = this.#body.done;
    exchange.onHead(head, last);
    if (last) this.#answered();
  }

  #parseBody(bytes: Buffer, at: number, exchange: Exchange): number {
    let held: Uint8Array | undefined;
    const end = this.#body.follow(bytes, at, bytes.length, (data) => {
      if (held) exchange.onBody(held, false, []);
      held = data;
    });
    if (this.#body.done) {
      exchange.onBody(held, true, this.#body.trailers);
      this.#answered();
    } else if (held) exchange.onBody(held, false, []);
    return end;
  }

  #answered(): void {
    this.#answerDone = true;
    if (this.#requestSent) this.#finish();
  }

  #finish(): void {
    const keep = this.#head?.keepAlive === true;
    this.#exchange = undefined;
    this.reused = true;
    if (keep && !this.socket.destroyed) this.#onIdle(this);
    else this.socket.destroy();
  }

  /** A clean end completes an answer that is delimited by it, and no other (RFC 9112 §8). */
  #onEnd(): void {
    const exchange = this.#exchange;
    if (!exchange || this.#head?.framing !== 'until-close' || this.#failure !== '') return;
    this.#answerDone = true;
    this.#exchange = undefined;
    exchange.onBody(undefined, true, []);
    this.socket.destroy();
  }

  #onClose(): void {
    if (!this.#answerDone) this.#break(this.#failure || 'the connection was closed');
  }

  #break(reason: string): void {
    const exchange = this.#exchange;
    this.#exchange = undefined;
    this.socket.destroy();
    exchange?.onBroken(reason, this.#head ? 'head' : this.#heard ? 'bytes' : 'nothing');
  }
}
