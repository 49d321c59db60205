/** Follows a message body to its end while the bytes go by (RFC 9112 §6 and §7). */
import { Http1Error, findHeadEnd, maxHttp1HeadBytes, parseTrailers, type Framing } from './head.ts';

/** A chunk-size line with its extensions; Node refuses the same from 16 KiB on. */
const maxChunkLineBytes = 4096;

const State = {
  data: 0,
  size: 1,
  extension: 2,
  sizeEnd: 3,
  dataCr: 4,
  dataLf: 5,
  trailers: 6,
} as const;

export class BodyFollower {
  /** The whole body has gone by. Never for `until-close`. */
  done = true;
  /** Trailer fields, once done. */
  trailers: string[] = [];
  #chunked = false;
  #untilClose = false;
  #left = 0;
  #state: number = State.data;
  #digits = 0;
  #lineBytes = 0;
  #trailer: Uint8Array | undefined;

  start(framing: Framing): void {
    this.#chunked = framing === 'chunked';
    this.#untilClose = framing === 'until-close';
    this.#left = typeof framing === 'number' ? framing : 0;
    this.done = framing === 0;
    this.#state = State.size;
    this.#digits = 0;
    this.#lineBytes = 0;
    this.#trailer = undefined;
    if (this.trailers.length > 0) this.trailers = [];
  }

  /**
   * Takes `bytes[at, end)` and returns the index behind the last byte that belongs to the body.
   * `onData` gets the content without chunk framing. @throws Http1Error
   */
  follow(bytes: Uint8Array, at: number, end: number, onData?: (data: Uint8Array) => void): number {
    if (this.done) return at;
    if (this.#chunked) return this.#followChunks(bytes, at, end, onData);
    const take = this.#untilClose ? end - at : Math.min(this.#left, end - at);
    if (take > 0) onData?.(bytes.subarray(at, at + take));
    if (!this.#untilClose) {
      this.#left -= take;
      this.done = this.#left === 0;
    }
    return at + take;
  }

  #followChunks(
    bytes: Uint8Array,
    at: number,
    end: number,
    onData: ((data: Uint8Array) => void) | undefined,
  ): number {
    while (at < end && !this.done) {
      if (this.#state === State.data) {
        const take = Math.min(this.#left, end - at);
        onData?.(bytes.subarray(at, at + take));
        at += take;
        this.#left -= take;
        if (this.#left === 0) this.#state = State.dataCr;
      } else if (this.#state === State.trailers) {
        at = this.#followTrailers(bytes, at, end);
      } else {
        this.#line(bytes[at] ?? 0);
        at += 1;
      }
    }
    return at;
  }

  #line(byte: number): void {
    if (++this.#lineBytes > maxChunkLineBytes) throw new Http1Error('chunk line is too long');
    switch (this.#state) {
      case State.size: {
        const digit = hexDigit(byte);
        if (digit >= 0) {
          // 12 digits stay exact in a double.
          if (++this.#digits > 12) throw new Http1Error('chunk size is too large');
          this.#left = this.#left * 16 + digit;
        } else if (this.#digits === 0) throw new Http1Error('malformed chunk size');
        else if (byte === 13) this.#state = State.sizeEnd;
        else if (byte === 59) this.#state = State.extension;
        else throw new Http1Error('malformed chunk size');
        return;
      }
      case State.extension:
        if (byte === 13) this.#state = State.sizeEnd;
        else if ((byte < 32 && byte !== 9) || byte === 127)
          throw new Http1Error('malformed chunk extension');
        return;
      case State.sizeEnd:
        if (byte !== 10) throw new Http1Error('CR without LF in a chunk size');
        this.#state = this.#left === 0 ? State.trailers : State.data;
        this.#digits = 0;
        this.#lineBytes = 0;
        return;
      case State.dataCr:
        if (byte !== 13) throw new Http1Error('chunk without its end');
        this.#state = State.dataLf;
        return;
      default:
        if (byte !== 10) throw new Http1Error('chunk without its end');
        this.#state = State.size;
        this.#lineBytes = 0;
    }
  }

  #followTrailers(bytes: Uint8Array, at: number, end: number): number {
    const before = this.#trailer?.length ?? 0;
    if (before === 0 && end - at >= 2 && bytes[at] === 13 && bytes[at + 1] === 10) {
      this.done = true;
      return at + 2;
    }
    const joined = new Uint8Array(before + end - at);
    if (this.#trailer) joined.set(this.#trailer);
    joined.set(bytes.subarray(at, end), before);
    const empty = joined[0] === 13 && joined[1] === 10;
    const found = empty ? 2 : findHeadEnd(joined, 0);
    if (found < 0) {
      if (joined.length > maxHttp1HeadBytes) throw new Http1Error('trailers are too large', 431);
      this.#trailer = joined;
      return end;
    }
    if (!empty) this.trailers = parseTrailers(joined, 0, found);
    this.done = true;
    return at + found - before;
  }
}

function hexDigit(byte: number): number {
  if (byte >= 48 && byte <= 57) return byte - 48;
  const lower = byte | 32;
  return lower >= 97 && lower <= 102 ? lower - 87 : -1;
}
