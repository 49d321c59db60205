/** One stream of a session: a request and its answer, a WebSocket or a TCP connection. */
import { empty } from './bytes.ts';
import { Flag, type ResetCode } from './frame.ts';
import type { Head } from './head.ts';
import { maxStreamWindowBytes, streamQueueBytes } from './limits.ts';
import { cutFlags, type Outbox } from './outbox.ts';
import type { Session } from './session.ts';

export const StreamKind = { http: 1, ws: 2, tcp: 3 } as const;
export type StreamKind = (typeof StreamKind)[keyof typeof StreamKind];

/**
 * What happens on a stream. `fin`: the peer's direction ends with this call, no further one follows.
 * Bytes given to `onData` may be kept; each must be given back with `stream.consumed` once used.
 */
export interface StreamHandler {
  onHead(head: string[], fin: boolean): void;
  onData(bytes: Uint8Array, flags: number, fin: boolean): void;
  /**
   * The stream ended early, by the peer's RESET or with its socket.
   * `dispatched`: false when the peer cannot have seen it, so that it may be tried again.
   */
  onReset(code: ResetCode, dispatched: boolean): void;
  /** After a `write` that returned false: there is room again. */
  onWritable?(): void;
}

/**
 * On a shorter path the first window carries 256 MB/s already; a larger one would only let a bulk
 * body fill the reader's turn of the event loop while small requests wait.
 */
const minGrowthRttMs = 1;

/** Of a stream that nobody has taken yet. */
export const deaf: StreamHandler = { onHead() {}, onData() {}, onReset() {} };

interface Queued {
  /** undefined: `bytes` is a DATA payload. */
  head: Head | undefined;
  /** The head is that of the OPEN. */
  open: boolean;
  bytes: Uint8Array;
  flags: number;
}

export class Stream {
  readonly session: Session;
  readonly id: number;
  readonly kind: StreamKind;
  readonly target: string;
  handler: StreamHandler;

  /** The ring of the outbox. */
  queuedForTurn = false;
  nextInTurn: Stream | undefined = undefined;

  /** Offsets of the bytes sent and of the peer's credit. */
  sentBytes = 0;
  sendLimit: number;
  /** Offsets of the bytes received, consumed, and granted. */
  receivedBytes = 0;
  consumedBytes = 0;
  receiveLimit: number;
  windowBytes: number;
  windowDue = false;
  windowSentAt = 0;

  localEnded = false;
  remoteEnded = false;
  headReceived = false;
  dataReceived = false;
  /** Both directions have ended; received bytes may still wait for their consumer. */
  finished = false;
  /** Ended early: nothing more is sent or reported. */
  closed = false;
  openSent = false;
  /** Taken over from before a sleep; where it is, RESYNC tells. */
  restored = false;
  #queue: Queued[] = [];
  #queuedBytes = 0;
  #stopped = false;

  constructor(
    session: Session,
    id: number,
    kind: StreamKind,
    target: string,
    handler: StreamHandler,
    sendLimit: number,
    windowBytes: number,
  ) {
    this.session = session;
    this.id = id;
    this.kind = kind;
    this.target = target;
    this.handler = handler;
    this.sendLimit = sendLimit;
    this.windowBytes = windowBytes;
    this.receiveLimit = windowBytes;
  }

  get queuedBytes(): number {
    return this.#queuedBytes;
  }

  get hasQueued(): boolean {
    return this.#queue.length > 0;
  }

