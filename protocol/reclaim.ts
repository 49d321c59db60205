/**
 * Memory housekeeping beside bulk bodies. A relay's garbage is buffers outside the heap, of which a
 * collector that watches the heap hears late: then it stops for a full collection of ten
 * milliseconds, sixteen times a second at 500 MB/s, and a gigabyte leaves two hundred megabytes
 * behind. So the young generation is collected every few megabytes (under a millisecond each, and
 * twice the throughput), and once after a bulk body has ended, everything.
 */

/** Node's `gc`, there with `--expose-gc`. */
export type CollectGarbage = (options: { type: 'minor' | 'major' }) => void;

/** Smaller payloads come with garbage of other kinds, which the collector does see. */
const bulkPayloadBytes = 8 * 1024;
const minorBytes = 2 * 1024 * 1024;
/** So much has to go through before the rest is worth a pause. */
const majorBytes = 64 * 1024 * 1024;
const quietMs = 300;
/** What may move within `quietMs` for the bulk body to have ended. */
const quietBytes = 1024 * 1024;

/** Returns what is to be told of every payload that goes through. */
export function reclaimer(
  collect: CollectGarbage,
  after: (delayMs: number, task: () => void) => unknown,
): (bytes: number) => void {
  let young = 0;
  let total = 0;
  let waiting = false;
  const wait = (): void => {
    waiting = true;
    const before = total;
    after(quietMs, () => {
      if (total - before > quietBytes) return wait();
      waiting = false;
      total = 0;
      collect({ type: 'major' });
    });
  };
  return (bytes) => {
    if (bytes < bulkPayloadBytes) return;
    young += bytes;
    total += bytes;
    if (young < minorBytes) return;
    young = 0;
    collect({ type: 'minor' });
    if (total >= majorBytes && !waiting) wait();
  };
}
