/** One WebSocket from the tunnel to the ingress: messages, close codes, refusals. */
import type { ClientRequest, IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import { WebSocket } from 'ws';
import type { InterceptHeader, Route } from '#protocol/control.ts';
import type { ErrorCode } from '#protocol/errors.ts';
import { Flag, ResetCode } from '#protocol/frame.ts';
import { encodeRequestHead } from '#protocol/http1/write.ts';
import { maxHeadBytes, maxWebSocketMessageBytes } from '#protocol/limits.ts';
import type { Stream, StreamHandler } from '#protocol/stream.ts';
import { closeAs, closePayload } from '#protocol/websocket-close.ts';
import { answerWithPage } from './answer.ts';
import { DialError, type IngressPool } from './ingress-pool.ts';
import { ingressRequest, type IngressRequest } from './request-head.ts';
import { viewerHead } from './response-head.ts';

const tooLarge = { code: 1009, reason: 'message too large' } as const;

export class WebSocketForward implements StreamHandler {
  readonly #stream: Stream;
  readonly #route: Route;
  readonly #request: IngressRequest;
  readonly #pool: IngressPool;
  readonly #headTimeoutMs: number;
  #webSocket: WebSocket | undefined;
  /** The app's refusal. */
  #response: IncomingMessage | undefined;
  /** A head, or a page, has gone to the viewer. */
  #answered = false;
  /** With status 101: messages may follow. */
  #opened = false;
  #over = false;
  #timer: NodeJS.Timeout | undefined;
  /** Of the viewer's message that is under way. */
  #messageBytes = 0;

  /** @throws RangeError when the handshake cannot be written as HTTP/1.1 */
  constructor(
    stream: Stream,
    head: readonly string[],
    route: Route,
    headers: readonly InterceptHeader[],
    pool: IngressPool,
    headTimeoutMs: number,
  ) {
    this.#stream = stream;
    this.#route = route;
    this.#pool = pool;
    this.#headTimeoutMs = headTimeoutMs;
    this.#request = ingressRequest(head, route.ingress.l5, headers);
    // Node's client checks less than this, and throws where nobody listens.
    encodeRequestHead(this.#request.method, this.#request.target, this.#request.fields);
  }

  start(): void {
    void this.#dial();
  }

  async #dial(): Promise<void> {
    let socket: Socket;
    try {
      socket = await this.#pool.socket(this.#route.ingress);
    } catch (error) {
      if (!(error instanceof DialError)) throw error;
      if (!this.#over) this.#answerWithPage(error.code, error.parameters);
      return;
    }
    if (this.#over) return void socket.destroy();
    this.#connect(socket);
  }

  onHead(): void {}

  onData(bytes: Uint8Array, flags: number, fin: boolean): void {
    const { length } = bytes;
    const webSocket = this.#webSocket;
    if (this.#over || webSocket?.readyState !== WebSocket.OPEN)
      return this.#stream.consumed(length);
    if (flags & Flag.close) {
      this.#over = true;
      this.#stream.consumed(length);
      return closeAs(webSocket, bytes);
    }
    this.#messageBytes += length;
    if (this.#messageBytes > maxWebSocketMessageBytes) {
      this.#over = true;
      this.#stream.consumed(length);
      this.#stream.write(closePayload(tooLarge.code, tooLarge.reason), Flag.close | Flag.fin);
      return webSocket.close(tooLarge.code, tooLarge.reason);
    }
    const last = !(flags & Flag.cont);
    if (last) this.#messageBytes = 0;
    // A direction that ends without a close frame is a connection that broke.
    if (fin && length === 0) return webSocket.terminate();
    webSocket.send(bytes, { binary: !(flags & Flag.text), fin: last }, () =>
      this.#stream.consumed(length),
    );
    if (fin) webSocket.terminate();
  }

  onWritable(): void {
    this.#webSocket?.resume();
    this.#response?.resume();
  }

  onReset(): void {
    this.#over = true;
    clearTimeout(this.#timer);
    this.#webSocket?.terminate();
  }

  #connect(socket: Socket): void {
    const stream = this.#stream;
    const webSocket = new WebSocket('ws://ingress.invalid/', {
      perMessageDeflate: false,
      maxPayload: maxWebSocketMessageBytes,
      maxHeaderSize: maxHeadBytes,
      createConnection: () => socket,
      finishRequest: (request: ClientRequest) => writeHandshake(request, this.#request),
    } as ConstructorParameters<typeof WebSocket>[2]);
    this.#webSocket = webSocket;
    // The `handshakeTimeout` of `ws` is for sockets that it opens itself.
    if (this.#headTimeoutMs > 0)
      this.#timer = setTimeout(() => this.#timedOut(), this.#headTimeoutMs);
    let failed: { code: number; reason: string } | undefined;
    webSocket.on('upgrade', (response) => {
      this.#opened = this.#relayHead(101, 'Switching Protocols', response.rawHeaders);
      // The viewer compares it with what it offered; here anything the app chooses is right.
      delete response.headers['sec-websocket-protocol'];
    });
    webSocket.on('unexpected-response', (_request, response) => this.#relayRefusal(response));
    webSocket.on('message', (data: Buffer, isBinary: boolean) => {
      if (!stream.write(data, isBinary ? 0 : Flag.text)) webSocket.pause();
    });
    webSocket.on('error', (error: Error & { code?: string }) => {
      if (error.code === 'WS_ERR_UNSUPPORTED_MESSAGE_LENGTH') failed = tooLarge;
      if (this.#answered || this.#over) return;
      this.#fail('BW-3006', { reason: error.message });
    });
    webSocket.on('close', (code, reason) => {
      if (!this.#opened || stream.localEnded) return;
      if (failed) stream.write(closePayload(failed.code, failed.reason), Flag.close | Flag.fin);
      else if (code === 1006) stream.reset(ResetCode.originReset);
      else stream.write(closePayload(code, reason.toString()), Flag.close | Flag.fin);
    });
  }

  /** The app said no: its answer is the viewer's. */
  #relayRefusal(response: IncomingMessage): void {
    const stream = this.#stream;
    this.#response = response;
    const { statusCode = 502, statusMessage = '', rawHeaders } = response;
    response.on('error', () => stream.reset(ResetCode.originReset));
    if (!this.#relayHead(statusCode, statusMessage, rawHeaders)) return;
    response.on('data', (bytes: Buffer) => {
      if (!stream.write(bytes)) response.pause();
    });
    response.on('end', () => stream.end());
  }

  /** False: the head is larger than the tunnel carries; the viewer got a page. */
  #relayHead(status: number, reason: string, rawHeaders: string[]): boolean {
    try {
      this.#stream.head(viewerHead(status, reason, rawHeaders, this.#route), false);
      this.#answered = true;
      clearTimeout(this.#timer);
      return true;
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      this.#fail('BW-3006', { reason: 'the head of its answer is too large' });
      this.#webSocket?.terminate();
      return false;
    }
  }

  #timedOut(): void {
    const seconds = this.#headTimeoutMs / 1000;
    this.#fail('BW-3005', { what: 'answer', seconds });
    this.#webSocket?.terminate();
  }

  #fail(code: ErrorCode, parameters: Record<string, string | number>): void {
    const { host, port } = this.#route.ingress;
    this.#answerWithPage(code, { address: `${host}:${port}`, ...parameters });
  }

  #answerWithPage(code: ErrorCode, parameters: Record<string, string | number>): void {
    this.#answered = true;
    clearTimeout(this.#timer);
    answerWithPage(this.#stream, code, parameters, this.#request.accept);
  }
}

/** `ws` makes its own key and version, and offers no extensions; everything else goes as it came. */
function writeHandshake(request: ClientRequest, { target, fields }: IngressRequest): void {
  // A URL would have normalised it.
  request.path = target;
  request.removeHeader('Host');
  for (let index = 0; index < fields.length; index += 2) {
    const name = fields[index] ?? '';
    if (!/^(?:connection$|sec-websocket-(?!protocol$))/i.test(name))
      request.appendHeader(name, fields[index + 1] ?? '');
  }
  request.end();
}
