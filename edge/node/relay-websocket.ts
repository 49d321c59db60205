/**
 * A viewer's WebSocket. It is accepted only after the app has accepted it; then messages go through
 * the tunnel in both directions, with their close codes. An app that refuses answers as to any
 * other request.
 */
import { ServerResponse, type IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import { WebSocketServer, type WebSocket } from 'ws';
import { Flag, ResetCode } from '#protocol/frame.ts';
import { fieldOf } from '#protocol/head.ts';
import { maxHeadBytes, maxMessageBytes, maxWebSocketMessageBytes } from '#protocol/limits.ts';
import { renderPage } from '#protocol/pages.ts';
import { StreamKind, type Stream } from '#protocol/stream.ts';
import { closeAs, closePayload } from '#protocol/websocket-close.ts';
import { forbiddenCloseCode, type Passage, type Served } from '../relay/passage.ts';
import { requestHead } from '../relay/request-head.ts';
import { errorOfReset } from '../relay/reset-code.ts';
import { responseHead, type Answer } from '../relay/response-head.ts';
import { isWebSocketField, ofHandshake } from '../relay/websocket-fields.ts';
import { arrivalOf, breakOff, sendPage } from './relay-http.ts';

const answers = new WeakMap<IncomingMessage, Answer>();

const server = new WebSocketServer({
  noServer: true,
  perMessageDeflate: false,
  maxPayload: maxWebSocketMessageBytes,
  handleProtocols: (_offered, request) =>
    fieldOf(answers.get(request)?.fields ?? [], 'sec-websocket-protocol') ?? false,
});
server.on('headers', (lines, request) => {
  const fields = answers.get(request)?.fields.filter(ofHandshake) ?? [];
  for (let index = 0; index < fields.length; index += 2) {
    lines.push(`${fields[index] ?? ''}: ${fields[index + 1] ?? ''}`);
  }
});

export class WebSocketRelay implements Served {
  readonly passage: Passage;
  readonly #request: IncomingMessage;
  readonly #socket: Socket;
  #early: Buffer;
  #stream: Stream | undefined;
  #webSocket: WebSocket | undefined;
  #plain: ServerResponse | undefined;
  #over = false;

  constructor(request: IncomingMessage, socket: Socket, early: Buffer, passage: Passage) {
    this.passage = passage;
    this.#request = request;
    this.#socket = socket;
    this.#early = early;
    socket.on('error', () => {});
    // Only a socket that is read tells that the viewer has gone.
    socket.on('data', this.#keep);
    socket.on('end', () => {
      if (!this.#webSocket && !this.#plain) socket.destroy();
    });
    socket.on('close', () => this.#abandon());
  }

  start(host: string): void {
    const { session, label } = this.passage;
    if (this.#socket.destroyed) return;
    try {
      const head = requestHead(arrivalOf(this.#request, host)).filter(isWebSocketField);
      this.#stream = session.open(StreamKind.ws, label, head, false, this);
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      this.#page('BW-1006');
    }
  }

  onHead(head: string[], fin: boolean): void {
    if (this.#over || this.#webSocket) return;
    const answer = responseHead(head, this.passage);
    if (answer.status === 101) {
      answers.set(this.#request, answer);
      this.#socket.off('data', this.#keep).pause();
      server.handleUpgrade(this.#request, this.#socket, this.#early, (webSocket) =>
        this.#open(webSocket),
      );
      this.#socket.resume();
      return;
    }
    if (answer.status < 200) return;
    this.#plain = plainResponse(this.#request, this.#socket);
    this.#plain.writeHead(answer.status, answer.reason, [...answer.fields, 'Connection', 'close']);
    if (fin) this.#endPlain(new Uint8Array(0));
  }

  onData(bytes: Uint8Array, flags: number, fin: boolean): void {
    const { length } = bytes;
    if (this.passage.sent?.(length) && !fin) {
      this.#stream?.reset(ResetCode.cancel);
      return this.#withdraw('the day’s traffic is used up');
    }
    if (this.#plain) {
      if (fin) return this.#endPlain(bytes);
      this.#plain.write(bytes, () => this.#stream?.consumed(length));
      return;
    }
    const webSocket = this.#webSocket;
    if (!webSocket) return this.#stream?.reset(ResetCode.protocol);
    if (flags & Flag.close) {
      this.#over = true;
      closeAs(webSocket, bytes, 'invalid close code from upstream');
      this.#stream?.consumed(length);
      return;
    }
    webSocket.send(bytes, { binary: !(flags & Flag.text), fin: !(flags & Flag.cont) }, () =>
      this.#stream?.consumed(length),
    );
    if (fin) webSocket.terminate();
  }

  onWritable(): void {
    this.#webSocket?.resume();
  }

  onReset(code: ResetCode): void {
    if (this.#over) return;
    this.#over = true;
    if (this.#webSocket) {
      // 1012: service restart; 1014: bad gateway (IANA WebSocket close codes).
      this.#webSocket.close(
        code === ResetCode.connectorGone ? 1012 : 1014,
        'the cluster broke off',
      );
    } else if (this.#plain) breakOff(this.#socket);
    else this.#page(errorOfReset(code));
  }

  withdraw(): void {
    this.#withdraw('access has ended');
  }

  #withdraw(reason: string): void {
    if (this.#over) return;
    this.#over = true;
    if (this.#webSocket) this.#webSocket.close(forbiddenCloseCode, reason);
    else if (this.#plain) breakOff(this.#socket);
    else this.#page('BW-1001');
  }

  #open(webSocket: WebSocket): void {
    this.#webSocket = webSocket;
    const stream = this.#stream;
    webSocket.on('message', (data: Buffer, isBinary: boolean) => {
      if (!stream?.write(data, isBinary ? 0 : Flag.text)) webSocket.pause();
    });
    webSocket.on('error', () => {});
    webSocket.on('close', (code, reason) => {
      this.#over = true;
      if (code === 1006) stream?.reset(ResetCode.cancel);
      else stream?.write(closePayload(code, reason.toString()), Flag.close | Flag.fin);
    });
  }

  #endPlain(bytes: Uint8Array): void {
    this.#over = true;
    this.#plain?.end(bytes);
    this.#stream?.consumed(bytes.length);
    this.#stream?.reset(ResetCode.cancel);
  }

  /** What the viewer sends before it is accepted: `ws` gets it then. */
  readonly #keep = (bytes: Buffer): void => {
    this.#early = Buffer.concat([this.#early, bytes]);
    if (this.#early.length > maxMessageBytes) this.#socket.pause();
  };

  #abandon(): void {
    if (this.#over || this.#webSocket) return;
    this.#over = true;
    this.#stream?.reset(ResetCode.cancel);
  }

  #page(code: Parameters<typeof renderPage>[0]): void {
    this.#over = true;
    const state = renderPage(
      code,
      { limit: maxHeadBytes },
      fieldOf(this.#request.rawHeaders, 'accept'),
    );
    state.fields.push('Connection', 'close');
    sendPage(plainResponse(this.#request, this.#socket), state);
  }
}

/** An ordinary answer on a socket that asked for an upgrade. */
export function plainResponse(request: IncomingMessage, socket: Socket): ServerResponse {
  const response = new ServerResponse(request);
  response.sendDate = false;
  response.shouldKeepAlive = false;
  response.assignSocket(socket);
  response.on('finish', () => socket.destroySoon());
  return response;
}

/** Whether a request asks for a WebSocket in the way of RFC 6455 §4.1. */
export function isWebSocket(request: IncomingMessage): boolean {
  return (
    request.method === 'GET' &&
    request.headers.upgrade?.toLowerCase() === 'websocket' &&
    request.headers['sec-websocket-version'] === '13' &&
    request.headers['sec-websocket-key'] !== undefined
  );
}
