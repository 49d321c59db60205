/** Follows one answer while its bytes go by: interim heads, the head, the body. */
import { BodyFollower } from '#protocol/http1/body.ts';
import {
  findHeadEnd,
  Http1Error,
  maxHttp1HeadBytes,
  scanResponseHead,
} from '#protocol/http1/head.ts';

const none = Buffer.alloc(0);

export class AnswerFollower {
  /** The final head has been followed; bytes of the answer have gone to the client. */
  begun = false;
  /** 101: what follows is not HTTP. */
  switched = false;
  /** The upstream's connection can take another request afterwards. */
  keepAlive = true;
  /** Only the end of the connection ends it. */
  untilClose = false;
  /** Boundaries are not known any more. */
  lost = false;
  /** Bytes that `follow` has not returned: a partial head, what is behind the answer, or all of it after an error. */
  rest: Buffer = none;
  readonly #body = new BodyFollower();
  #method = '';
  #searchedBytes = 0;

  /** `method` of the request. */
  start(method: string): void {
    this.begun = false;
    this.switched = false;
    this.keepAlive = true;
    this.untilClose = false;
    this.lost = false;
    this.rest = none;
    this.#method = method;
    this.#searchedBytes = 0;
  }

  get done(): boolean {
    return this.begun && this.#body.done;
  }

  /**
   * Takes the next bytes of the upstream; returns those that may go to the client.
   * @throws Http1Error when they are no answer as we read it
   */
  follow(bytes: Buffer): Buffer {
    if (this.rest.length > 0) bytes = Buffer.concat([this.rest, bytes]);
    this.rest = bytes;
    let at = 0;
    while (!this.begun && !this.switched && at < bytes.length) {
      const end = findHeadEnd(bytes, at + this.#searchedBytes);
      if (end < 0) {
        this.#keep(bytes, at);
        return bytes.subarray(0, at);
      }
      this.#searchedBytes = 0;
      this.#onHead(bytes, at, end);
      at = end;
    }
    if (this.begun) at = this.#body.follow(bytes, at, bytes.length);
    const whole = at === bytes.length;
    this.rest = whole ? none : bytes.subarray(at);
    return whole ? bytes : bytes.subarray(0, at);
  }

  /** Goes on until the connection ends. */
  giveUp(): void {
    this.begun = true;
    this.lost = true;
    this.keepAlive = false;
    this.untilClose = true;
    this.rest = none;
    this.#body.start('until-close');
  }

  #keep(bytes: Buffer, at: number): void {
    const size = bytes.length - at;
    if (size > maxHttp1HeadBytes) {
      throw new Http1Error(`an answer's head of more than ${maxHttp1HeadBytes} bytes`);
    }
    this.rest = at === 0 ? bytes : bytes.subarray(at);
    this.#searchedBytes = Math.max(0, size - 3);
  }

  #onHead(bytes: Buffer, at: number, end: number): void {
    const head = scanResponseHead(bytes, at, end, this.#method);
    if (head.status === 101) {
      this.switched = true;
      return;
    }
    if (head.status < 200) return;
    this.begun = true;
    this.keepAlive = head.keepAlive;
    this.untilClose = head.framing === 'until-close';
    this.#body.start(head.framing);
  }
}
