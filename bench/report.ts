/** The Markdown that is printed: one table of medians, one of goals, and what went wrong. */
import type { Contender } from './contender.ts';
import type { Engine } from './engine.ts';
import type { Outcome } from './goals.ts';
import type { Metric, Values } from './metrics.ts';
import type { Result } from './rounds.ts';

interface Column {
  readonly title: string;
  readonly metrics: readonly Metric[];
  readonly format: (value: number) => string;
  /** @default ' / ' */
  readonly by?: string;
}

const requests: readonly Column[] = [
  {
    title: 'req/s at 1 / 32 / 256',
    metrics: ['requestsPerS1', 'requestsPerS32', 'requestsPerS256'],
    format: thousands,
  },
  { title: 'p50 ms', metrics: ['p50Us1', 'p50Us32', 'p50Us256'], format: milliseconds },
  { title: 'p99 ms', metrics: ['p99Us1', 'p99Us32', 'p99Us256'], format: milliseconds },
];
const bulk: Column = {
  title: 'MB/s down / up',
  metrics: ['downMegabytesPerS', 'upMegabytesPerS'],
  format: whole,
};
const beside: Column = {
  title: 'p99 ms at 4 beside bulk / 20 MB/s',
  metrics: ['besideBulkP99Us', 'besideThrottledP99Us'],
  format: milliseconds,
};
const usage: readonly Column[] = [
  {
    title: 'CPU s per 10k',
    metrics: ['cpuSecondsPer10k'],
    format: (value) => value.toFixed(2),
  },
  { title: 'RSS MiB idle → load', metrics: ['idleMib', 'loadedMib'], format: whole, by: ' → ' },
];
const workerd: readonly Column[] = [
  {
    title: 'RSS MiB of workerd after / while 20 MB/s',
    metrics: ['slowReaderMib', 'slowReaderPeakMib'],
    format: whole,
  },
  { title: 'streams left after 5 s', metrics: ['streamsLeft'], format: whole },
  { title: 'all gone after s', metrics: ['goneS'], format: (value) => value.toFixed(1) },
];

const columnsOf: Readonly<Record<Engine, readonly Column[]>> = {
  node: [...requests, bulk, beside, ...usage],
  cloudflare: [...requests, bulk, ...usage, ...workerd],
};

export function tableOf(
  engine: Engine,
  contenders: readonly Contender[],
  medians: Readonly<Record<string, Values>>,
  absent: Result['absent'],
): string {
  const columns = columnsOf[engine];
  const rows = contenders.map(({ id, name }) => {
    const reason = absent[id];
    if (reason !== undefined) return [name, reason, ...columns.slice(1).map(() => '–')];
    return [name, ...columns.map((column) => cell(column, medians[id] ?? {}))];
  });
  return markdown(['contender', ...columns.map(({ title }) => title)], rows);
}

function cell({ metrics, format, by = ' / ' }: Column, values: Values): string {
  const texts = metrics.map((each) => (values[each] === undefined ? '–' : format(values[each])));
  return texts.every((text) => text === '–') ? '–' : texts.join(by);
}

export function goalTableOf(
  engine: Engine,
  outcomes: readonly Outcome[],
  absent: Result['absent'],
): string {
  const rows = outcomes.map(({ goal, middle, lowest, highest, reached }) => {
    const sign = goal.want === 'at least' ? '≥' : '≤';
    const wanted = `${sign} ${goal.limit}`;
    if (middle === undefined) {
      const failed = [goal.of, goal.against].some((id) => absent[id] !== undefined);
      return [goal.title, wanted, '–', '–', failed ? 'not measured, see above' : 'not measured'];
    }
    const range = `${lowest?.toFixed(2)} … ${highest?.toFixed(2)}`;
    return [goal.title, wanted, middle.toFixed(2), range, reached ? 'yes' : '**no**'];
  });
  const title = engine === 'node' ? 'ratio of the same round' : 'of the same round';
  return markdown([title, 'goal', 'median', 'rounds', 'reached'], rows);
}

export function remarksOf({ omitted, faults, notes }: Result): string {
  const list = (title: string, lines: readonly string[]): string =>
    lines.length === 0 ? '' : `\n${title}\n${lines.map((line) => `- ${line}`).join('\n')}\n`;
  const fine = 'Every answer that was counted was right: status, length, and no broken connection.';
  return (
    (faults.length === 0 ? `\n${fine}\n` : list('Wrong answers and failed loads:', faults)) +
    list('Seen:', notes) +
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
