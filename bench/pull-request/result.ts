/** What is told of a run, and what is wrong with it. */
import type { Crowd } from './crowds.ts';
import { pauseBefore, type FixedPause } from './fixed-pause.ts';
import { quantile } from './quantile.ts';
import type { Timed } from './timed.ts';

export interface LoopScale {
  readonly commands: number;
  /** Pull requests at which a preview is made, a push made and the end declared. */
  readonly pulls: number;
}

export function loopScale(quick: boolean): LoopScale {
  return quick ? { commands: 8, pulls: 3 } : { commands: 30, pulls: 8 };
}

/** Of events one at a time. */
export interface TimedResult extends Timed {
  readonly p50Ms: number;
  readonly p95Ms: number;
  readonly p50ToPause: number;
}

export const timedKinds = ['command', 'link', 'push', 'closed'] as const;
export const crowdKinds = ['bare', 'quietPush', 'swarm'] as const;

export interface PullRequestLoop {
  readonly pause: FixedPause;
  readonly timed: Readonly<Record<(typeof timedKinds)[number], TimedResult>>;
  readonly crowds: Readonly<Record<(typeof crowdKinds)[number], Crowd>>;
  /** What there was no time for. */
  readonly omitted: readonly string[];
  readonly faults: readonly string[];
}

export function resultOf(kind: string, timed: Timed): TimedResult {
  const p50Ms = quantile(timed.timesMs, 0.5);
  return {
    ...timed,
    p50Ms,
    p95Ms: quantile(timed.timesMs, 0.95),
    p50ToPause: p50Ms / pauseBefore(kind),
  };
}

export function omittedOf(timed: Readonly<Record<string, Timed>>, scale: LoopScale): string[] {
  return Object.entries(timed).flatMap(([kind, { timesMs }]) => {
    const wanted = kind === 'command' ? scale.commands : scale.pulls;
    const missing = wanted - timesMs.length;
    return missing > 0 ? [`${kind}: ${missing} of ${wanted}, the time was over`] : [];
  });
}

/** More than one comment at a pull request, or one where there is nothing to show. `pulls`: with previews. */
export function faultsOf(crowds: PullRequestLoop['crowds'], pulls: number): string[] {
  const wanted = { bare: 0, quietPush: pulls, swarm: 1 };
  return crowdKinds.flatMap((kind) => {
    const { comments } = crowds[kind];
    const right = wanted[kind];
    return comments === right ? [] : [`${kind}: ${comments} comments instead of ${right}`];
  });
}
