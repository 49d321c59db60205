/** What is open on a shard and for whom: WebSockets, event streams, long answers. */
import type { Clock } from '../ports.ts';

/** A person's numeric id, or `token:<id>`. */
export type ViewerKey = number | string;

/** `revoked`: by a webhook or a person. `denied`: at a renewal. Close code 4403 for all of them. */
export type CloseReason = 'revoked' | 'denied' | 'unavailable' | 'too-old';
export type Close = (reason: CloseReason) => void;

/** From its beginning (design §4). */
export const maxOpenMs = 8 * 3_600_000;

interface Opened {
  close: Close;
  openedMs: number;
}

export class OpenViewers {
  readonly #clock: Clock;
  readonly #onFault: (error: unknown) => void;
  readonly #open = new Map<ViewerKey, Set<Opened>>();

  constructor(clock: Clock, onFault: (error: unknown) => void) {
    this.#clock = clock;
    this.#onFault = onFault;
  }

  get viewers(): ViewerKey[] {
    return [...this.#open.keys()];
  }

  /** Returns what to call when it has ended by itself; calling that twice does nothing. */
  add(viewer: ViewerKey, close: Close): () => void {
    const opened = { close, openedMs: this.#clock.nowMs() };
    const all = this.#open.get(viewer) ?? new Set();
    all.add(opened);
    this.#open.set(viewer, all);
    return () => this.#remove(viewer, opened);
  }

  close(viewer: ViewerKey, reason: CloseReason): void {
    const all = this.#open.get(viewer);
    if (!all) return;
    // First out of the list: `close` may come back here.
    this.#open.delete(viewer);
    this.#closeEach(all, reason);
  }

  closeAll(reason: CloseReason): void {
    for (const viewer of this.viewers) this.close(viewer, reason);
  }

  /** What has been open for 8 hours. */
  closeOld(): void {
    const beforeMs = this.#clock.nowMs() - maxOpenMs;
    for (const [viewer, all] of this.#open) {
      const old = [...all].filter(({ openedMs }) => openedMs <= beforeMs);
      for (const opened of old) this.#remove(viewer, opened);
      this.#closeEach(old, 'too-old');
    }
  }

  #remove(viewer: ViewerKey, opened: Opened): void {
    const all = this.#open.get(viewer);
    if (!all?.delete(opened)) return;
    if (all.size === 0) this.#open.delete(viewer);
  }

  /** One that throws must not keep the others open. */
  #closeEach(all: Iterable<Opened>, reason: CloseReason): void {
    for (const { close } of all) {
      try {
        close(reason);
      } catch (error) {
        this.#onFault(error);
      }
    }
  }
}
