/** One HTTP/1.1 request of a viewer, from `node:http`, through the tunnel and back. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import { fieldOf } from '#protocol/head.ts';
import { ResetCode } from '#protocol/frame.ts';
import { maxHeadBytes } from '#protocol/limits.ts';
import { renderPage, type Page } from '#protocol/pages.ts';
import { StreamKind, type Stream } from '#protocol/stream.ts';
import { bannerTail } from '../banner/tail.ts';
import type { Passage, Served } from '../relay/passage.ts';
import { requestHead, requestTrailers } from '../relay/request-head.ts';
import { errorOfReset } from '../relay/reset-code.ts';
import { responseHead } from '../relay/response-head.ts';

const nothing = Buffer.alloc(0);

export function sendPage(response: ServerResponse, { status, reason, fields, body }: Page): void {
  response.writeHead(status, reason, fields);
  response.end(body);
}

/** Ends a connection so that what has come does not look whole. */
export function breakOff(socket: Socket): void {
  // Node resets bare TCP alone and throws for TLS, which ends without its close_notify (RFC 8446 §6.1).
  if (socket instanceof TLSSocket) socket.destroy();
  else socket.resetAndDestroy();
}

/** Where a request came from: an IP address; '' when it has gone. */
export function addressOf({ socket }: IncomingMessage): string {
  return (socket.remoteAddress ?? '').replace(/^::ffff:/, '');
}

export function arrivalOf(request: IncomingMessage, host: string) {
  const socket = request.socket as Socket & { encrypted?: boolean };
  return {
    method: request.method ?? 'GET',
    target: request.url ?? '/',
    fields: request.rawHeaders,
    address: addressOf(request),
    scheme: socket.encrypted ? ('https' as const) : ('http' as const),
    host,
    port: socket.localPort ?? 0,
  };
}

export class HttpRelay implements Served {
  readonly passage: Passage;
  readonly #request: IncomingMessage;
  readonly #response: ServerResponse;
  #stream: Stream | undefined;
  #hasBody: boolean;
  #uploaded: boolean;
  #answered = false;
  #over = false;
  #waitsForDrain = false;
  #held = 0;
  /** Comes after the app's body. */
  #tail: Uint8Array | undefined;

  constructor(request: IncomingMessage, response: ServerResponse, passage: Passage) {
    this.passage = passage;
    this.#request = request;
    this.#response = response;
    const { headers } = request;
    this.#hasBody =
      headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;
    this.#uploaded = !this.#hasBody;
  }

  start(host: string): void {
    const response = this.#response;
    const { session, label } = this.passage;
    // While the gate asked around, the viewer may have gone.
    if (response.destroyed) return;
    response.sendDate = false;
    // Of all events only this one tells for certain that the viewer went away.
    response.on('close', () => {
      if (!response.writableFinished) this.#abandon();
    });
    let stream: Stream;
    try {
      const head = requestHead(arrivalOf(this.#request, host));
      stream = session.open(StreamKind.http, label, head, !this.#hasBody, this);
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      this.#over = true;
      return this.#page('BW-1006');
    }
    this.#stream = stream;
    if (this.#hasBody) this.#upload(stream);
  }

  onHead(head: string[], fin: boolean): void {
    if (this.#over) return;
    if (this.#answered) return this.#trailers(head);
    const answer = responseHead(head, this.passage);
    const { status, reason, fields } = answer;
    if (status < 200) return this.#interim(status, fields);
    if (!fin) this.#tail = bannerTail(this.passage.banner, answer);
    this.#answered = true;
    // What is still to be uploaded is not read any more: the connection cannot be used again.
    if (!this.#uploaded && fin) fields.push('Connection', 'close');
    try {
      this.#response.writeHead(status, reason, fields);
    } catch {
      this.#stream?.reset(ResetCode.protocol);
      this.#over = true;
      return this.#page('BW-2003');
    }
    if (fin) this.#end(nothing);
    else process.nextTick(flushHead, this.#response);
  }

  onData(bytes: Uint8Array, _flags: number, fin: boolean): void {
    if (this.#over) return;
    if (this.passage.sent?.(bytes.length) && !fin) return this.#cutOff();
    if (fin) return this.#end(bytes);
    this.#held += bytes.length;
    if (this.#response.write(bytes)) this.#give();
    else if (!this.#waitsForDrain) {
      this.#waitsForDrain = true;
      this.#response.on('drain', () => this.#give());
    }
  }

  onWritable(): void {
    this.#request.resume();
  }

  onReset(code: ResetCode): void {
    if (this.#over) return;
    this.#over = true;
    this.#request.unpipe();
    if (!this.#answered) {
      this.#request.resume();
      return this.#page(errorOfReset(code));
    }
    this.#cut();
  }

  withdraw(): void {
    if (this.#over) return;
    this.#over = true;
    this.#request.unpipe();
    // What is still held here is not delivered either.
    if (this.#answered) return breakOff(this.#request.socket);
    this.#request.resume();
    this.#page('BW-1001');
  }

  #cutOff(): void {
    this.#over = true;
    this.#stream?.reset(ResetCode.cancel);
    this.#cut();
  }

  #cut(): void {
    const { socket } = this.#request;
    // A body that is delimited by the end of the connection must not end cleanly.
    if (this.#request.httpVersion === '1.0') breakOff(socket);
    else socket.destroySoon();
  }

  #upload(stream: Stream): void {
    const request = this.#request;
    request.on('data', (chunk: Buffer) => {
      if (!this.#over && !stream.write(chunk)) request.pause();
    });
    request.on('end', () => {
      this.#uploaded = true;
      const trailers = requestTrailers(request.rawTrailers);
      if (trailers.length > 0) stream.head(trailers, true);
      else stream.end();
    });
  }

  #interim(status: number, fields: string[]): void {
    if (this.#request.httpVersionMinor < 1 || status === 101) return;
    if (status === 100) return this.#response.writeContinue();
    this.#response.writeInformation(status, fields as never);
  }

  #trailers(head: string[]): void {
    const pairs: [string, string][] = [];
    for (let index = 0; index < head.length; index += 2) {
      pairs.push([head[index] ?? '', head[index + 1] ?? '']);
    }
    this.#response.addTrailers(pairs);
    this.#end(nothing);
  }

  #end(bytes: Uint8Array): void {
    this.#over = true;
    const response = this.#response;
    const stream = this.#stream;
    const tail = this.#tail;
    if (bytes.length > 0 || tail) {
      this.#held += bytes.length;
      if (tail) {
        response.write(bytes);
        response.end(tail);
      } else response.end(bytes);
      if (response.writableNeedDrain) response.on('finish', () => this.#give());
      else this.#give();
    } else {
      response.end();
      this.#give();
    }
    if (!this.#uploaded) stream?.reset(ResetCode.cancel);
  }

  #give(): void {
    const bytes = this.#held;
    this.#held = 0;
    if (bytes > 0) this.#stream?.consumed(bytes);
  }

  #abandon(): void {
    this.#over = true;
    this.#stream?.reset(ResetCode.cancel);
  }

  #page(code: Parameters<typeof renderPage>[0]): void {
    const accept = fieldOf(this.#request.rawHeaders, 'accept');
    const state = renderPage(code, { limit: maxHeadBytes }, accept);
    if (!this.#uploaded) state.fields.push('Connection', 'close');
    sendPage(this.#response, state);
  }
}

/** The head of a stream of events must not wait for its first event. */
function flushHead(response: ServerResponse): void {
  if (!response.headersSent || response.writableEnded || response.destroyed) return;
  response.write(nothing);
}
