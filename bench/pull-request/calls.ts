import type { Call } from './api-watch.ts';

/** How many calls of the API there were, by GitHub's name of the operation. */
export type Calls = Readonly<Record<string, number>>;

export function tally(calls: readonly Call[]): Calls {
  const counts: Record<string, number> = {};
  for (const { operation } of calls) counts[operation] = (counts[operation] ?? 0) + 1;
  return counts;
}

export function sumOf(calls: Calls): number {
  return Object.values(calls).reduce((sum, each) => sum + each, 0);
}
