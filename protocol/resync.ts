/**
 * RESYNC: an edge whose memory was taken while its WebSockets lived asks the connector where they
 * are (`docs/protocol.md` §8.1). Question: ids of the streams that the asker still has, u32 each.
 * Answer: entries of `id u32, received u48, granted u48, sent u48`; id 0 is the connection.
 */
import { readU32, readU48, writeU32, writeU48 } from './bytes.ts';
import type { ConnectionCredit } from './credit.ts';
import { CloseCode, Flag, FrameType, ProtocolError, ResetCode, type FrameView } from './frame.ts';
import type { Hello } from './hello.ts';
import { maxPayloadBytes } from './limits.ts';
import { writeParts, type Outbox } from './outbox.ts';
import type { Stream } from './stream.ts';

/** Feature in HELLO of a side that speaks RESYNC. */
export const resyncFeature = 'resync';

const idBytes = 4;
const entryBytes = 22;

/** Offsets of one stream, or of the connection (id 0), as one side sees them. */
interface Offsets {
  id: number;
  received: number;
  limit: number;
  sent: number;
}

/** A session that was asleep: its socket lived on, its memory did not. */
export interface Restored {
  peer: Hello;
  /** First stream id that was certainly never used. */
  nextId: number;
}

/** What RESYNC needs of its session. */
export interface ResyncHost {
  readonly streams: ReadonlyMap<number, Stream>;
  readonly credit: ConnectionCredit;
  readonly outbox: Outbox;
  /** Whether both HELLOs list it. */
  readonly speaksResync: boolean;
  /** Ends a stream that the peer has no more. */
  dropStream(stream: Stream, code: ResetCode): void;
  wake(): void;
}

export class Resync {
  /** We have asked: nothing but OPEN and control goes out before the answer. */
  pending = false;
  readonly #host: ResyncHost;
  /** The one who asks is never asked: what comes unexpected answers a question from before a sleep. */
  #asked = false;
  #parts: Uint8Array[] = [];

  constructor(host: ResyncHost) {
    this.#host = host;
  }

  /** Once the streams are adopted. @throws ProtocolError: the peer cannot tell where it is */
  ask(): void {
    const { streams, credit, speaksResync } = this.#host;
    if (!speaksResync) {
      throw new ProtocolError('the peer does not speak RESYNC', CloseCode.goingAway);
    }
    this.pending = true;
    this.#asked = true;
    credit.suspend();
    const payload = new Uint8Array(streams.size * idBytes);
    let at = 0;
    for (const id of streams.keys()) {
      writeU32(payload, at, id);
      at += idBytes;
    }
    this.#send(payload, idBytes);
  }

  /** A RESYNC frame came; `more`: the message goes on in the next. @throws ProtocolError */
  take(message: Uint8Array, view: FrameView): void {
    if (!this.#host.speaksResync) throw new ProtocolError('RESYNC was not agreed on');
    const part = message.slice(view.start, view.end);
    const step = this.#asked ? entryBytes : idBytes;
    if (part.length % step !== 0) throw new ProtocolError('RESYNC with a broken entry');
    if (this.#parts.length * maxPayloadBytes > maxResyncBytes) {
      throw new ProtocolError('RESYNC without end');
    }
    this.#parts.push(part);
    if (view.flags & Flag.cont) return;
    const parts = this.#parts;
    this.#parts = [];
    if (this.pending) this.#apply(parts.flatMap(readEntries));
    else if (!this.#asked) this.#answer(new Set(parts.flatMap(readIds)));
  }

  #answer(kept: ReadonlySet<number>): void {
    const { streams, credit } = this.#host;
    const entries: Offsets[] = [{ id: 0, ...credit.offsets }];
    for (const stream of [...streams.values()]) {
      if (!kept.has(stream.id)) this.#host.dropStream(stream, ResetCode.cancel);
      else {
        const { id, receivedBytes: received, receiveLimit: limit, sentBytes: sent } = stream;
        entries.push({ id, received, limit, sent });
      }
    }
    const payload = new Uint8Array(entries.length * entryBytes);
    entries.forEach((entry, index) => writeEntry(payload, index * entryBytes, entry));
    this.#send(payload, entryBytes);
  }

  #apply(entries: readonly Offsets[]): void {
    const { streams, credit, outbox } = this.#host;
    this.pending = false;
    const known = new Map(entries.map((entry) => [entry.id, entry]));
    const connection = known.get(0);
    if (!connection) throw new ProtocolError('RESYNC without the connection');
    credit.restore(connection);
    for (const stream of [...streams.values()]) {
      if (!stream.restored) continue;
      const entry = known.get(stream.id);
      if (entry) stream.resume(entry);
      else this.#host.dropStream(stream, ResetCode.originReset);
    }
    outbox.unpark();
    this.#host.wake();
  }

  #send(payload: Uint8Array, step: number): void {
    const most = Math.floor(maxPayloadBytes / step) * step;
    writeParts(this.#host.outbox, FrameType.resync, payload, most);
  }
}

/** More streams than one side may open are not in question. */
const maxResyncBytes = 4 * maxPayloadBytes;

function readIds(part: Uint8Array): number[] {
  const ids: number[] = [];
  for (let at = 0; at < part.length; at += idBytes) ids.push(readU32(part, at));
  return ids;
}

function readEntries(part: Uint8Array): Offsets[] {
  const entries: Offsets[] = [];
  for (let at = 0; at < part.length; at += entryBytes) {
    entries.push({
      id: readU32(part, at),
      received: readU48(part, at + 4),
      limit: readU48(part, at + 10),
      sent: readU48(part, at + 16),
    });
  }
  return entries;
}

function writeEntry(into: Uint8Array, at: number, { id, received, limit, sent }: Offsets): void {
  writeU32(into, at, id);
  writeU48(into, at + 4, received);
  writeU48(into, at + 10, limit);
  writeU48(into, at + 16, sent);
}
