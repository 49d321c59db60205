/**
 * A session on a hibernating WebSocket. Nothing here may keep the object awake: no keep-alive of our
 * own, the connector asks and workerd answers for us; `send` never waits, so what is queued is looked
 * at while there is something queued.
 */
import { CloseCode } from '#protocol/frame.ts';
import type { Hello } from '#protocol/hello.ts';
import { helloTimeoutMs, maxMessageBytes, maxSocketQueueBytes } from '#protocol/limits.ts';
import { resyncFeature, type Restored } from '#protocol/resync.ts';
import { Session } from '#protocol/session.ts';
import type { SessionEvents, Transport } from '#protocol/transport.ts';
import { attach, type TunnelAttachment } from './attachments.ts';

/** Ids are reserved in blocks: an attachment is not written for every stream. */
const idBlock = 2 * 4096;

const lookAgainMs = 2;

/** Less than the 10 s after which an object without events falls asleep. */
const stayAwakeMs = 5_000;

export class TunnelSocket {
  readonly webSocket: WebSocket;
  readonly session: Session;
  readonly #attachment: TunnelAttachment;
  #looking = false;
  #madeAt = Date.now();
  #awakeTimer: number | null = null;
  /** Cleared by HELLO: a timer keeps the object awake. */
  #helloTimer: number | null = null;

  constructor(
    webSocket: WebSocket,
    attachment: TunnelAttachment,
    hello: Hello,
    events: SessionEvents,
  ) {
    this.webSocket = webSocket;
    this.#attachment = attachment;
    const { peer, nextId } = attachment;
    const restored: Restored | undefined = peer && { peer, nextId };
    this.session = new Session(
      'accepted',
      hello,
      this.#transport(),
      {
        onOpen: (stream, head, fin) => events.onOpen(stream, head, fin),
        onControl: (message) => events.onControl(message),
        onGoaway: (reason) => events.onGoaway(reason),
        onClose: (code, reason) => events.onClose(code, reason),
        onHello: (theirs) => {
          clearTimeout(this.#helloTimer);
          // An attachment has 16 KiB; what the peer says about itself has been read by then.
          const features = theirs.features.filter((each) => each === resyncFeature);
          this.#attachment.peer = { ...theirs, about: {}, features };
          this.#save();
          events.onHello(theirs);
        },
      },
      restored,
    );
    this.#save();
    if (!restored) this.#helloTimer = setTimeout(() => this.#expectHello(), helloTimeoutMs);
  }

  receive(message: string | ArrayBuffer): void {
    if (typeof message === 'string') this.session.receiveText(message);
    else if (message.byteLength > maxMessageBytes) {
      this.session.close(CloseCode.protocol, `message of ${message.byteLength} bytes`);
    } else this.session.receive(new Uint8Array(message));
    if (!this.session.outbox.idle) this.session.flush();
  }

  /** To be called before a stream is opened. */
  reserve(): void {
    if (this.session.nextStreamId < this.#attachment.nextId) return;
    this.#save();
  }

  #save(): void {
    this.#attachment.nextId = Math.max(this.session.nextStreamId, this.#attachment.nextId);
    this.#attachment.nextId += idBlock;
    attach(this.webSocket, { kind: 'tunnel', ...this.#attachment });
  }

  #expectHello(): void {
    if (!this.session.peer) this.session.close(CloseCode.timeout, 'no HELLO');
  }

  #transport(): Transport {
    const { webSocket } = this;
    const queued = (): number => (webSocket as { bufferedAmount?: number }).bufferedAmount ?? 0;
    const send = (message: Uint8Array | string): void => {
      try {
        webSocket.send(message);
      } catch {
        // It is closed; its close event tells the session.
      }
    };
    return {
      // A message is the bytes at the time of the call (WHATWG WebSockets §3.1, `send()`).
      copies: true,
      get queuedBytes() {
        return queued();
      },
      send: (message) => {
        send(message);
        if (queued() >= maxSocketQueueBytes) this.#lookAgain();
      },
      sendText: send,
      close: (code, reason) => {
        try {
          webSocket.close(code, reason);
        } catch {
          // It is closed already.
        }
      },
      defer: (task) =>
        queueMicrotask(() => {
          task();
          this.#stayAwake();
        }),
      now: () => Date.now(),
      moved: () => {},
    };
  }

  /**
   * Bytes that wait for the peer's credit are in memory alone, and an answer to RESYNC is that to the
   * last question only: the object must not sleep before they are gone, and it has come.
   */
  #stayAwake(): void {
    const { session } = this;
    const waits = session.resync.pending || session.outbox.queuedBytes > 0;
    if (!waits || session.closed) {
      clearTimeout(this.#awakeTimer);
      this.#awakeTimer = null;
      return;
    }
    this.#awakeTimer ??= setTimeout(() => {
      this.#awakeTimer = null;
      if (session.resync.pending && Date.now() - this.#madeAt >= helloTimeoutMs) {
        session.close(CloseCode.timeout, 'no answer to RESYNC');
      }
      this.#stayAwake();
    }, stayAwakeMs);
  }

  /** There is no event when a socket has room again. */
  #lookAgain(): void {
    if (this.#looking) return;
    this.#looking = true;
    setTimeout(() => {
      this.#looking = false;
      if (this.session.closed) return;
      this.session.flush();
      if (!this.session.outbox.idle) this.#lookAgain();
    }, lookAgainMs);
  }
}
