/** What Byway has set itself, each between two contenders of the same round, or of one alone. */
import type { Engine } from './engine.ts';
import { median, type Metric, type Values } from './metrics.ts';

/** What is formed of `of` and `against`; `value` is that of `of` alone. */
export type Kind = 'ratio' | 'difference' | 'value';

export interface Goal {
  readonly title: string;
  readonly of: string;
  readonly against: string;
  readonly metric: Metric;
  readonly kind: Kind;
  /** `at least`: more is better. */
  readonly want: 'at least' | 'at most';
  readonly limit: number;
}

const relay = { of: 'relay', against: 'frp' } as const;
const least = (limit: number) => ({ kind: 'ratio', want: 'at least', limit }) as const;
const most = (limit: number) => ({ kind: 'ratio', want: 'at most', limit }) as const;

const nodeGoals: readonly Goal[] = [
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

const cloudflareGoals: readonly Goal[] = [
  {
    title: 'relay ÷ Worker → object answers hello, req/s at 32 connections',
    of: 'relay',
    against: 'hello',
    metric: 'requestsPerS32',
    ...least(0.7),
  },
  { title: 'relay ÷ frp, req/s at 256', ...relay, metric: 'requestsPerS256', ...least(0.8) },
  {
    title: 'relay ÷ workerd’s plain fetch proxy, p50 at 1',
    of: 'relay',
    against: 'fetch-proxy',
    metric: 'p50Us1',
    ...most(2.5),
  },
  {
    title: 'relay ÷ frp, one large download',
    ...relay,
    metric: 'downMegabytesPerS',
    ...least(0.7),
  },
  { title: 'relay ÷ frp, one large upload', ...relay, metric: 'upMegabytesPerS', ...least(0.7) },
  {
    title: 'workerd’s RSS after a 20 MB/s download, relay − plain fetch proxy, MiB',
    of: 'relay',
    against: 'fetch-proxy',
    metric: 'slowReaderMib',
    kind: 'difference',
    want: 'at most',
    limit: 64,
  },
  {
    title: 'relay, streams left 5 s after all clients have gone',
    of: 'relay',
    against: 'relay',
    metric: 'streamsLeft',
    kind: 'value',
    want: 'at most',
    limit: 0,
  },
];

export const goalsOf: Readonly<Record<Engine, readonly Goal[]>> = {
  node: nodeGoals,
  cloudflare: cloudflareGoals,
};

export interface Outcome {
  readonly goal: Goal;
  /** Of the rounds' ratios or whatever the goal is about; undefined: a side was not measured. */
  readonly middle: number | undefined;
  readonly lowest: number | undefined;
  readonly highest: number | undefined;
  readonly reached: boolean | undefined;
}

/** `rounds`: per round, the values of each contender by id. */
export function outcomeOf(
  goal: Goal,
  rounds: readonly Readonly<Record<string, Values>>[],
): Outcome {
  const results = rounds.flatMap((round) => {
    const one = round[goal.of]?.[goal.metric];
    const other = round[goal.against]?.[goal.metric];
    return one === undefined || other === undefined ? [] : formed[goal.kind](one, other);
  });
  const middle = median(results);
  if (middle === undefined) {
    return { goal, middle, lowest: undefined, highest: undefined, reached: undefined };
  }
  return {
    goal,
    middle,
    lowest: Math.min(...results),
    highest: Math.max(...results),
    reached: goal.want === 'at least' ? middle >= goal.limit : middle <= goal.limit,
  };
}

/** Nothing where there is nothing to form. */
const formed: Readonly<Record<Kind, (one: number, other: number) => readonly number[]>> = {
  ratio: (one, other) => (other === 0 ? [] : [one / other]),
  difference: (one, other) => [one - other],
  value: (one) => [one],
};
