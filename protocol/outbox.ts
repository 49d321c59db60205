/**
 * The way out of a session: control frames first, then the streams by deficit round robin; small
 * frames share a message. Nothing is handed to a socket that holds `maxSocketQueueBytes` already.
 */
import { utf8, writeU16, writeU48 } from './bytes.ts';
import { CloseCode, Flag, FrameType, frameHeaderBytes, writeFrameHeader } from './frame.ts';
import { headBytes, writeHead, type Head } from './head.ts';
import {
  batchBytes,
  maxControlQueueBytes,
  maxPayloadBytes,
  maxSocketQueueBytes,
  sharedPayloadBytes,
} from './limits.ts';
import type { Transport } from './transport.ts';
import type { Stream } from './stream.ts';

const slabBytes = 4 * maxPayloadBytes;
/** Slabs kept for later; more are in use only while a socket is full. */
const maxSpareSlabs = 2;

/** Memory that messages are built in, one after the other; used again once all are written. */
interface Slab {
  bytes: Uint8Array;
  unwritten: number;
}

/** What the outbox needs to know of its session. */
export interface OutboxHost {
  readonly transport: Transport;
  /** Bytes that the peer's connection credit still admits. */
  readonly connectionCredit: number;
  spend(bytes: number): void;
  /** Asks for `flush` at the end of this turn of the event loop. */
  wake(): void;
  /** Writes the credit frames that are due. */
  writeDue(): void;
  close(closeCode: number, reason: string): void;
}

export class Outbox {
  readonly #host: OutboxHost;
  #slab: Slab = { bytes: new Uint8Array(slabBytes), unwritten: 0 };
  #spare: Slab[] = [];
  /** Slabs of the messages that are being written, oldest first. */
  #writing: Slab[] = [];
  #writingFrom = 0;
  #start = 0;
  #end = 0;
  #control: Uint8Array[] = [];
  #controlBytes = 0;
  #first: Stream | undefined;
  #last: Stream | undefined;
  /** Streams whose next bytes wait for connection credit. */
  #parked: Stream[] = [];
  /** Bytes waiting in streams, for `/metrics`. */
  queuedBytes = 0;

  constructor(host: OutboxHost) {
    this.#host = host;
  }

  get idle(): boolean {
    return this.#first === undefined && this.#control.length === 0;
  }

  get roomy(): boolean {
    return this.#host.transport.queuedBytes + (this.#end - this.#start) < maxSocketQueueBytes;
  }

  /** Queues a control frame; beyond `maxControlQueueBytes` the peer floods and is closed. */
  control(type: number, flags: number, stream: number, payload: Uint8Array): void {
    const frame = new Uint8Array(frameHeaderBytes + payload.length);
    writeFrameHeader(frame, 0, type, flags, stream, payload.length);
    frame.set(payload, frameHeaderBytes);
    this.#control.push(frame);
    this.#controlBytes += frame.length;
    if (this.#controlBytes > maxControlQueueBytes) {
      this.#host.close(CloseCode.flood, 'control frames pile up and are not read');
      return;
    }
    this.#host.wake();
  }

