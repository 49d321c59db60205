/**
 * Memory housekeeping beside bulk bodies. A relay's garbage is buffers outside the heap, which a
 * garbage collector that watches the heap frees late: without this a gigabyte leaves two hundred
 * megabytes behind. So after so many bytes the young generation is collected (about a millisecond),
 * and once nothing moves any more, everything.
 */

/** Node's `gc`, there with `--expose-gc`. */
export type CollectGarbage = (options: { type: 'minor' | 'major' }) => void;

const minorBytes = 32 * 1024 * 1024;
const idleMs = 300;

/** Returns what is to be told of every payload byte that goes through. */
export function reclaimer(
  collect: CollectGarbage,
  after: (delayMs: number, task: () => void) => unknown,
): (bytes: number) => void {
  let young = 0;
  let total = 0;
  let waiting = false;
  const look = (before: number): void => {
    // What small requests move does not count as being busy.
    if (total - before < minorBytes / 32) {
      waiting = false;
      total = 0;
      young = 0;
      collect({ type: 'major' });
      return;
    }
    const now = total;
    after(idleMs, () => look(now));
  };
  return (bytes) => {
    young += bytes;
    total += bytes;
    if (young < minorBytes) return;
    young = 0;
    collect({ type: 'minor' });
    if (waiting) return;
    waiting = true;
    const now = total;
    after(idleMs, () => look(now));
  };
}
