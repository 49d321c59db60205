/** The streams of a session: whose id is whose, and which have been opened (`docs/protocol.md` §5). */
import { ProtocolError } from './frame.ts';
import type { Stream } from './stream.ts';

export class StreamTable {
  readonly open = new Map<number, Stream>();
  /** The highest stream that the peer opened. */
  lastPeerId = 0;
  /** How many of the open ones are the peer's. */
  peerCount = 0;
  #nextId: number;

  /** The side that accepted the WebSocket opens odd streams, the one that dialled even. */
  constructor(side: 'accepted' | 'dialled') {
    this.#nextId = side === 'accepted' ? 1 : 2;
  }

  get ownCount(): number {
    return this.open.size - this.peerCount;
  }

  isPeers(id: number): boolean {
    return id > 0 && id % 2 !== this.#nextId % 2;
  }

  get nextStreamId(): number {
    return this.#nextId;
  }

  /** Ids below were perhaps used before. */
  skipTo(id: number): void {
    if (id > this.#nextId) this.#nextId = id;
  }

  nextId(): number {
    const id = this.#nextId;
    this.#nextId += 2;
    return id;
  }

  add(stream: Stream): void {
    this.open.set(stream.id, stream);
    if (this.isPeers(stream.id)) this.peerCount += 1;
  }

  remove(stream: Stream): void {
    if (this.open.delete(stream.id) && this.isPeers(stream.id)) this.peerCount -= 1;
  }

  /** Notes an OPEN of the peer. @throws ProtocolError for a wrong or used id */
  opened(id: number): void {
    if (!this.isPeers(id) || id <= this.lastPeerId) {
      throw new ProtocolError(`OPEN of stream ${id} after ${this.lastPeerId}`);
    }
    this.lastPeerId = id;
  }

  /** The stream, or undefined for one that has ended. @throws ProtocolError for one never opened */
  known(id: number): Stream | undefined {
    const stream = this.open.get(id);
    if (stream) return stream;
    const opened = this.isPeers(id) ? id <= this.lastPeerId : id < this.#nextId;
    if (id === 0 || !opened) {
      throw new ProtocolError(`frame for stream ${id}, which was never opened`);
    }
    return undefined;
  }
}
