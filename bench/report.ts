/** The Markdown that is printed: one table of medians, one of goals, and what went wrong. */
import type { Contender } from './contender.ts';
import type { Outcome } from './goals.ts';
import type { Metric, Values } from './metrics.ts';
import type { Result } from './rounds.ts';

const head = [
  'contender',
  'req/s at 1 / 32 / 256',
  'p50 ms',
  'p99 ms',
  'MB/s down / up',
  'p99 ms at 4 beside bulk / 20 MB/s',
  'CPU s per 10k',
  'RSS MiB idle → load',
] as const;

export function tableOf(
  contenders: readonly Contender[],
  medians: Readonly<Record<string, Values>>,
  absent: Result['absent'],
): string {
  const rows = contenders.map(({ id, name }) => {
    const reason = absent[id];
    if (reason !== undefined) return [name, reason, ...head.slice(2).map(() => '–')];
    return rowOf(name, medians[id] ?? {});
  });
  return markdown(head, rows);
}

function rowOf(name: string, values: Values): string[] {
  const all = (names: readonly Metric[], format: (value: number) => string): string[] =>
    names.map((each) => (values[each] === undefined ? '–' : format(values[each])));
  const joined = (
    names: readonly Metric[],
    format: (value: number) => string,
    by = ' / ',
  ): string => {
    const cells = all(names, format);
    return cells.every((cell) => cell === '–') ? '–' : cells.join(by);
  };
  return [
    name,
    joined(['requestsPerS1', 'requestsPerS32', 'requestsPerS256'], thousands),
    joined(['p50Us1', 'p50Us32', 'p50Us256'], milliseconds),
    joined(['p99Us1', 'p99Us32', 'p99Us256'], milliseconds),
    joined(['downMegabytesPerS', 'upMegabytesPerS'], whole),
    joined(['besideBulkP99Us', 'besideThrottledP99Us'], milliseconds),
    joined(['cpuSecondsPer10k'], (value) => value.toFixed(2)),
    joined(['idleMib', 'loadedMib'], whole, ' → '),
  ];
}

export function goalTableOf(outcomes: readonly Outcome[], absent: Result['absent']): string {
  const rows = outcomes.map(({ goal, ratio, lowest, highest, reached }) => {
    const sign = goal.want === 'at least' ? '≥' : '≤';
    const wanted = `${sign} ${goal.ratio}`;
    if (ratio === undefined) {
      const failed = [goal.of, goal.against].some((id) => absent[id] !== undefined);
      return [goal.title, wanted, '–', '–', failed ? 'not measured, see above' : 'not measured'];
    }
    const range = `${lowest?.toFixed(2)} … ${highest?.toFixed(2)}`;
    return [goal.title, wanted, ratio.toFixed(2), range, reached ? 'yes' : '**no**'];
  });
  return markdown(['ratio of the same round', 'goal', 'median', 'rounds', 'reached'], rows);
}

export function remarksOf({ omitted, faults }: Result): string {
  const list = (title: string, lines: readonly string[]): string =>
    lines.length === 0 ? '' : `\n${title}\n${lines.map((line) => `- ${line}`).join('\n')}\n`;
  const fine = 'Every answer that was counted was right: status, length, and no broken connection.';
  return (
    (faults.length === 0 ? `\n${fine}\n` : list('Wrong answers and failed loads:', faults)) +
    list('Left out:', omitted)
  );
}

function markdown(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  return [line(head), `|${'---|'.repeat(head.length)}`, ...rows.map(line)].join('\n');
}

function thousands(value: number): string {
  return `${(value / 1_000).toFixed(1)}k`;
}

function milliseconds(us: number): string {
  const ms = us / 1_000;
  return ms < 1 ? ms.toFixed(3) : ms.toFixed(1);
}

function whole(value: number): string {
  return value.toFixed(0);
}
