/**
 * Since when which commit is the head. A comment names a moment and no commit; whether the head of now
 * is the one that its writer saw is told from here, or not at all (threat 48).
 */
import type { Store } from './ports.ts';

/** A comment this close to a push may have been written before it or after it. */
export const pushMarginMs = 60_000;
/** Longer than any access that a comment can give. */
const memoryMs = 40 * 24 * 3_600_000;

export class Heads {
  readonly #store: Store;

  constructor(store: Store) {
    this.#store = store;
  }

  /** It is the head now, by our clock. */
  saw(sha: string, nowMs: number): void {
    this.#store.run('DELETE FROM heads WHERE touched_ms < ? AND sha <> ?', nowMs - memoryMs, sha);
    this.#store.run(
      `INSERT INTO heads VALUES (?, ?, NULL, ?) ON CONFLICT (sha)
        DO UPDATE SET seen_ms = COALESCE(seen_ms, excluded.seen_ms), touched_ms = excluded.touched_ms`,
      sha,
      nowMs,
      nowMs,
    );
  }

  /** A push at that time, by GitHub's clock. A head that is left has to be seen again. */
  pushed({ before, after, atMs }: { before: string; after: string; atMs: number }, nowMs: number) {
    for (const [sha, isLeft] of [
      [before, 1],
      [after, 0],
    ] as const) {
      this.#store.run(
        `INSERT INTO heads VALUES (?, NULL, ?, ?) ON CONFLICT (sha)
          DO UPDATE SET seen_ms = CASE ? WHEN 1 THEN NULL ELSE seen_ms END,
            pushed_ms = MAX(COALESCE(pushed_ms, 0), excluded.pushed_ms),
            touched_ms = excluded.touched_ms`,
        sha,
        atMs,
        nowMs,
        isLeft,
      );
    }
  }

  /**
   * Whether whoever wrote at `createdMs` saw this head. `pushedMs`: of the last push to its repository,
   * where GitHub tells it.
   */
  wasSeenBefore(sha: string, createdMs: number, pushedMs: number | undefined): boolean {
    const [row] = this.#store.all('SELECT seen_ms FROM heads WHERE sha = ?', sha);
    const sinceMs = Math.min(
      typeof row?.seen_ms === 'number' ? row.seen_ms : Infinity,
      pushedMs ?? Infinity,
    );
    return (
      sinceMs < createdMs - pushMarginMs && !this.wasPushedSince(sha, createdMs - pushMarginMs)
    );
  }

  /** Whether a push to it or away from it is known of then or later. */
  wasPushedSince(sha: string, atMs: number): boolean {
    const [row] = this.#store.all('SELECT pushed_ms FROM heads WHERE sha = ?', sha);
    return typeof row?.pushed_ms === 'number' && row.pushed_ms >= atMs;
  }
}
