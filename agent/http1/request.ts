/** Follows the requests of one client in the bytes that it sends: heads, bodies, what is sent ahead. */
import { BodyFollower } from '#protocol/http1/body.ts';
import {
  findHeadEnd,
  Http1Error,
  maxHttp1HeadBytes,
  scanRequestHead,
} from '#protocol/http1/head.ts';

/** Methods that may be sent twice (RFC 9110 §9.2.2), as far as they come without a body. */
const idempotent = new Set(['GET', 'HEAD', 'OPTIONS', 'TRACE', 'PUT', 'DELETE']);
const none = Buffer.alloc(0);
const cr = 13;
const lf = 10;

export class RequestFollower {
  /** Bytes that have not been taken: a partial head, or requests sent ahead. */
  waiting: Buffer = none;
  /** Of the request that `next` has found last. */
  head: Buffer = none;
  method = '';
  keepAlive = false;
  /** It has no body and may be sent twice. */
  repeatable = false;
  /** The whole request has been taken. */
  done = false;
  #searchedBytes = 0;
  readonly #body = new BodyFollower();

  push(bytes: Buffer): void {
    this.waiting = this.waiting.length === 0 ? bytes : Buffer.concat([this.waiting, bytes]);
  }

  /** Whether a whole head is there; if so it is read. @throws Http1Error */
  next(): boolean {
    // RFC 9112 §2.2: an empty line before a request is ignored.
    while (this.waiting[0] === cr && this.waiting[1] === lf) {
      this.waiting = this.waiting.subarray(2);
      this.#searchedBytes = 0;
    }
    const { waiting } = this;
    const end = findHeadEnd(waiting, this.#searchedBytes);
    if (end < 0) {
      if (waiting.length > maxHttp1HeadBytes) {
        throw new Http1Error(`a head of more than ${maxHttp1HeadBytes} bytes`, 431);
      }
      this.#searchedBytes = Math.max(0, waiting.length - 3);
      return false;
    }
    this.#searchedBytes = 0;
    const { method, framing, keepAlive } = scanRequestHead(waiting, 0, end);
    this.head = end === waiting.length ? waiting : waiting.subarray(0, end);
    this.method = method;
    this.keepAlive = keepAlive;
    this.repeatable = framing === 0 && idempotent.has(method);
    this.#body.start(framing);
    return true;
  }

  /** Head and body of the new request, as far as they have come. @throws Http1Error */
  takeFirst(): Buffer {
    return this.#takeBody(this.head.length);
  }

  /** More of the body. @throws Http1Error */
  takeMore(): Buffer {
    return this.#takeBody(0);
  }

  /** Everything, whatever it is. */
  takeAll(): Buffer {
    return this.#take(this.waiting.length);
  }

  #takeBody(at: number): Buffer {
    const end = this.#body.follow(this.waiting, at, this.waiting.length);
    this.done = this.#body.done;
    return this.#take(end);
  }

  #take(end: number): Buffer {
    const { waiting } = this;
    const whole = end === waiting.length;
    this.waiting = whole ? none : waiting.subarray(end);
    return whole ? waiting : waiting.subarray(0, end);
  }
}
