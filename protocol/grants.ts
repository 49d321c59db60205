/** Credit that is due: WINDOW frames are written together, when the session sends anyway. */
import type { ConnectionCredit } from './credit.ts';
import type { Outbox } from './outbox.ts';
import type { Stream } from './stream.ts';

export class Grants {
  readonly #credit: ConnectionCredit;
  readonly #outbox: Outbox;
  #due: Stream[] = [];

  constructor(credit: ConnectionCredit, outbox: Outbox) {
    this.#credit = credit;
    this.#outbox = outbox;
  }

  add(stream: Stream): void {
    this.#due.push(stream);
  }

  /** True: streams got credit, so bodies flow. */
  write(nowMs: number, rttMs: number): boolean {
    const offset = this.#credit.grant();
    if (offset !== undefined) this.#outbox.window(0, offset);
    if (this.#due.length === 0) return false;
    const due = this.#due;
    this.#due = [];
    for (const stream of due) {
      if (stream.closed || stream.remoteEnded) continue;
      this.#outbox.window(stream.id, stream.grant(nowMs, rttMs));
    }
    return true;
  }
}