  /** Appends a WINDOW frame to the batch; only from `writeDue`. */
  window(stream: number, offset: number): void {
    const at = this.#reserve(frameHeaderBytes + 6);
    writeFrameHeader(this.#slab.bytes, at, FrameType.window, 0, stream, 6);
    writeU48(this.#slab.bytes, at + frameHeaderBytes, offset);
  }

  /** Puts a stream that has something to send at the end of the ring. */
  ready(stream: Stream): void {
    if (stream.queuedForTurn) return;
    stream.queuedForTurn = true;
    stream.nextInTurn = undefined;
    if (this.#last) this.#last.nextInTurn = stream;
    else this.#first = stream;
    this.#last = stream;
    this.#host.wake();
  }

  /** Connection credit came: the parked streams take part again. */
  unpark(): void {
    const parked = this.#parked;
    if (parked.length === 0) return;
    this.#parked = [];
    for (const stream of parked) if (stream.hasQueued) this.ready(stream);
  }

  /** Whether a frame may go out now, before the ring has turned. */
  get direct(): boolean {
    return this.#first === undefined && this.#control.length === 0 && this.roomy;
  }

  writeOpen(id: number, kind: number, target: string, head: Head, flags: number): void {
    const name = utf8(target);
    const bytes = 3 + name.length + headBytes(head);
    let at = this.#reserve(frameHeaderBytes + bytes);
    writeFrameHeader(this.#slab.bytes, at, FrameType.open, flags, id, bytes);
    at += frameHeaderBytes;
    this.#slab.bytes[at] = kind;
    writeU16(this.#slab.bytes, at + 1, name.length);
    this.#slab.bytes.set(name, at + 3);
    writeHead(this.#slab.bytes, at + 3 + name.length, head);
    this.#host.wake();
  }

  writeHead(id: number, head: Head, flags: number): void {
    const bytes = headBytes(head);
    const at = this.#reserve(frameHeaderBytes + bytes);
    writeFrameHeader(this.#slab.bytes, at, FrameType.head, flags, id, bytes);
    writeHead(this.#slab.bytes, at + frameHeaderBytes, head);
    this.#host.wake();
  }

  writeData(id: number, bytes: Uint8Array, flags: number): void {
    const at = this.#reserve(frameHeaderBytes + bytes.length);
    writeFrameHeader(this.#slab.bytes, at, FrameType.data, flags, id, bytes.length);
    this.#slab.bytes.set(bytes, at + frameHeaderBytes);
    this.#host.spend(bytes.length);
    if (this.#end - this.#start >= batchBytes) this.#send();
    else this.#host.wake();
  }

  /** Sends what may be sent; called at the end of a turn and when the socket has room again. */
  flush(): void {
    this.#host.writeDue();
    if (this.#control.length > 0) this.#writeControl();
    while (this.#first && this.roomy) this.#turn(this.#first);
    this.#send();
  }

  /** Forgets everything: the socket is gone. */
  clear(): void {
    this.#control = [];
    this.#controlBytes = 0;
    this.#parked = [];
    this.#first = undefined;
    this.#last = undefined;
    this.#start = this.#end;
  }

  #writeControl(): void {
    let sent = 0;
    for (; sent < this.#control.length && this.roomy; sent += 1) {
      const frame = this.#control[sent];
      if (!frame) break;
      const at = this.#reserve(frame.length);
      this.#slab.bytes.set(frame, at);
      this.#controlBytes -= frame.length;
    }
    this.#control.splice(0, sent);
  }

  /** One stream's turn: as much as its quantum admits, then back to the end of the ring. */
  #turn(stream: Stream): void {
    this.#first = stream.nextInTurn;
    if (!this.#first) this.#last = undefined;
    stream.queuedForTurn = false;
    stream.nextInTurn = undefined;
    const alone = this.#first === undefined;
    const most = alone ? maxPayloadBytes : sharedPayloadBytes;
    const outcome = stream.transmit(this, most, this.#host.connectionCredit);
    if (outcome === 'more') this.ready(stream);
    else if (outcome === 'connection') this.#parked.push(stream);
  }

  /** Room for `bytes` in the batch; sends the batch first where it would grow too long. */
  #reserve(bytes: number): number {
    if (this.#end - this.#start + bytes > batchBytes && this.#end > this.#start) this.#send();
    if (this.#end + bytes > slabBytes) {
      this.#send();
      if (!this.#host.transport.copies) this.#nextSlab();
      this.#start = 0;
      this.#end = 0;
    }
    const at = this.#end;
    this.#end += bytes;
    return at;
  }

  #send(): void {
    if (this.#end === this.#start) return;
    const slab = this.#slab;
    const message = slab.bytes.subarray(this.#start, this.#end);
    this.#start = this.#end;
    const { transport } = this.#host;
    if (transport.copies) {
      transport.send(message);
      this.#start = this.#end = 0;
      return;
    }
    slab.unwritten += 1;
    this.#writing.push(slab);
    transport.send(message);
  }

  /** The transport has written the oldest message. */
  written(): void {
    const slab = this.#writing[this.#writingFrom];
    if (!slab) return;
    this.#writingFrom += 1;
    if (this.#writingFrom === this.#writing.length || this.#writingFrom > 1024) {
      this.#writing = this.#writing.slice(this.#writingFrom);
      this.#writingFrom = 0;
    }
    slab.unwritten -= 1;
    if (slab.unwritten > 0) return;
    if (slab === this.#slab) {
      // Nothing of it is in use: begin anew instead of taking another one.
      if (this.#start === this.#end) this.#start = this.#end = 0;
    } else if (this.#spare.length < maxSpareSlabs) this.#spare.push(slab);
  }

  #nextSlab(): void {
    this.#slab = this.#spare.pop() ?? { bytes: new Uint8Array(slabBytes), unwritten: 0 };
  }
}

/** A control message of any length, cut into frames of `most` bytes; CONT on all but the last. */
export function writeParts(outbox: Outbox, type: number, bytes: Uint8Array, most: number): void {
  let at = 0;
  do {
    const part = bytes.subarray(at, at + most);
    at += most;
    outbox.control(type, at < bytes.length ? Flag.cont : 0, 0, part);
  } while (at < bytes.length);
}

/** Flags of the DATA frames of one chunk that is cut: CONT on all but the last, FIN on the last. */
export function cutFlags(flags: number, last: boolean, messages: boolean): number {
  if (last) return flags;
  return (flags & ~(Flag.fin | Flag.close)) | (messages ? Flag.cont : 0);
}
