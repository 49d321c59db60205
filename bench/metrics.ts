/** What is measured of a contender in one round; all by name, so that medians are one loop. */
export const metrics = [
  'requestsPerS1',
  'requestsPerS32',
  'requestsPerS256',
  'p50Us1',
  'p50Us32',
  'p50Us256',
  'p99Us1',
  'p99Us32',
  'p99Us256',
  'downMegabytesPerS',
  'upMegabytesPerS',
  /** 4 connections beside an unthrottled download, and what that download carried. */
  'besideBulkP99Us',
  'besideBulkMegabytesPerS',
  /** 4 connections beside a download of 20 MB/s. */
  'besideThrottledP99Us',
  'besideThrottledMegabytesPerS',
  /** At 32 connections, of all its processes. */
  'cpuSecondsPer10k',
  'idleMib',
  /** The most that was seen right after a load. */
  'loadedMib',
  /** Of workerd alone: right after a large download of 20 MB/s, and the most during it. */
  'slowReaderMib',
  'slowReaderPeakMib',
  /** Streams that are open 5 s after the last client has gone. */
  'streamsLeft',
  /** From the last client's going to the last stream's end; missing when they do not all end. */
  'goneS',
] as const;

export type Metric = (typeof metrics)[number];
export type Values = Partial<Record<Metric, number>>;

export function median(values: readonly number[]): number | undefined {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle];
  if (upper === undefined || sorted.length % 2 === 1) return upper;
  return ((sorted[middle - 1] ?? upper) + upper) / 2;
}

export function medians(rounds: readonly Values[]): Values {
  const result: Values = {};
  for (const metric of metrics) {
    const value = median(rounds.flatMap((round) => round[metric] ?? []));
    if (value !== undefined) result[metric] = value;
  }
  return result;
}
