/** The app's calls to the sandbox's API, told at the moment when the sandbox's journal has them. */
import { setTimeout as pause } from 'node:timers/promises';
import type { GitHubSandbox } from '#sandbox/github/github.ts';

export interface Call {
  /** GitHub's name of it: `issues/update-comment`. */
  readonly operation: string;
  /** By the sandbox's clock, milliseconds since 1970. */
  readonly atMs: number;
}

const waitMs = 20_000;

export class ApiWatch {
  readonly #clock: GitHubSandbox['state']['clock'];
  readonly #calls: Call[] = [];
  readonly #listeners = new Set<() => void>();

  /** From now on, for as long as the sandbox lives. */
  constructor({ journal, state }: Pick<GitHubSandbox, 'journal' | 'state'>) {
    this.#clock = state.clock;
    journal.onRequest = ({ operation_id: operation }) => {
      // Its web pages are no part of the API.
      if (operation === null) return;
      this.#calls.push({ operation, atMs: state.clock.now() });
      for (const listener of this.#listeners) listener();
    };
  }

  /** How many there were so far, for `since`. */
  get count(): number {
    return this.#calls.length;
  }

  /** All but the first `count`. */
  since(count: number): readonly Call[] {
    return this.#calls.slice(count);
  }

  /**
   * Resolves with the time of the first call after which it is so, by the sandbox's clock in ms since
   * 1970. It must not be so yet.
   * @throws Error saying `what` was waited for when it is not so within 20 s
   */
  until(isSo: () => boolean, what: string): Promise<number> {
    if (isSo()) throw new Error(`it is so before anything happened: ${what}`);
    return new Promise((resolve, reject) => {
      const end = (): void => {
        clearTimeout(timer);
        this.#listeners.delete(look);
      };
      const look = (): void => {
        if (!isSo()) return;
        end();
        resolve(this.#clock.now());
      };
      const timer = setTimeout(() => {
        end();
        reject(new Error(`not within ${waitMs / 1_000} s: ${what}`));
      }, waitMs);
      this.#listeners.add(look);
    });
  }

  /** Until there was no call for so many ms from now on. @throws Error when they do not end in 20 s */
  async quiet(forMs: number): Promise<void> {
    const deadlineMs = this.#clock.now() + waitMs;
    let sinceMs = this.#clock.now();
    while (this.#clock.now() < sinceMs + forMs) {
      if (this.#clock.now() > deadlineMs) throw new Error('the app does not stop calling');
      await pause(sinceMs + forMs - this.#clock.now());
      sinceMs = Math.max(sinceMs, this.#calls.at(-1)?.atMs ?? 0);
    }
  }
}
