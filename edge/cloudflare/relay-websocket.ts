/**
 * A viewer's WebSocket inside the object of its cluster. It is accepted only after the app has
 * accepted it, and may sleep: stream and label are in its attachment.
 */
import { fromUtf8, utf8 } from '#protocol/bytes.ts';
import { Flag, ResetCode } from '#protocol/frame.ts';
import { fieldOf } from '#protocol/head.ts';
import { maxHeadBytes, maxWebSocketMessageBytes } from '#protocol/limits.ts';
import { renderPage } from '#protocol/pages.ts';
import { StreamKind, type Stream } from '#protocol/stream.ts';
import { closeAs, closePayload } from '#protocol/websocket-close.ts';
import { forbiddenCloseCode, type Passage, type Served } from '../relay/passage.ts';
import { isWebSocketField, ofHandshake } from '../relay/websocket-fields.ts';
import { requestHead, type Arrival } from '../relay/request-head.ts';
import { errorOfReset } from '../relay/reset-code.ts';
import { responseHead, type Answer } from '../relay/response-head.ts';
import { headersOf, initOf, pageResponse } from './answer.ts';

/** Gives the accepted socket to the object, so that it may sleep. */
export type AcceptViewer = (webSocket: WebSocket, relay: WebSocketRelay) => void;

/** Bytes that wait for a viewer who does not read; workerd holds them, up to this. */
const maxViewerQueueBytes = 1024 * 1024;
const lookAgainMs = 20;
/** Less than the 10 s after which an object without events falls asleep. */
const stayAwakeMs = 5_000;

export class WebSocketRelay implements Served {
  readonly passage: Passage;
  stream: Stream | undefined;
  webSocket: WebSocket | undefined;
  #resolve: (response: Response) => void = () => {};
  #accept: AcceptViewer = () => {};
  #arrival: Arrival | undefined;
  #writer: WritableStreamDefaultWriter<Uint8Array> | undefined;
  #over = false;
  /** Parts of a message that is not complete: workerd sends whole messages only. */
  #parts: Uint8Array[] = [];
  #partBytes = 0;
  /** Credit kept back while the viewer does not read. */
  #owed = 0;
  /** Cleared as soon as it is not needed: it puts sleep off. */
  #awake: number | null = null;

  constructor(passage: Passage) {
    this.passage = passage;
  }

