/** One HTTP/2 stream of a viewer. Raw header arrays both ways; no compatibility layer. */
import type { ServerHttp2Stream } from 'node:http2';
import { ResetCode } from '#protocol/frame.ts';
import { renderPage, type Page } from '#protocol/pages.ts';
import { maxHeadBytes } from '#protocol/limits.ts';
import { StreamKind, type Stream } from '#protocol/stream.ts';
import { bannerTail } from '../banner/tail.ts';
import type { Passage, Served } from '../relay/passage.ts';
import { requestHead, requestTrailers, type Arrival } from '../relay/request-head.ts';
import { errorOfReset } from '../relay/reset-code.ts';
import { responseHead } from '../relay/response-head.ts';

export class Http2Relay implements Served {
  readonly passage: Passage;
  readonly #http2: ServerHttp2Stream;
  readonly #accept: string | undefined;
  #stream: Stream | undefined;
  #answered = false;
  #over = false;
  #held = 0;
  #trailers: string[] = [];
  /** Comes after the app's body. */
  #tail: Uint8Array | undefined;

  constructor(http2: ServerHttp2Stream, accept: string | undefined, passage: Passage) {
    this.passage = passage;
    this.#http2 = http2;
    this.#accept = accept;
    http2.on('error', () => {});
  }

  start(arrival: Arrival, hasBody: boolean): void {
    const http2 = this.#http2;
    const { session, label } = this.passage;
    // While the gate asked around, the viewer may have gone.
    if (http2.destroyed) return;
    let stream: Stream;
    try {
      stream = session.open(StreamKind.http, label, requestHead(arrival), !hasBody, this);
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      this.#over = true;
      return sendHttp2Page(http2, renderPage('BW-1006', { limit: maxHeadBytes }, this.#accept));
    }
    this.#stream = stream;
    http2.on('close', () => {
      this.#over = true;
      this.#give();
      if (!stream.finished) stream.reset(ResetCode.cancel);
    });
    http2.on('drain', () => this.#give());
    http2.on('wantTrailers', () => http2.sendTrailers(objectOf(this.#trailers)));
    if (!hasBody) return;
    let trailers: string[] = [];
    http2.on(
      'trailers',
      (_headers: object, _flags: number, raw?: string[]) => (trailers = requestTrailers(raw ?? [])),
    );
    http2.on('data', (chunk: Buffer) => {
      if (!stream.write(chunk)) http2.pause();
    });
    http2.on('end', () => {
      // A request that was cut ends as well (nghttp2 tells by the code of its reset).
      if (http2.aborted) return;
      if (trailers.length > 0) stream.head(trailers, true);
      else stream.end();
    });
  }

  onHead(head: string[], fin: boolean): void {
    if (this.#over) return;
    if (this.#answered) {
      this.#trailers = lowerNames(head);
      this.#http2.end(this.#tail);
      return;
    }
    const answer = responseHead(head, this.passage);
    const { status, fields } = answer;
    if (!fin && status >= 200) this.#tail = bannerTail(this.passage.banner, answer);
    const raw = [':status', String(status), ...lowerNames(fields)];
    if (status < 200) {
      if (status !== 101) this.#http2.additionalHeaders(objectOf(raw));
      return;
    }
    this.#answered = true;
    this.#http2.respond(
      raw as never,
      { sendDate: false, endStream: fin, waitForTrailers: !fin } as never,
    );
  }

  onData(bytes: Uint8Array, _flags: number, fin: boolean): void {
    if (this.#over) return;
    if (this.passage.sent?.(bytes.length) && !fin) {
      this.#stream?.reset(ResetCode.cancel);
      return this.onReset(ResetCode.cancel);
    }
    if (bytes.length > 0) {
      this.#held += bytes.length;
      if (this.#http2.write(bytes)) this.#give();
    }
    if (fin) this.#http2.end(this.#tail);
  }

  onWritable(): void {
    this.#http2.resume();
  }

  onReset(code: ResetCode): void {
    if (this.#over) return;
    this.#over = true;
    // Without an error the viewer would take what it has for the whole.
    if (this.#answered) this.#http2.destroy(new Error('the cluster broke off'));
    else sendHttp2Page(this.#http2, renderPage(errorOfReset(code), {}, this.#accept));
  }

  withdraw(): void {
    if (this.#over) return;
    this.#over = true;
    if (this.#answered) this.#http2.destroy(new Error('access has ended'));
    else sendHttp2Page(this.#http2, renderPage('BW-1001', {}, this.#accept));
  }

  #give(): void {
    const bytes = this.#held;
    this.#held = 0;
    if (bytes > 0) this.#stream?.consumed(bytes);
  }
}

export function sendHttp2Page(http2: ServerHttp2Stream, { status, fields, body }: Page): void {
  if (http2.destroyed || http2.headersSent) return;
  http2.respond([':status', String(status), ...lowerNames(fields)] as never);
  http2.end(body);
}

/** For those calls of `node:http2` that take no raw list; duplicates become a list of values. */
function objectOf(fields: readonly string[]): Record<string, string | string[]> {
  const all: Record<string, string | string[]> = {};
  for (let index = 0; index < fields.length; index += 2) {
    const name = fields[index] ?? '';
    const value = fields[index + 1] ?? '';
    const before = all[name];
    all[name] = before === undefined ? value : [before, value].flat();
  }
  return all;
}

/** HTTP/2 names are lower case (RFC 9113 §8.2). */
function lowerNames(fields: readonly string[]): string[] {
  return fields.map((text, index) => (index % 2 === 0 ? text.toLowerCase() : text));
}
