/** Intercepts that somebody else has ended: their owner is told, for as long as it matters. */
import type { InterceptSpec } from '#protocol/control.ts';
import type { State } from './state.ts';

export type Ended = State['ended'][number];

const maxEnded = 20;
const tellMs = 24 * 3_600_000;
const maxReasonCharacters = 300;
// A terminal shows it.
// eslint-disable-next-line no-control-regex
const controlCharacters = /[\u0000-\u001f\u007f-\u009f]/g;

/** With the one that has ended; those of its name before are of the past. */
export function withEnded(
  ended: readonly Ended[],
  { name, workload, namespace }: InterceptSpec,
  end: { reason: string; by?: string | undefined },
  nowMs: number,
): Ended[] {
  const reason = plain(end.reason);
  const by = end.by === undefined ? null : plain(end.by);
  const next = { name, workload, namespace, reason, by, atMs: nowMs };
  return [...without(ended, name, nowMs), next].slice(-maxEnded);
}

function plain(text: string): string {
  return text.replaceAll(controlCharacters, ' ').slice(0, maxReasonCharacters);
}

/** Without those of long ago, and without that name, which is in use again. */
export function without(ended: readonly Ended[], name: string | undefined, nowMs: number): Ended[] {
  return ended.filter((each) => each.name !== name && nowMs - each.atMs < tellMs);
}
