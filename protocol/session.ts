/**
 * A session: the multiplexer on one tunnel, without I/O or clock. Specification: `docs/protocol.md`.
 */
import { readU48, utf8 } from './bytes.ts';
import { ControlInbox } from './control-inbox.ts';
import { ConnectionCredit } from './credit.ts';
import { CloseCode, Flag, FrameType, ProtocolError, ResetCode, type FrameView } from './frame.ts';
import { readGoaway, writeGoaway } from './goaway-frame.ts';
import { Grants } from './grants.ts';
import { headBytes, readHead, type Head } from './head.ts';
import { commonVersion, readHello, type Hello } from './hello.ts';
import { LifeSigns } from './life-signs.ts';
import { maxPayloadBytes, maxTargetBytes } from './limits.ts';
import { readOpen } from './open-frame.ts';
import { Outbox, writeParts, type OutboxHost } from './outbox.ts';
import { helloFirst, readMessage, type FrameTakers } from './incoming.ts';
import { Resync, resyncFeature, type Restored, type ResyncHost } from './resync.ts';
import { takesData, takesHead } from './stream-input.ts';
import { StreamTable } from './stream-table.ts';
import { deaf, Stream, type StreamHandler, type StreamKind } from './stream.ts';
import type { SessionEvents, Transport } from './transport.ts';

