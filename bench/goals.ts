/** The ratios that Byway has set itself, each between two contenders of the same round. */
import { median, type Metric, type Values } from './metrics.ts';

export interface Goal {
  readonly title: string;
  readonly of: string;
  readonly against: string;
  readonly metric: Metric;
  /** `at least`: more is better. */
  readonly want: 'at least' | 'at most';
  readonly ratio: number;
}

const relay = { of: 'relay', against: 'frp' } as const;
const least = (ratio: number) => ({ want: 'at least', ratio }) as const;
const most = (ratio: number) => ({ want: 'at most', ratio }) as const;

export const goals: readonly Goal[] = [
  {
    title: 'relay ÷ frp, req/s at 32 connections',
    ...relay,
    metric: 'requestsPerS32',
    ...least(2.5),
  },
  { title: 'relay ÷ frp, req/s at 256', ...relay, metric: 'requestsPerS256', ...least(3) },
  { title: 'relay ÷ frp, p50 at 1', ...relay, metric: 'p50Us1', ...most(1) },
  {
    title: 'relay ÷ frp, one large download',
    ...relay,
    metric: 'downMegabytesPerS',
    ...least(0.8),
  },
  { title: 'relay ÷ frp, one large upload', ...relay, metric: 'upMegabytesPerS', ...least(0.8) },
  {
    title: 'relay ÷ frp, p99 beside an unthrottled download',
    ...relay,
    metric: 'besideBulkP99Us',
    ...most(1),
  },
  {
    title: 'relay ÷ frp, p99 beside a 20 MB/s download',
    ...relay,
    metric: 'besideThrottledP99Us',
    ...most(1),
  },
  {
    title: 'whole way ÷ frp, req/s at 32',
    of: 'whole',
    against: 'frp',
    metric: 'requestsPerS32',
    ...least(1),
  },
  {
    title: 'agent passing through ÷ HAProxy, req/s at 32',
    of: 'agent-pass',
    against: 'haproxy',
    metric: 'requestsPerS32',
    ...least(0.5),
  },
  {
    title: 'agent with a filter that does not match ÷ HAProxy, req/s at 32',
    of: 'agent-filter',
    against: 'haproxy',
    metric: 'requestsPerS32',
    ...least(0.35),
  },
];

export interface Outcome {
  readonly goal: Goal;
  /** Median of the rounds' ratios; undefined when one side was not measured. */
  readonly ratio: number | undefined;
  readonly lowest: number | undefined;
  readonly highest: number | undefined;
  readonly reached: boolean | undefined;
}

/** `rounds`: per round, the values of each contender by id. */
export function outcomeOf(
  goal: Goal,
  rounds: readonly Readonly<Record<string, Values>>[],
): Outcome {
  const ratios = rounds.flatMap((round) => {
    const above = round[goal.of]?.[goal.metric];
    const below = round[goal.against]?.[goal.metric];
    return above === undefined || !below ? [] : [above / below];
  });
  const ratio = median(ratios);
  if (ratio === undefined) {
    return { goal, ratio, lowest: undefined, highest: undefined, reached: undefined };
  }
  return {
    goal,
    ratio,
    lowest: Math.min(...ratios),
    highest: Math.max(...ratios),
    reached: goal.want === 'at least' ? ratio >= goal.ratio : ratio <= goal.ratio,
  };
}
