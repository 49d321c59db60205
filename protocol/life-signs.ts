/** Whether the peer is still there, and how far away (`docs/protocol.md` §8). */
import { empty } from './bytes.ts';
import { FrameType } from './frame.ts';
import { keepAliveMisses } from './limits.ts';
import type { Outbox } from './outbox.ts';
import { RoundTrip } from './round-trip.ts';

export class LifeSigns {
  readonly #outbox: Outbox;
  readonly #roundTrip = new RoundTrip();
  #unanswered = 0;

  constructor(outbox: Outbox) {
    this.#outbox = outbox;
  }

  /** Of the path, in milliseconds; 0 until it is known. */
  get roundTripMs(): number {
    return this.#roundTrip.ms;
  }

  /** Anything came. */
  heard(): void {
    this.#unanswered = 0;
  }

  /** False: the peer has been silent for too long. */
  ask(): boolean {
    if (this.#unanswered >= keepAliveMisses) return false;
    this.#unanswered += 1;
    return true;
  }

  /** Measures the round trip, for the growth of windows. */
  ping(nowMs: number): void {
    if (this.#roundTrip.ask(nowMs)) this.#outbox.control(FrameType.ping, 0, 0, empty);
  }

  /** Bodies flow: now and then. */
  pingIfDue(nowMs: number): void {
    if (this.#roundTrip.isDue(nowMs)) this.ping(nowMs);
  }

  answered(nowMs: number): void {
    this.#roundTrip.answered(nowMs);
  }
}