export class Session implements OutboxHost, ResyncHost {
  readonly outbox: Outbox;
  readonly transport: Transport;
  peer: Hello | undefined;
  /** Largest DATA payload that the peer takes. */
  payloadBytes = maxPayloadBytes;
  closed = false;
  draining = false;
  peerDraining = false;
  readonly #events: SessionEvents;
  readonly #hello: Hello;
  readonly #view: FrameView = { type: 0, flags: 0, stream: 0, start: 0, end: 0 };
  readonly #table: StreamTable;
  readonly credit: ConnectionCredit;
  readonly #grants: Grants;
  readonly #life: LifeSigns;
  readonly #inbox = new ControlInbox();
  #awake = false;
  readonly #takers: FrameTakers = helloFirst(
    {
      [FrameType.hello]: (message, view) => this.#onHello(message, view),
      [FrameType.open]: (message, view) => this.#onOpen(message, view),
      [FrameType.head]: (message, view) => this.#onHead(message, view),
      [FrameType.data]: (message, view) => this.#onData(message, view),
      [FrameType.window]: (message, view) => this.#onWindow(message, view),
      [FrameType.reset]: (message, view) => this.#onReset(message, view),
      [FrameType.control]: (message, view) => this.#onControl(message, view),
      [FrameType.goaway]: (message, view) => this.#onGoaway(message, view),
      [FrameType.ping]: (message, view) =>
        this.outbox.control(FrameType.pong, 0, 0, message.slice(view.start, view.start + 8)),
      [FrameType.resync]: (message, view) => this.resync.take(message, view),
      [FrameType.pong]: () => this.#life.answered(this.transport.now()),
    },
    () => this.peer !== undefined,
  );
  /** After a sleep: `resync.ask()`, once the streams are adopted. */
  readonly resync: Resync;

  /**
   * `side`: the side that accepted the WebSocket opens odd streams, the one that dialled even.
   * `restored`: go on without HELLO.
   */
  constructor(
    side: 'accepted' | 'dialled',
    hello: Hello,
    transport: Transport,
    events: SessionEvents,
    restored?: Restored,
  ) {
    this.transport = transport;
    this.#events = events;
    this.#hello = hello;
    this.#table = new StreamTable(side);
    this.credit = new ConnectionCredit(hello.limits.connection_window_bytes);
    this.outbox = new Outbox(this);
    this.#grants = new Grants(this.credit, this.outbox);
    this.#life = new LifeSigns(this.outbox);
    this.resync = new Resync(this);
    if (restored) {
      this.#welcome(restored.peer);
      this.#table.skipTo(restored.nextId);
      return;
    }
    this.outbox.control(FrameType.hello, 0, 0, utf8(JSON.stringify(hello)));
    this.flush();
  }

  /** Open streams by id. */
  get streams(): ReadonlyMap<number, Stream> {
    return this.#table.open;
  }

  get connectionCredit(): number {
    return this.credit.left;
  }

  /** What leaks would show in: all zero and `true` when nothing is going on. */
  get account(): { streams: number; queuedBytes: number; heldBytes: number; creditWhole: boolean } {
    return {
      streams: this.streams.size,
      queuedBytes: this.outbox.queuedBytes + this.transport.queuedBytes,
      heldBytes: this.credit.heldBytes,
      creditWhole: this.credit.heldBytes === 0,
    };
  }

  /**
   * Opens a stream. @throws RangeError when the head or target is too large, Error when the session
   * is not open for streams (`ready` says so)
   */
  open(kind: StreamKind, target: string, head: Head, fin: boolean, handler: StreamHandler): Stream {
    if (!this.ready) throw new Error('the session takes no new streams');
    if (utf8(target).length > maxTargetBytes) throw new RangeError('target is too long');
    headBytes(head);
    const stream = this.#streamOf(this.#table.nextId(), kind, target, handler);
    this.#table.add(stream);
    stream.start(head, fin);
    return stream;
  }

  /** Takes over a stream of ours that was open before a sleep. */
  adopt(id: number, kind: StreamKind, target: string, handler: StreamHandler): Stream {
    const stream = this.#streamOf(id, kind, target, handler);
    stream.suspend();
    this.#table.add(stream);
    return stream;
  }

  get speaksResync(): boolean {
    return [this.#hello, this.peer].every((each) => each?.features.includes(resyncFeature));
  }

  get nextStreamId(): number {
    return this.#table.nextStreamId;
  }

  get ready(): boolean {
    return (
      this.peer !== undefined &&
      !this.closed &&
      !this.peerDraining &&
      !this.draining &&
      this.#table.ownCount < this.peer.limits.streams
    );
  }

  /** Sends a JSON object; cut into several CONTROL frames where it is long. */
  control(message: Record<string, unknown>): void {
    if (this.closed) return;
    writeParts(this.outbox, FrameType.control, utf8(JSON.stringify(message)), maxPayloadBytes);
  }

  /** No new streams from here on; the peer is told, open ones go on. Ends when the last one does. */
  goaway(reason: string): void {
    if (this.closed || this.draining) return;
    this.draining = true;
    const payload = writeGoaway(this.#table.lastPeerId, reason);
    this.outbox.control(FrameType.goaway, 0, 0, payload);
    this.#maybeDrained();
  }

  /** To be called every `keepAliveMs` (with jitter): asks, or gives the peer up. */
  keepAlive(): void {
    if (this.closed) return;
    if (!this.#life.ask()) return this.close(CloseCode.timeout, 'the peer does not answer');
    // An idle peer may be asleep, and would be woken by anything but this text.
    this.transport.sendText('p');
  }

  /** A binary message came. */
  receive(message: Uint8Array): void {
    if (this.closed) return;
    this.#life.heard();
    try {
      readMessage(message, this.#view, this.#takers, () => this.closed);
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      this.close(error.closeCode, error.message);
    }
  }

  /** A text message came: `p` asks, `q` answers; nothing else is allowed. */
  receiveText(text: string): void {
    if (this.closed) return;
    this.#life.heard();
    if (text === 'p') this.transport.sendText('q');
    else if (text !== 'q') this.close(CloseCode.protocol, 'text messages are keep-alive only');
  }

  /** The oldest message that was sent is written: its bytes may be used again, and there is room. */
  written(): void {
    this.outbox.written();
    if (!this.outbox.idle) this.flush();
  }

  /** Sends what is due. */
  flush(): void {
    this.#awake = false;
    if (!this.closed) this.outbox.flush();
  }

  /** Closes the socket and ends the session. */
  close(code: number, reason: string): void {
    if (this.closed) return;
    this.outbox.flush();
    // A reason is at most 123 bytes (RFC 6455 §5.5); ours are ASCII.
    this.transport.close(code, reason.slice(0, 120));
    this.lost(code, reason);
  }

  /** The socket is gone: every stream is reset and the owner told. */
  lost(code: number, reason: string): void {
    if (this.closed) return;
    this.closed = true;
    const streams = [...this.streams.values()];
    this.#table.open.clear();
    this.outbox.clear();
    for (const stream of streams) {
      stream.discard();
      stream.handler.onReset(ResetCode.connectorGone, stream.openSent);
    }
    this.credit.clear();
    this.#events.onClose(code, reason);
  }

  spend(bytes: number): void {
    this.credit.spend(bytes);
    this.transport.moved(bytes);
  }

  wake(): void {
    if (this.#awake || this.closed) return;
    this.#awake = true;
    this.transport.defer(this.#flushNow, this.streams.size > 3);
  }

  readonly #flushNow = (): void => this.flush();

  creditDue(stream: Stream): void {
    this.#grants.add(stream);
    this.wake();
  }

  consumed(bytes: number): void {
    if (this.credit.consume(bytes)) this.wake();
  }

  writeDue(): void {
    const now = this.transport.now();
    if (this.#grants.write(now, this.#life.roundTripMs)) this.#life.pingIfDue(now);
  }

  sendReset(stream: Stream, code: ResetCode): void {
    const announced = stream.openSent || this.#table.isPeers(stream.id);
    const finished = stream.finished;
    this.#remove(stream);
    if (finished) return;
    if (announced) this.outbox.control(FrameType.reset, 0, stream.id, new Uint8Array([code]));
    this.#maybeDrained();
  }

  maybeFinished(stream: Stream): void {
    if (!stream.localEnded || !stream.remoteEnded || stream.hasQueued || stream.finished) return;
    stream.finished = true;
    this.#table.remove(stream);
    this.#maybeDrained();
  }

  #onHello(message: Uint8Array, view: FrameView): void {
    if (this.peer) throw new ProtocolError('a second HELLO');
    const hello = readHello(message.subarray(view.start, view.end));
    commonVersion(this.#hello, hello);
    this.#welcome(hello);
    this.credit.raise(hello.limits.connection_window_bytes);
    this.#life.ping(this.transport.now());
    this.#events.onHello(hello);
  }

  #welcome(hello: Hello): void {
    this.peer = hello;
    this.payloadBytes = hello.limits.payload_bytes;
  }

  #onOpen(message: Uint8Array, view: FrameView): void {
    const id = view.stream;
    this.#table.opened(id);
    const frame = readOpen(message, view.start, view.end);
    const full = this.#table.peerCount >= this.#hello.limits.streams;
    if (full || this.draining) {
      this.outbox.control(FrameType.reset, 0, id, new Uint8Array([ResetCode.refused]));
      return;
    }
    const { kind, target, head } = frame;
    const fin = (view.flags & Flag.fin) !== 0;
    const stream = this.#streamOf(id, kind, target, deaf);
    stream.headReceived = true;
    stream.remoteEnded = fin;
    this.#table.add(stream);
    const answer = this.#events.onOpen(stream, head, fin);
    if (typeof answer === 'number') stream.reset(answer);
    else stream.handler = answer;
  }

  #streamOf(id: number, kind: StreamKind, target: string, handler: StreamHandler): Stream {
    const send = this.peer?.limits.stream_window_bytes ?? 0;
    const { stream_window_bytes: window } = this.#hello.limits;
    return new Stream(this, id, kind, target, handler, send, window);
  }

  #onHead(message: Uint8Array, view: FrameView): void {
    const stream = this.#table.known(view.stream);
    if (!stream) return;
    const head = readHead(message, view.start, view.end);
    const fin = (view.flags & Flag.fin) !== 0;
    if (!takesHead(stream, head, fin)) return this.#breach(stream);
    stream.handler.onHead(head, fin);
    if (fin) this.maybeFinished(stream);
  }

  #onData(message: Uint8Array, view: FrameView): void {
    const length = view.end - view.start;
    this.transport.moved(length);
    this.credit.receive(length);
    const stream = this.#table.known(view.stream);
    if (!stream) return this.consumed(length);
    const fin = (view.flags & Flag.fin) !== 0;
    if (!takesData(stream, length, fin)) return this.#breach(stream);
    stream.handler.onData(message.subarray(view.start, view.end), view.flags, fin);
    if (fin) this.maybeFinished(stream);
  }

  #onWindow(message: Uint8Array, view: FrameView): void {
    if (view.end - view.start !== 6) throw new ProtocolError('WINDOW must have 6 bytes');
    const offset = readU48(message, view.start);
    if (view.stream === 0) {
      this.credit.raise(offset);
      this.outbox.unpark();
      this.wake();
      return;
    }
    const stream = this.#table.known(view.stream);
    if (!stream || offset <= stream.sendLimit) return;
    stream.sendLimit = offset;
    if (stream.hasQueued) this.outbox.ready(stream);
  }

  #onReset(message: Uint8Array, view: FrameView): void {
    if (view.end - view.start < 1) throw new ProtocolError('RESET without a code');
    const stream = this.#table.known(view.stream);
    if (!stream) return;
    const raw = message[view.start] ?? 0;
    const code = raw <= ResetCode.idle ? (raw as ResetCode) : ResetCode.internal;
    this.#remove(stream);
    stream.handler.onReset(code, code !== ResetCode.refused);
    this.#maybeDrained();
  }

  #onControl(message: Uint8Array, view: FrameView): void {
    const part = message.slice(view.start, view.end);
    const whole = this.#inbox.take(part, (view.flags & Flag.cont) !== 0);
    if (whole) this.#events.onControl(whole);
  }

  #onGoaway(message: Uint8Array, view: FrameView): void {
    const { last, reason } = readGoaway(message.subarray(view.start, view.end));
    this.peerDraining = true;
    for (const stream of this.streams.values()) {
      if (this.#table.isPeers(stream.id) || stream.id <= last) continue;
      this.#remove(stream);
      stream.handler.onReset(ResetCode.refused, false);
    }
    this.#events.onGoaway(reason);
  }

  /** Ends a stream that the peer has no more. */
  dropStream(stream: Stream, code: ResetCode): void {
    this.#remove(stream);
    stream.handler.onReset(code, true);
    this.#maybeDrained();
  }

  #breach(stream: Stream): void {
    this.outbox.control(FrameType.reset, 0, stream.id, new Uint8Array([ResetCode.protocol]));
    this.dropStream(stream, ResetCode.protocol);
  }

  #remove(stream: Stream): void {
    this.#table.remove(stream);
    const held = stream.discard();
    if (held > 0) this.consumed(held);
  }

  #maybeDrained(): void {
    if (this.draining && this.streams.size === 0) this.close(CloseCode.goingAway, 'drained');
  }
}
