/** One request of a viewer inside the object of its cluster: through the tunnel and back. */
import { ResetCode } from '#protocol/frame.ts';
import { fieldOf } from '#protocol/head.ts';
import { maxHeadBytes } from '#protocol/limits.ts';
import { renderPage } from '#protocol/pages.ts';
import { StreamKind, type Stream } from '#protocol/stream.ts';
import { bannerTail } from '../banner/tail.ts';
import type { Passage, Served } from '../relay/passage.ts';
import { requestHead, type Arrival } from '../relay/request-head.ts';
import { errorOfReset } from '../relay/reset-code.ts';
import { responseHead, type Answer } from '../relay/response-head.ts';
import { release } from './release.ts';
import { initOf, isBodiless, pageResponse } from './answer.ts';
import type { Waiting } from './departures.ts';
import { upload } from './upload.ts';

export class HttpRelay implements Served, Waiting {
  readonly passage: Passage;
  readonly response: Promise<Response>;
  readonly #request: Request;
  readonly #arrival: Arrival;
  #resolve!: (response: Response) => void;
  #stream: Stream | undefined;
  #answer: Answer | undefined;
  /** What came with the head; a short answer is complete in it. */
  #early: Uint8Array[] = [];
  #writer: WritableStreamDefaultWriter<Uint8Array> | undefined;
  #ended = false;
  /** Comes after the app's body. */
  #tail: Uint8Array | undefined;
  #over = false;
  #room = (): void => {};

  constructor(request: Request, arrival: Arrival, passage: Passage) {
    this.passage = passage;
    this.#request = request;
    this.#arrival = arrival;
    this.response = new Promise((resolve) => (this.#resolve = resolve));
  }

  start(): void {
    const { session, label } = this.passage;
    const { body } = this.#request;
    let stream: Stream;
    try {
      const head = requestHead(this.#arrival);
      stream = session.open(StreamKind.http, label, head, body === null, this);
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      return this.#page('BW-1006');
    }
    this.#stream = stream;
    if (body) {
      void upload(body, stream, () => new Promise((resolve) => (this.#room = resolve))).catch(() =>
        this.#abandon(),
      );
    }
  }

  get over(): boolean {
    return this.#over;
  }

  watch(): void {
    const { signal } = this.#request;
    if (signal.aborted) return this.#abandon();
    signal.addEventListener('abort', () => this.#abandon());
  }

  onHead(head: string[], fin: boolean): void {
    if (this.#over || this.#answer) {
      // Trailers end the body; workerd cannot send them.
      if (fin) this.#end();
      return;
    }
    const answer = responseHead(head, this.passage);
    // workerd has no interim answers.
    if (answer.status < 200) return;
    this.#answer = answer;
    if (!fin) this.#tail = bannerTail(this.passage.banner, answer);
    this.#ended = fin;
    // The frames of this message are all taken before this runs.
    queueMicrotask(() => this.#respond(answer));
  }

  onData(bytes: Uint8Array, _flags: number, fin: boolean): void {
    if (this.#over) return;
    if (this.passage.sent?.(bytes.length) && !fin) {
      this.#stream?.reset(ResetCode.cancel);
      return this.onReset(ResetCode.cancel);
    }
    if (!this.#writer) {
      if (bytes.length > 0) this.#early.push(bytes);
      if (fin) this.#ended = true;
      return;
    }
    if (bytes.length > 0) this.#write(bytes);
    if (fin) this.#end();
  }

  onWritable(): void {
    this.#room();
  }

  onReset(code: ResetCode): void {
    this.#room();
    if (this.#over) return;
    if (!this.#answer) return this.#page(errorOfReset(code));
    this.#over = true;
    if (!this.#writer) return;
    // The viewer must see a body that is cut, never a clean end.
    this.#writer.abort(new Error('the cluster broke off')).catch(() => {});
  }

  withdraw(): void {
    this.#room();
    if (this.#over) return;
    if (!this.#answer) return this.#page('BW-1001');
    this.#over = true;
    this.#writer?.abort(new Error('access has ended')).catch(() => {});
  }

  #respond(answer: Answer): void {
    const { status } = answer;
    const isHead = this.#request.method === 'HEAD';
    const early = this.#early;
    this.#early = [];
    if (this.#over) return this.#cut(answer);
    if (isHead || isBodiless(status)) {
      this.#settle(new Response(null, initOf(answer)), early);
      if (!this.#ended) this.#stream?.reset(ResetCode.cancel);
      return;
    }
    if (this.#ended) {
      const whole = this.#tail ? [...early, this.#tail] : early;
      this.#settle(new Response(joined(whole), initOf(answer)), early);
      if (!this.#stream?.finished) this.#stream?.reset(ResetCode.cancel);
      return;
    }
    const { readable, writer } = pipeOf(answer);
    this.#writer = writer;
    writer.closed.catch(() => this.#abandon());
    this.#resolve(new Response(readable, initOf(answer)));
    for (const bytes of early) this.#write(bytes);
  }

  /** Reset between head and body: the body ends with an error. */
  #cut(answer: Answer): void {
    const { readable, writer } = pipeOf(answer);
    this.#resolve(new Response(readable, initOf(answer)));
    writer.abort(new Error('the cluster broke off')).catch(() => {});
  }

  #settle(response: Response, taken: readonly Uint8Array[]): void {
    this.#over = true;
    this.#resolve(response);
    const bytes = taken.reduce((sum, each) => sum + each.length, 0);
    if (bytes > 0) this.#stream?.consumed(bytes);
  }

  /** Credit goes back once the viewer's side has taken the bytes: nothing else holds the app back. */
  #write(bytes: Uint8Array): void {
    const taken = (): void => {
      this.#stream?.consumed(bytes.length);
      release(bytes);
    };
    this.#writer?.write(bytes).then(taken, () => this.#abandon());
  }

  #end(): void {
    this.#ended = true;
    if (!this.#writer || this.#over) return;
    this.#over = true;
    if (this.#tail) this.#writer.write(this.#tail).catch(() => {});
    this.#writer.close().catch(() => {});
    if (!this.#stream?.finished) this.#stream?.reset(ResetCode.cancel);
  }

  #abandon(): void {
    this.#room();
    if (this.#over) return;
    this.#over = true;
    this.#stream?.reset(ResetCode.cancel);
    this.#writer?.abort(new Error('the viewer has gone')).catch(() => {});
  }

  #page(code: Parameters<typeof renderPage>[0]): void {
    this.#over = true;
    const accept = fieldOf(this.#arrival.fields, 'accept');
    this.#resolve(pageResponse(renderPage(code, { limit: maxHeadBytes }, accept)));
  }
}

/** A length that the app has named is kept; workerd writes any other stream in chunks. */
function pipeOf({ fields }: Answer): {
  readable: ReadableStream;
  writer: WritableStreamDefaultWriter<Uint8Array>;
} {
  const length = fieldOf(fields, 'content-length');
  const known = length !== undefined && /^\d{1,15}$/.test(length);
  const { readable, writable } = known
    ? new FixedLengthStream(Number(length))
    : new IdentityTransformStream();
  return { readable, writer: writable.getWriter() };
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  const [first = new Uint8Array(0)] = parts;
  if (parts.length < 2) return first;
  const whole = new Uint8Array(parts.reduce((sum, each) => sum + each.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
