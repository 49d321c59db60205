/** A laptop's upstream as a stream for `node:http2`. */
import { Duplex } from 'node:stream';
import type { Failure, Upstream, UpstreamEvents } from '../upstream.ts';

export class UpstreamDuplex extends Duplex {
  /** Why it broke off; undefined: it has not. */
  failure: Failure | undefined;
  readonly #upstream: Upstream;
  #written: (() => void) | undefined;

  constructor(connect: (events: UpstreamEvents) => Upstream) {
    super({ allowHalfOpen: false });
    this.#upstream = connect({
      onData: (bytes) => {
        if (!this.push(bytes)) this.#upstream.pause();
      },
      onDrain: () => {
        const written = this.#written;
        this.#written = undefined;
        written?.();
      },
      onEnd: () => void this.push(null),
      onBroken: (failure) => {
        this.failure = failure;
        this.destroy(new Error(`the laptop is ${failure}`));
      },
    });
  }

  override _read(): void {
    this.#upstream.resume();
  }

  override _write(bytes: Buffer, _encoding: string, done: () => void): void {
    if (this.#upstream.write(bytes)) done();
    else this.#written = done;
  }

  override _final(done: () => void): void {
    this.#upstream.end();
    done();
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    if (this.failure === undefined) {
      if (error) this.#upstream.destroy();
      else this.#upstream.close();
    }
    done(error);
  }
}
