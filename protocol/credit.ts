/** Credit of the connection as a whole: absolute offsets, both ways (`docs/protocol.md` §6). */
import { CloseCode, ProtocolError } from './frame.ts';

export class ConnectionCredit {
  readonly #windowBytes: number;
  #sent = 0;
  #sendLimit = 0;
  #received = 0;
  #consumed = 0;
  #receiveLimit: number;
  #isDue = false;
  #suspended = false;

  /** `windowBytes`: what we grant. */
  constructor(windowBytes: number) {
    this.#windowBytes = windowBytes;
    this.#receiveLimit = windowBytes;
  }

  /** Bytes that may still be sent. */
  get left(): number {
    return this.#suspended ? 0 : this.#sendLimit - this.#sent;
  }

  /** Bytes received and not consumed. */
  get heldBytes(): number {
    return this.#received - this.#consumed;
  }

  spend(bytes: number): void {
    this.#sent += bytes;
  }

  /** The peer's word; one that does not raise is ignored. */
  raise(offset: number): void {
    if (offset > this.#sendLimit) this.#sendLimit = offset;
  }

  /** @throws ProtocolError when the peer sent more than it may */
  receive(bytes: number): void {
    this.#received += bytes;
    if (this.#received > this.#receiveLimit) {
      throw new ProtocolError('more data than connection credit', CloseCode.flow);
    }
  }

  /** True: it is time to tell the peer; `grant` gives the offset. */
  consume(bytes: number): boolean {
    this.#consumed += bytes;
    if (this.#isDue || this.#suspended) return false;
    const owed = this.#consumed + this.#windowBytes - this.#receiveLimit;
    this.#isDue = owed >= this.#windowBytes / 2;
    return this.#isDue;
  }

  /** The offset to send, if one is due. */
  grant(): number | undefined {
    if (!this.#isDue) return undefined;
    this.#isDue = false;
    this.#receiveLimit = this.#consumed + this.#windowBytes;
    return this.#receiveLimit;
  }

  /** For RESYNC: what was received, what is granted, what was sent. */
  get offsets(): { received: number; limit: number; sent: number } {
    return { received: this.#received, limit: this.#receiveLimit, sent: this.#sent };
  }

  /**
   * Until the peer has said where it is: nothing is sent, nothing granted, and what comes is taken.
   * It is one window at most, for that is all that was ever granted beyond what had been consumed.
   */
  suspend(): void {
    this.#suspended = true;
  }

  /** The peer's word on where it is. What we hold since then is kept, and credit that came before it. */
  restore(peer: { received: number; limit: number; sent: number }): void {
    const held = this.heldBytes;
    this.#suspended = false;
    this.#sent = peer.received;
    this.raise(peer.limit);
    this.#received = peer.sent;
    this.#consumed = peer.sent - held;
    this.#receiveLimit = this.#consumed + this.#windowBytes;
    this.#isDue = true;
  }

  /** The socket is gone, and with it what was held. */
  clear(): void {
    this.#consumed = this.#received;
  }
}
