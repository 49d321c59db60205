/** A connection to a laptop's local process: a `tcp` stream of the tunnel to the connector. */
import type { InterceptSpec } from '#protocol/control.ts';
import { ResetCode } from '#protocol/frame.ts';
import type { Stream, StreamHandler } from '#protocol/stream.ts';
import type { Failure, Upstream, UpstreamEvents } from './upstream.ts';

/** Opens a stream with this handler; undefined: there is no way to laptops at the moment. */
export type OpenStream = (handler: StreamHandler) => Stream | undefined;

/** A laptop's process that is told of the end answers with its own, or is cut after this. */
const closeGraceMs = 2_000;

export class LaptopUpstream implements Upstream {
  readonly intercept: InterceptSpec;
  reused = false;
  readonly #stream: Stream | undefined;
  #paused = false;
  #over = false;
  /** Bytes received and not given back as credit. */
  #heldBytes = 0;

  /** When there is no way to the laptop, `onBroken('away')` comes in the next turn. */
  constructor(intercept: InterceptSpec, open: OpenStream, events: UpstreamEvents) {
    this.intercept = intercept;
    this.#stream = open({
      onHead: (_head, fin) => {
        if (fin && !this.#over) events.onEnd();
      },
      onData: (bytes, _flags, fin) => {
        this.#heldBytes += bytes.length;
        if (bytes.length > 0 && !this.#over) {
          events.onData(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length));
        }
        if (!this.#paused || this.#over) this.#give();
        if (fin && !this.#over) events.onEnd();
      },
      onWritable: () => {
        if (!this.#over) events.onDrain();
      },
      onReset: (code) => {
        if (!this.#over) events.onBroken(failureOf(code));
      },
    });
    if (this.#stream) return;
    queueMicrotask(() => {
      if (!this.#over) events.onBroken('away');
    });
  }

  write(bytes: Buffer): boolean {
    return this.#stream?.write(bytes) ?? true;
  }

  end(): void {
    this.#stream?.end();
  }

  pause(): void {
    this.#paused = true;
  }

  resume(): void {
    this.#paused = false;
    this.#give();
  }

  close(): void {
    this.#over = true;
    const stream = this.#stream;
    if (!stream || isDone(stream)) return this.#give();
    this.#give();
    stream.end();
    setTimeout(() => {
      if (!isDone(stream)) stream.reset(ResetCode.cancel);
    }, closeGraceMs).unref();
  }

  destroy(): void {
    this.#over = true;
    this.#give();
    if (this.#stream && !isDone(this.#stream)) this.#stream.reset(ResetCode.cancel);
  }

  #give(): void {
    const bytes = this.#heldBytes;
    this.#heldBytes = 0;
    if (bytes > 0) this.#stream?.consumed(bytes);
  }
}

/** Nothing is left to be said; what is queued goes out by itself. */
function isDone(stream: Stream): boolean {
  return stream.closed || (stream.localEnded && stream.remoteEnded);
}

function failureOf(code: ResetCode): Failure {
  switch (code) {
    case ResetCode.dialRefused:
    case ResetCode.dialTimeout:
      return 'refused';
    case ResetCode.interceptGone:
    case ResetCode.connectorGone:
    case ResetCode.refused:
      return 'away';
    default:
      return 'broken';
  }
}
