/** One WebSocket from the tunnel to the ingress: messages, close codes, refusals. */
import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import { WebSocket } from 'ws';
import { fromUtf8, readU16, utf8, writeU16 } from '#protocol/bytes.ts';
import { Flag, ResetCode } from '#protocol/frame.ts';
import { maxWebSocketMessageBytes } from '#protocol/limits.ts';
import type { Stream, StreamHandler } from '#protocol/stream.ts';
import type { InterceptHeader, Route } from '#protocol/control.ts';
import { answerWithPage } from './forward-http.ts';
import { DialError, type IngressPool } from './ingress-pool.ts';
import { ingressRequest } from './request-head.ts';
import { viewerHead } from './response-head.ts';

export class WebSocketForward implements StreamHandler {
  readonly #stream: Stream;
  readonly #route: Route;
  #webSocket: WebSocket | undefined;
  #response: IncomingMessage | undefined;
  #over = false;

  constructor(stream: Stream, route: Route) {
    this.#stream = stream;
    this.#route = route;
  }

  async start(
    head: readonly string[],
    headers: readonly InterceptHeader[],
    pool: IngressPool,
  ): Promise<void> {
    const { ingress } = this.#route;
    const address = `${ingress.host}:${ingress.port}`;
    const request = ingressRequest(head, ingress.l5, headers);
    let socket: Socket;
    try {
      socket = await pool.socket(ingress);
    } catch (error) {
      if (!(error instanceof DialError)) throw error;
      if (!this.#over) answerWithPage(this.#stream, error.code, error.parameters, request.accept);
      return;
    }
    if (this.#over) return void socket.destroy();
    this.#connect(socket, request.target, request.fields, (reason) => {
      answerWithPage(this.#stream, 'BW-3006', { address, reason }, request.accept);
    });
  }

  onHead(): void {}

  onData(bytes: Uint8Array, flags: number, fin: boolean): void {
    const { length } = bytes;
    const webSocket = this.#webSocket;
    if (webSocket?.readyState !== WebSocket.OPEN) return this.#stream.consumed(length);
    if (flags & Flag.close) {
      this.#over = true;
      this.#stream.consumed(length);
      closeWith(webSocket, bytes);
    } else if (fin) webSocket.terminate();
    else {
      const options = { binary: !(flags & Flag.text), fin: !(flags & Flag.cont) };
      webSocket.send(bytes, options, () => this.#stream.consumed(length));
    }
  }

  onWritable(): void {
    this.#webSocket?.resume();
    this.#response?.resume();
  }

  onReset(): void {
    this.#over = true;
    this.#webSocket?.terminate();
  }

  #connect(socket: Socket, target: string, fields: string[], fail: (reason: string) => void): void {
    const stream = this.#stream;
    const { protocols, headers } = handshakeOf(fields);
    const webSocket = new WebSocket('ws://ingress.invalid/', protocols, {
      headers,
      perMessageDeflate: false,
      maxPayload: maxWebSocketMessageBytes,
      createConnection: () => socket,
      // The target goes out as it came; a URL would normalise it.
      finishRequest: (request: { path: string; end(): void }) => {
        request.path = target;
        request.end();
      },
    } as ConstructorParameters<typeof WebSocket>[2]);
    this.#webSocket = webSocket;
    let answered = false;
    webSocket.on('upgrade', (response) => {
      answered = true;
      stream.head(viewerHead(101, 'Switching Protocols', response.rawHeaders, this.#route), false);
    });
    webSocket.on('unexpected-response', (_request, response) => {
      answered = true;
      this.#relayRefusal(response);
    });
    webSocket.on('message', (data: Buffer, isBinary: boolean) => {
      if (!stream.write(data, isBinary ? 0 : Flag.text)) webSocket.pause();
    });
    webSocket.on('error', (error) => {
      if (!answered && !this.#over) fail(error.message);
      answered = true;
    });
    webSocket.on('close', (code, reason) => {
      if (this.#response) return;
      if (code === 1006) stream.reset(ResetCode.originReset);
      else stream.write(closePayload(code, reason), Flag.close | Flag.fin);
    });
  }

  /** The app said no: its answer is the viewer's. */
  #relayRefusal(response: IncomingMessage): void {
    const stream = this.#stream;
    this.#response = response;
    const { statusCode = 502, statusMessage = '', rawHeaders } = response;
    stream.head(viewerHead(statusCode, statusMessage, rawHeaders, this.#route), false);
    response.on('data', (bytes: Buffer) => {
      if (!stream.write(bytes)) response.pause();
    });
    response.on('end', () => stream.end());
    response.on('error', () => stream.reset(ResetCode.originReset));
  }
}

/** `ws` makes its own key and version; everything else goes as it came. */
function handshakeOf(fields: readonly string[]): {
  protocols: string[];
  headers: Record<string, string[]>;
} {
  const protocols: string[] = [];
  const headers: Record<string, string[]> = {};
  for (let index = 0; index < fields.length; index += 2) {
    const name = fields[index] ?? '';
    const value = fields[index + 1] ?? '';
    const lower = name.toLowerCase();
    if (lower === 'sec-websocket-protocol') {
      protocols.push(...value.split(',').map((each) => each.trim()));
    } else if (!lower.startsWith('sec-websocket-')) (headers[name] ??= []).push(value);
  }
  return { protocols, headers };
}

/** RFC 6455 §5.5.1; empty where no code was given (1005). */
function closePayload(code: number, reason: Buffer): Uint8Array {
  if (code === 1005) return new Uint8Array(0);
  const text = utf8(reason.toString());
  const payload = new Uint8Array(2 + text.length);
  writeU16(payload, 0, code);
  payload.set(text, 2);
  return payload;
}

function closeWith(webSocket: WebSocket, payload: Uint8Array): void {
  if (payload.length < 2) return webSocket.close();
  try {
    webSocket.close(readU16(payload, 0), fromUtf8(payload.subarray(2)));
  } catch {
    // A code that may not be sent (RFC 6455 §7.4.1).
    webSocket.close(1002);
  }
}
