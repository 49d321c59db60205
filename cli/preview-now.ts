/** A preview as the edge knows it at this moment: what commands print of it, as fields and in words. */
import { z } from 'zod';
import { pullRows, pullsShown } from './preview-pulls.ts';
import { timeText } from './time-text.ts';

/** ISO 8601. */
const time = z.string().nullable();

const live = z.object({
  state: z.literal('live'),
  /** `private` or `public`, or one to come. */
  access: z.string(),
  /** Whom a private one lets in: `org` or `repo`, or one to come. An edge of before has no choice. */
  gate: z.string().exactOptional(),
  public_until: time,
  expires_at: time,
  idle_expires_at: time,
  hits: z.number(),
  last_used_at: time,
  ...pullsShown,
});

const ended = z.object({
  state: z.literal('ended'),
  /** `removed`, `left`, `expired`, `idle`, `pull-request`, or one to come; null: nobody knows. */
  reason: z.string().nullable(),
  ended_by: z.string().nullable(),
  ended_at: time,
});

/** `problem`: why nothing is known; '' where nobody has asked. */
const unknown = z.object({ state: z.literal('unknown'), problem: z.string() });

export const previewNow = z.discriminatedUnion('state', [live, ended, unknown]);
export type PreviewNow = z.infer<typeof previewNow>;

/** What the edge's API says of a live preview. */
export const livePreview = live.omit({ state: true });

/** Rows for people, to be put below the preview's URL; none where nothing is to be said. */
export function previewRows(now: PreviewNow, nowMs: number): [label: string, text: string][] {
  switch (now.state) {
    case 'unknown':
      return now.problem === '' ? [] : [['State', `not known: ${now.problem}`]];
    case 'ended':
      return [['State', `ended ${endedText(now, nowMs)}; for a new one leave and intercept again`]];
    case 'live': {
      const { hits, last_used_at: usedAt } = now;
      const last = usedAt === null ? '' : `, the last one ${agoText(usedAt, nowMs)}`;
      return [
        ['Access', accessText(now, nowMs)],
        ...endsRow(now, nowMs),
        ...(hits > 0 ? [['Requests', `${hits}${last}`] as [string, string]] : []),
        ...pullRows(now),
      ];
    }
  }
}

function accessText(now: z.infer<typeof live>, nowMs: number): string {
  const { access, gate, public_until: until } = now;
  if (until !== null) return `${access} for ${leftText(until, nowMs)}`;
  return access === 'private' && gate === 'repo'
    ? 'private, for readers of the repository'
    : access;
}

/** Whichever comes first, and what its owner can do about it. */
function endsRow(now: z.infer<typeof live>, nowMs: number): [string, string][] {
  const { expires_at: expiresAt, idle_expires_at: idleAt } = now;
  if (expiresAt === null) return [];
  const atLatest = leftText(expiresAt, nowMs);
  const isIdleFirst = idleAt !== null && Date.parse(idleAt) < Date.parse(expiresAt);
  if (!isIdleFirst) return [['Ends', `in ${atLatest}`]];
  const idle = leftText(idleAt, nowMs);
  return [['Ends', `in ${idle} unless somebody uses it, in ${atLatest} at the latest`]];
}

function endedText({ reason, ended_by: by, ended_at: at }: z.infer<typeof ended>, nowMs: number) {
  const why = reasonText(reason, by);
  return at === null ? `(${why})` : `${agoText(at, nowMs)}: ${why}`;
}

function reasonText(reason: string | null, by: string | null): string {
  switch (reason) {
    case null:
      return 'why is not known';
    case 'removed':
      return by === null ? 'it was removed' : `${by} has removed it`;
    case 'left':
      return by === null ? 'its intercept was ended' : `${by} has ended its intercept`;
    case 'expired':
      return 'its time was up';
    case 'idle':
      return 'nobody had used it for a while';
    case 'pull-request':
      return 'its pull request was closed';
    default:
      return by === null ? reason : `${reason}, by ${by}`;
  }
}

function leftText(at: string, nowMs: number): string {
  return timeText(Date.parse(at) - nowMs);
}

function agoText(at: string, nowMs: number): string {
  return `${timeText(nowMs - Date.parse(at))} ago`;
}
