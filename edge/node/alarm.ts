/** The Alarm port on a timer. An object that is not open has nothing to be woken for. */
import type { Alarm } from '../ports.ts';

/** Longer timers fire at once (Node.js timers): what is further away is looked at again then. */
const maxDelayMs = 2 ** 31 - 1;

export class NodeAlarm implements Alarm {
  readonly #ring: () => void;
  #timer: NodeJS.Timeout | undefined;

  constructor(ring: () => void) {
    this.#ring = ring;
  }

  set(atMs: number): void {
    clearTimeout(this.#timer);
    const delayMs = Math.min(Math.max(0, atMs - Date.now()), maxDelayMs);
    // A timer may fire a little early; the object then sets the alarm again.
    this.#timer = setTimeout(this.#ring, delayMs + 1);
    this.#timer.unref();
  }

  clear(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }
}
