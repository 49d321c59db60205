/**
 * Follows a message body to its end while the bytes go by (RFC 9112 §6 and §7). Nothing is allocated
 * but for trailers, which few messages have, and for the slices that `onData` asks for.
 *
 * | state of a chunked body | leaves it |
 * |---|---|
 * | size | `;`: extension. CR: sizeEnd |
 * | extension | CR: sizeEnd |
 * | sizeEnd | LF: data, or lastLine behind the chunk of size 0 |
 * | data | the chunk's last byte: dataCr |
 * | dataCr, dataLf | CR, LF: size |
 * | lastLine | CR: lastLf. Else trailers |
 * | lastLf | LF: done |
 * | trailers | empty line: done |
 */
import { bitsOf, hexBit, textBit } from './characters.ts';
import { fault } from './error.ts';
import { findHeadEnd, parseTrailers, type Framing } from './head.ts';

/** Behind a chunk size: nobody sends any, attackers many. Node refuses them from 16 KiB on. */
export const maxChunkExtensionBytes = 4096;

/** A trailer section with its empty line. As a head. */
export const maxTrailerBytes = 64 * 1024;

/** Leading zeros count. Sixteen digits are what a 64-bit size needs; no sender writes more. */
const maxSizeDigits = 16;

const State = {
  size: 0,
  extension: 1,
  sizeEnd: 2,
  data: 3,
  dataCr: 4,
  dataLf: 5,
  lastLine: 6,
  lastLf: 7,
  trailers: 8,
} as const;
type State = (typeof State)[keyof typeof State];

const cr = 13;
const lf = 10;
const semicolon = 59;
const none = new Uint8Array(0);

export class BodyFollower {
  /** The whole body has gone by. Never for `until-close`. */
  done = true;
  /** Trailer fields (name, value, …), once done. */
  trailers: string[] = [];
  #framing: Framing = 0;
  /** Bytes of the body, or of the chunk, that are still to come. */
  #left = 0;
  #state: State = State.size;
  #digits = 0;
  #extensionBytes = 0;
  /** Trailer bytes so far, in `#trailer[0, #trailerBytes)`. */
  #trailer: Uint8Array = none;
  #trailerBytes = 0;

  /** Begins a body; whatever came before is forgotten. */
  start(framing: Framing): void {
    this.#framing = framing;
    this.#left = typeof framing === 'number' ? framing : 0;
    this.done = framing === 0;
    this.#state = State.size;
    this.#digits = 0;
    this.#extensionBytes = 0;
    this.#trailer = none;
    this.#trailerBytes = 0;
    if (this.trailers.length > 0) this.trailers = [];
  }

  /**
   * Takes `bytes[at, end)` and returns the index behind the last byte that belongs to the body, at
   * most `end`. `onData` gets the content without chunk framing, as slices of `bytes`.
   * @throws Http1Error after which the body cannot be followed any further
   */
  follow(bytes: Uint8Array, at: number, end: number, onData?: (data: Uint8Array) => void): number {
    if (this.done) return at;
    if (this.#framing === 'chunked') return this.#followChunks(bytes, at, end, onData);
    const untilClose = this.#framing === 'until-close';
    const take = untilClose ? end - at : Math.min(this.#left, end - at);
    if (take > 0) onData?.(bytes.subarray(at, at + take));
    if (!untilClose) {
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
      } else if (this.#state === State.lastLine && bytes[at] !== cr) {
        this.#state = State.trailers;
      } else {
        this.#line(bytes[at] ?? 0);
        at += 1;
      }
    }
    return at;
  }

  /** A byte of a chunk's framing. */
  #line(byte: number): void {
    switch (this.#state) {
      case State.size:
        return this.#size(byte);
      case State.extension:
        if (byte === cr) this.#state = State.sizeEnd;
        else if (((bitsOf[byte] ?? 0) & textBit) === 0) {
          throw fault('chunk', 'a control character in a chunk extension');
        } else if (++this.#extensionBytes > maxChunkExtensionBytes) {
          throw fault('chunk', `a chunk extension of more than ${maxChunkExtensionBytes} bytes`);
        }
        return;
      case State.sizeEnd:
        if (byte !== lf) throw fault('chunk', 'CR without LF after a chunk size');
        this.#state = this.#left === 0 ? State.lastLine : State.data;
        this.#digits = 0;
        this.#extensionBytes = 0;
        return;
      case State.dataCr:
        if (byte !== cr) throw fault('chunk', 'a chunk longer than its size');
        this.#state = State.dataLf;
        return;
      case State.dataLf:
        if (byte !== lf) throw fault('chunk', 'CR without LF after a chunk');
        this.#state = State.size;
        return;
      case State.lastLine:
        this.#state = State.lastLf;
        return;
      default:
        if (byte !== lf) throw fault('chunk', 'CR without LF after the last chunk');
        this.done = true;
    }
  }

  #size(byte: number): void {
    if (((bitsOf[byte] ?? 0) & hexBit) !== 0) {
      this.#digits += 1;
      this.#left = this.#left * 16 + (byte < 58 ? byte - 48 : (byte | 32) - 87);
      if (this.#digits > maxSizeDigits || this.#left > Number.MAX_SAFE_INTEGER) {
        throw fault('chunk', 'a chunk size above 2^53 - 1 or of more than 16 digits');
      }
    } else if (this.#digits > 0 && byte === cr) this.#state = State.sizeEnd;
    else if (this.#digits > 0 && byte === semicolon) this.#state = State.extension;
    else throw fault('chunk', 'a chunk size that is not a plain hexadecimal number');
  }

  /** Gathers the section, as a piece of it may be all that has come. */
  #followTrailers(bytes: Uint8Array, at: number, end: number): number {
    const before = this.#trailerBytes;
    const take = Math.min(end - at, maxTrailerBytes - before);
    const size = before + take;
    if (size > this.#trailer.length) {
      const larger = new Uint8Array(Math.min(maxTrailerBytes, 2 * size));
      larger.set(this.#trailer.subarray(0, before));
      this.#trailer = larger;
    }
    this.#trailer.set(bytes.subarray(at, at + take), before);
    this.#trailerBytes = size;
    const section = this.#trailer.subarray(0, size);
    const found = findHeadEnd(section, Math.max(0, before - 3));
    if (found < 0) {
      if (size < maxTrailerBytes) return end;
      throw fault('head-too-large', `trailers of more than ${maxTrailerBytes} bytes`);
    }
    this.trailers = parseTrailers(section, 0, found);
    this.#trailer = none;
    this.done = true;
    return at + found - before;
  }
}
