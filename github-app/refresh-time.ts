/** When the comment is to be looked at next; changes of a short time become one edit. */
import { pauseAfter } from './inbox.ts';
import type { Clock } from './ports.ts';
import type { PullStates } from './pull-state.ts';

export class RefreshTime {
  readonly #states: PullStates;
  readonly #clock: Clock;

  constructor(states: PullStates, clock: Clock) {
    this.#states = states;
    this.#clock = clock;
  }

  /** undefined: nothing has changed. */
  get nextMs(): number | undefined {
    return this.#states.current.refreshMs;
  }

  get isDue(): boolean {
    return (this.nextMs ?? Infinity) <= this.#clock.nowMs();
  }

  /** No later than that. */
  in(afterMs: number): void {
    this.at(this.#clock.nowMs() + Math.ceil(afterMs));
  }

  at(atMs: number | undefined): void {
    if (atMs !== undefined && atMs < (this.nextMs ?? Infinity)) {
      this.#states.change({ refreshMs: atMs });
    }
  }

  begun(): void {
    this.#states.change({ refreshMs: undefined });
  }

  shown(): void {
    if (this.#states.current.failures > 0) this.#states.change({ failures: 0 });
  }

  /** GitHub did not answer: again, later each time. */
  failed(retryAfterMs: number): void {
    const { failures } = this.#states.current;
    this.#states.change({ failures: failures + 1 });
    this.in(pauseAfter(failures, retryAfterMs));
  }
}
