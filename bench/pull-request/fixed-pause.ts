/** What of a time is by design: the app waits, so that many events become one look and one edit. */
import { gatherMs } from '#github-app/inbox.ts';
import { refreshDelayMs } from '#github-app/pull-request.ts';

export interface FixedPause {
  /** In which webhooks gather for one look at GitHub. */
  readonly gatherMs: number;
  /** From the beginning of that look to the edit: in it changes become one. */
  readonly refreshDelayMs: number;
  /** From an event that comes alone to the edit, were everything else free. */
  readonly totalMs: number;
}

export const fixedPause: FixedPause = {
  gatherMs,
  refreshDelayMs,
  totalMs: gatherMs + refreshDelayMs,
};