  /**
   * Sends a head: interim (1xx) or final, or trailers after data, or "connected" on `tcp`.
   * @throws RangeError when the head is too large (nothing is sent)
   */
  head(head: Head, fin: boolean): void {
    if (this.closed || this.localEnded) return;
    const flags = fin ? Flag.fin : 0;
    const outbox = this.session.outbox;
    if (this.#queue.length === 0 && outbox.direct) outbox.writeHead(this.id, head, flags);
    else this.#enqueue({ head, open: false, bytes: empty, flags });
    if (fin) this.#ended();
  }

  /** Sends the OPEN; for `Session.open`. */
  start(head: Head, fin: boolean): void {
    const flags = fin ? Flag.fin : 0;
    if (this.session.outbox.direct) this.#writeOpen(head, flags);
    else this.#enqueue({ head, open: true, bytes: empty, flags });
    if (fin) this.#ended();
  }

  /** Sends bytes, which are the session's from now on. False: wait for `onWritable`. */
  write(bytes: Uint8Array, flags = 0): boolean {
    if (this.closed || this.localEnded) return true;
    const outbox = this.session.outbox;
    const length = bytes.length;
    if (
      this.#queue.length === 0 &&
      !this.restored &&
      outbox.direct &&
      length <= this.session.payloadBytes &&
      length <= this.sendLimit - this.sentBytes &&
      length <= this.session.connectionCredit
    ) {
      this.sentBytes += length;
      outbox.writeData(this.id, bytes, flags);
    } else {
      this.#enqueue({ head: undefined, open: false, bytes, flags });
    }
    if (flags & Flag.fin) this.#ended();
    this.#stopped = this.#queuedBytes >= streamQueueBytes;
    return !this.#stopped;
  }

  /** Ends our direction, with the last bytes if there are any. */
  end(bytes: Uint8Array = empty): void {
    this.write(bytes, Flag.fin);
  }

  /** Ends both directions at once; what is queued is dropped, the handler hears nothing more. */
  reset(code: ResetCode): void {
    if (this.closed) return;
    this.session.sendReset(this, code);
  }

  /** Gives back credit for `bytes` that the consumer has taken. */
  consumed(bytes: number): void {
    if (this.closed) return;
    this.consumedBytes += bytes;
    this.session.consumed(bytes);
    if (this.windowDue || this.remoteEnded || this.restored) return;
    if (this.consumedBytes + this.windowBytes - this.receiveLimit >= this.windowBytes / 2) {
      this.windowDue = true;
      this.session.creditDue(this);
    }
  }

  /**
   * For a stream that was open before a sleep: nothing is sent until `resume`, and what comes is
   * taken. It is one window at most, but how far that one had grown is forgotten.
   */
  suspend(): void {
    this.restored = true;
    this.openSent = true;
    this.headReceived = true;
    this.dataReceived = true;
    this.sendLimit = 0;
    this.receiveLimit = maxStreamWindowBytes;
  }

  /**
   * The peer's word on where this stream is. What we hold since then is kept, credit that came before
   * it too; whatever window was granted before the sleep is granted again.
   */
  resume(peer: { received: number; limit: number; sent: number }): void {
    const held = this.receivedBytes - this.consumedBytes;
    this.restored = false;
    this.sentBytes = peer.received;
    this.sendLimit = Math.max(this.sendLimit, peer.limit);
    this.receivedBytes = peer.sent;
    this.consumedBytes = peer.sent - held;
    this.receiveLimit = this.consumedBytes + maxStreamWindowBytes;
    if (!this.windowDue) {
      this.windowDue = true;
      this.session.creditDue(this);
    }
    if (this.hasQueued) this.session.outbox.ready(this);
  }

  /** Called by the session when it writes this stream's WINDOW: the offset to grant. */
  grant(now: number, rttMs: number): number {
    this.windowDue = false;
    const since = now - this.windowSentAt;
    if (
      this.windowSentAt > 0 &&
      rttMs > minGrowthRttMs &&
      since < 1.25 * rttMs &&
      this.windowBytes < maxStreamWindowBytes
    ) {
      this.windowBytes = Math.min(2 * this.windowBytes, maxStreamWindowBytes);
    }
    this.windowSentAt = now;
    this.receiveLimit = Math.max(this.receiveLimit, this.consumedBytes + this.windowBytes);
    return this.receiveLimit;
  }

  /** The stream's turn: sends at most `most` bytes of payload. For the outbox. */
  transmit(
    outbox: Outbox,
    most: number,
    connectionCredit: number,
  ): 'more' | 'blocked' | 'connection' {
    if (this.restored) return 'blocked';
    let budget = most;
    for (;;) {
      const item = this.#queue[0];
      if (!item) {
        if (this.localEnded) this.session.maybeFinished(this);
        return 'blocked';
      }
      if (item.head) {
        this.#queue.shift();
        if (item.open) this.#writeOpen(item.head, item.flags);
        else outbox.writeHead(this.id, item.head, item.flags);
        continue;
      }
      const wanted = item.bytes.length;
      if (wanted === 0) {
        this.#queue.shift();
        outbox.writeData(this.id, item.bytes, item.flags);
        continue;
      }
      if (budget <= 0) return 'more';
      const length = Math.min(
        wanted,
        budget,
        this.sendLimit - this.sentBytes,
        connectionCredit,
        this.session.payloadBytes,
      );
      if (length <= 0) return connectionCredit <= 0 ? 'connection' : 'blocked';
      this.#sendPart(outbox, item, length);
      budget -= length;
      connectionCredit -= length;
    }
  }

  /** The socket or the stream is gone. Returns the bytes that were received and not consumed. */
  discard(): number {
    this.closed = true;
    this.session.outbox.queuedBytes -= this.#queuedBytes;
    this.#queue = [];
    this.#queuedBytes = 0;
    return this.receivedBytes - this.consumedBytes;
  }

  #sendPart(outbox: Outbox, item: Queued, length: number): void {
    const last = length === item.bytes.length;
    const part = last ? item.bytes : item.bytes.subarray(0, length);
    const flags = cutFlags(item.flags, last, this.kind === StreamKind.ws);
    if (last) this.#queue.shift();
    else item.bytes = item.bytes.subarray(length);
    this.#queuedBytes -= length;
    outbox.queuedBytes -= length;
    this.sentBytes += length;
    outbox.writeData(this.id, part, flags);
    if (this.#stopped && this.#queuedBytes <= streamQueueBytes / 2) {
      this.#stopped = false;
      this.handler.onWritable?.();
    }
  }

  #writeOpen(head: Head, flags: number): void {
    this.openSent = true;
    this.session.outbox.writeOpen(this.id, this.kind, this.target, head, flags);
  }

  #enqueue(item: Queued): void {
    this.#queue.push(item);
    this.#queuedBytes += item.bytes.length;
    this.session.outbox.queuedBytes += item.bytes.length;
    this.session.outbox.ready(this);
  }

  #ended(): void {
    this.localEnded = true;
    this.session.maybeFinished(this);
  }
}
