/**
 * When the comment is to be looked at next. An edit comes at once, the next one a while later with all
 * that has changed by then. The first version waits as long, since GitHub mails it to people.
 */
import { pauseAfter } from './inbox.ts';
import type { Clock } from './ports.ts';
import type { PullStates } from './pull-state.ts';

/** Between two edits, and from the first change to a new comment. */
export const refreshDelayMs = 1_500;

export class RefreshTime {
  readonly #states: PullStates;
  readonly #clock: Clock;
  /** Of the last look at it that this object remembers. */
  #beganMs = -Infinity;

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

  /** Something has changed. */
  soon(): void {
    const { comment, failures } = this.#states.current;
    const isEdit = typeof comment === 'object' && failures === 0;
    const nowMs = this.#clock.nowMs();
    const afterMs = isEdit ? this.#beganMs + refreshDelayMs - nowMs : refreshDelayMs;
    this.in(Math.max(0, afterMs));
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
    this.#beganMs = this.#clock.nowMs();
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
