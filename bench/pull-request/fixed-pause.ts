/** What of a time is by design: the app waits, so that many events become one look and one edit. */
import { gatherMs } from '#github-app/inbox.ts';
import { refreshDelayMs } from '#github-app/refresh-time.ts';

export interface FixedPause {
  /** In which webhooks gather for one look at GitHub. */
  readonly gatherMs: number;
  /** Before a new comment, and between two edits: in it changes become one. */
  readonly refreshDelayMs: number;
}

export const fixedPause: FixedPause = { gatherMs, refreshDelayMs };

/** From an event that comes alone to what shows it, were everything else free, in ms. */
export function pauseBefore(kind: string): number {
  return kind === 'link' ? gatherMs + refreshDelayMs : gatherMs;
}