  /** Opens the stream; resolves with what the app answered. */
  open(arrival: Arrival, accept: AcceptViewer, signal: AbortSignal): Promise<Response> {
    const { session, label } = this.passage;
    this.#accept = accept;
    this.#arrival = arrival;
    return new Promise((resolve) => {
      this.#resolve = resolve;
      signal.addEventListener('abort', () => this.#abandon());
      try {
        const head = requestHead(arrival).filter(isWebSocketField);
        this.stream = session.open(StreamKind.ws, label, head, false, this);
      } catch (error) {
        if (!(error instanceof RangeError)) throw error;
        this.#page('BW-1006');
      }
    });
  }

  /** After a sleep. */
  resume(webSocket: WebSocket, id: number): void {
    const { session, label } = this.passage;
    this.webSocket = webSocket;
    this.stream = session.adopt(id, StreamKind.ws, label, this);
  }

  onHead(head: string[], fin: boolean): void {
    if (this.#over || this.webSocket || this.#writer) return;
    const answer = responseHead(head, this.passage);
    if (answer.status === 101) return this.#open(answer);
    if (answer.status < 200) return;
    if (fin) return this.#settle(new Response(null, initOf(answer)));
    const { readable, writable } = new IdentityTransformStream();
    this.#writer = writable.getWriter();
    this.#resolve(new Response(readable, initOf(answer)));
  }

  onData(bytes: Uint8Array, flags: number, fin: boolean): void {
    const { length } = bytes;
    if (this.#over) return this.stream?.consumed(length);
    if (this.passage.sent?.(length) && !fin) {
      this.stream?.reset(ResetCode.cancel);
      return this.#withdraw('the day’s traffic is used up');
    }
    const writer = this.#writer;
    if (writer) {
      writer.write(bytes).then(
        () => this.stream?.consumed(length),
        () => this.#abandon(),
      );
      if (fin) this.#endPlain();
      return;
    }
    const { webSocket } = this;
    if (!webSocket) return this.stream?.reset(ResetCode.protocol);
    if (flags & Flag.close) {
      this.#over = true;
      this.stream?.consumed(length);
      return closeAs(webSocket, bytes, 'invalid close code from upstream');
    }
    this.#owed += length;
    this.#parts.push(bytes);
    this.#partBytes += length;
    if (this.#partBytes > maxWebSocketMessageBytes) {
      this.#over = true;
      this.stream?.reset(ResetCode.limit);
      return webSocket.close(1009, 'the message is too large');
    }
    if (flags & Flag.cont) {
      this.#give();
      this.#stayAwake();
    } else this.#sendMessage(webSocket, (flags & Flag.text) !== 0);
    if (fin) webSocket.close(1011, 'the app broke off');
  }

  onReset(code: ResetCode): void {
    if (this.#over) return;
    this.#over = true;
    if (this.webSocket) {
      // 1012: service restart; 1014: bad gateway (IANA WebSocket close codes).
      const gone = code === ResetCode.connectorGone;
      this.webSocket.close(gone ? 1012 : 1014, 'the cluster broke off');
    } else if (this.#writer) this.#writer.abort(new Error('the cluster broke off')).catch(() => {});
    else this.#page(errorOfReset(code));
  }

  withdraw(): void {
    this.#withdraw('access has ended');
  }

  #withdraw(reason: string): void {
    if (this.#over) return;
    if (!this.webSocket && !this.#writer) return this.#page('BW-1001');
    this.#over = true;
    this.webSocket?.close(forbiddenCloseCode, reason);
    this.#writer?.abort(new Error(reason)).catch(() => {});
  }

  /** A message of the viewer. workerd cannot be told to wait: beyond the limit the viewer is closed. */
  receive(message: string | ArrayBuffer): void {
    const { stream } = this;
    if (this.#over || !stream) return;
    const text = typeof message === 'string';
    const bytes = text ? utf8(message) : new Uint8Array(message);
    if (bytes.length > maxWebSocketMessageBytes) {
      return this.#refuse(1009, 'the message is too large');
    }
    stream.write(bytes, text ? Flag.text : 0);
    if (stream.queuedBytes > maxWebSocketMessageBytes) {
      this.#refuse(1013, 'the app does not keep up');
    }
  }

  /** The viewer has closed or answered our close: with a code, without (1005), or gone (1006). */
  closed(code: number, reason: string): void {
    this.#over = true;
    if (code === 1006) this.stream?.reset(ResetCode.cancel);
    else this.stream?.write(closePayload(code, reason), Flag.close | Flag.fin);
  }

  #open({ fields }: Answer): void {
    const [client, server] = Object.values(new WebSocketPair()) as [WebSocket, WebSocket];
    this.webSocket = server;
    this.#accept(server, this);
    const headers = headersOf(fields.filter(ofHandshake));
    const protocol = fieldOf(fields, 'sec-websocket-protocol');
    if (protocol !== undefined) headers.push(['sec-websocket-protocol', protocol]);
    this.#resolve(new Response(null, { status: 101, webSocket: client, headers }));
  }

  /** Half a message is in memory alone: the object must not sleep before the rest has come. */
  #stayAwake(): void {
    this.#awake ??= setTimeout(() => {
      this.#awake = null;
      if (this.#parts.length > 0 && !this.#over) this.#stayAwake();
    }, stayAwakeMs);
  }

  #sendMessage(webSocket: WebSocket, text: boolean): void {
    const [first = new Uint8Array(0)] = this.#parts;
    const whole = this.#parts.length > 1 ? new Uint8Array(this.#partBytes) : first;
    let at = 0;
    if (this.#parts.length > 1) {
      for (const part of this.#parts) {
        whole.set(part, at);
        at += part.length;
      }
    }
    this.#parts = [];
    this.#partBytes = 0;
    clearTimeout(this.#awake);
    this.#awake = null;
    try {
      webSocket.send(text ? fromUtf8(whole) : whole);
    } catch {
      return this.#abandon();
    }
    this.#give();
  }

  /** Credit goes back at once, or when a viewer who does not read has caught up. */
  #give(): void {
    const queued = (this.webSocket as { bufferedAmount?: number } | undefined)?.bufferedAmount ?? 0;
    if (queued > maxViewerQueueBytes && !this.#over) {
      setTimeout(() => this.#give(), lookAgainMs);
      return;
    }
    const bytes = this.#owed;
    this.#owed = 0;
    if (bytes > 0) this.stream?.consumed(bytes);
  }

  #refuse(code: number, reason: string): void {
    this.#over = true;
    this.stream?.reset(ResetCode.limit);
    this.webSocket?.close(code, reason);
  }

  #endPlain(): void {
    this.#over = true;
    this.#writer?.close().catch(() => {});
    if (!this.stream?.finished) this.stream?.reset(ResetCode.cancel);
  }

  #settle(response: Response): void {
    this.#over = true;
    this.#resolve(response);
    this.stream?.reset(ResetCode.cancel);
  }

  #abandon(): void {
    if (this.#over) return;
    this.#over = true;
    this.stream?.reset(ResetCode.cancel);
  }

  #page(code: Parameters<typeof renderPage>[0]): void {
    this.#over = true;
    const accept = fieldOf(this.#arrival?.fields ?? [], 'accept');
    this.#resolve(pageResponse(renderPage(code, { limit: maxHeadBytes }, accept)));
  }
}
