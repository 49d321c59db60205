/** The Markdown that `docs/scaling.md` shows: a column for each team, a row for each question. */
import { sumsOf } from './arithmetic.ts';
import { costs, inputs } from './costs.ts';
import { busiestHourShare } from './day.ts';
import { distance, dollars, markdown, megabytes, percent, short, spread, whole } from './format.ts';
import type { Input } from './input.ts';
import type { Outcome } from './model.ts';
import type { Pressure } from './pressures.ts';

type Row = readonly [question: string, answer: (outcome: Outcome) => string];

const shared: readonly Row[] = [
  ['viewers', ({ organisation }) => whole(organisation.viewers)],
  ['requests a working day', ({ requestsPerDay }) => whole(requestsPerDay)],
  [
    'requests to GitHub in the busiest hour; allowed',
    ({ organisation }) =>
      `${whole(organisation.membershipPerHour)}; ${whole(organisation.membershipLimitPerHour)}`,
  ],
  ['… with lists of members', ({ organisation }) => whole(organisation.listedPerHour)],
];

const cloudflareRows: readonly Row[] = [
  ...shared,
  ['Cluster objects', ({ cloudflare }) => whole(cloudflare.objects)],
  ['tunnel sockets', ({ cloudflare }) => whole(cloudflare.tunnelSockets)],
  ['previews of an object ¹', ({ cloudflare }) => spread(cloudflare.previewsOfObject)],
  ['requests in its busiest second ¹', ({ cloudflare }) => spread(cloudflare.requestsPerS)],
  ['objects over 500 requests a second', ({ cloudflare }) => percent(cloudflare.shareOverLimit)],
  ['streams open in its tunnel ¹', ({ cloudflare }) => spread(cloudflare.streams)],
  ['memory at its busiest second ¹', ({ cloudflare }) => spread(cloudflare.memoryBytes, megabytes)],
  ['… of the fullest, its window full', ({ cloudflare }) => megabytes(cloudflare.worstMemoryBytes)],
  ['memory of an idle preview', ({ cloudflare }) => `${whole(cloudflare.idlePreviewBytes)} bytes`],
  [
    'share of the day that is billed ¹',
    ({ cloudflare }) => spread(cloudflare.activeShare, percent),
  ],
  ['**$ a month, nobody looks**', ({ cloudflare }) => dollars(cloudflare.atRest.total)],
  ['**$ a month**', ({ cloudflare }) => `**${dollars(cloudflare.underLoad.total)}**`],
  ['… Worker', ({ cloudflare }) => dollars(cloudflare.underLoad.worker)],
  [
    '… requests and messages of objects',
    ({ cloudflare }) => dollars(cloudflare.underLoad.objectRequests),
  ],
  ['… time that objects are awake', ({ cloudflare }) => dollars(cloudflare.underLoad.duration)],
  ['… rows and storage', ({ cloudflare }) => dollars(cloudflare.underLoad.storage)],
  [
    '$ a month, if the 10 s before sleep were billed',
    ({ cloudflare }) => dollars(cloudflare.underLoadAwake.total),
  ],
  [
    '$ per further million requests: calls + time',
    ({ cloudflare: { perMillion } }) =>
      `${dollars(perMillion.requests)} + ${dollars(perMillion.duration)}`,
  ],
  ['the free plan', ({ cloudflare }) => distance(cloudflare.freePlan)],
  ...breaking(({ cloudflare }) => cloudflare.pressures),
];

const nodeRows: readonly Row[] = [
  ...shared,
  ['clusters, each one object', ({ node }) => whole(node.clusters)],
  ['tunnels and open streams', ({ node }) => whole(node.sockets)],
  ['requests in the busiest second', ({ node }) => whole(node.requestsPerS)],
  ['… of a cluster ¹', ({ node }) => spread(node.requestsPerSOfCluster)],
  ['processor in that second, of one thread', ({ node }) => percent(node.cpuThreads)],
  ['memory in that second', ({ node }) => megabytes(node.memoryBytes)],
  ['… with every window full', ({ node }) => megabytes(node.worstMemoryBytes)],
  ['memory of an idle preview', ({ node }) => `${whole(node.idlePreviewBytes)} bytes`],
  ['network in that second, out', ({ node }) => `${short(node.outBitsPerS / 1e6)} Mbit/s`],
  ['machines', ({ node }) => whole(node.machines)],
  ['**$ a month, nobody looks**', ({ node }) => dollars(node.atRestUsd)],
  ['**$ a month, machines**', ({ node }) => `**${dollars(node.machinesUsd)}**`],
  [
    '… and traffic, where it is billed',
    ({ node }) => `${dollars(node.trafficUsd)} for ${whole(node.trafficGb)} GB`,
  ],
  ['$ per further million requests: traffic', ({ node }) => dollars(node.trafficUsdPerMillion)],
  ...breaking(({ node }) => node.pressures),
];

function breaking(of: (outcome: Outcome) => readonly Pressure[]): Row[] {
  const nth = (index: number) => (outcome: Outcome) => {
    const pressure = of(outcome)[index];
    return pressure ? distance(pressure) : '–';
  };
  return [
    ['**breaks first**', nth(0)],
    ['raised by', (outcome) => of(outcome)[0]?.raisedBy ?? '–'],
    ['breaks second', nth(1)],
    ['raised by', (outcome) => of(outcome)[1]?.raisedBy ?? '–'],
    ['breaks third', nth(2)],
  ];
}

export function cloudflareTable(outcomes: readonly Outcome[]): string {
  return table('Cloudflare', outcomes, cloudflareRows);
}

export function nodeTable(outcomes: readonly Outcome[]): string {
  return table('Node', outcomes, nodeRows);
}

function table(engine: string, outcomes: readonly Outcome[], rows: readonly Row[]): string {
  const columns = outcomes.map(({ team }) => `${whole(team.previews)} previews`);
  return markdown(
    [engine, ...columns],
    rows.map(([question, answer]) => [question, ...outcomes.map(answer)]),
  );
}

/** One cluster with its previews on more and more shards. */
export function shardTable(outcomes: readonly Outcome[]): string {
  const rows = outcomes.map(({ team, cloudflare }) => {
    const [first] = cloudflare.pressures.filter(({ what }) => what.includes('one'));
    return [
      whole(team.shards),
      spread(cloudflare.previewsOfObject),
      spread(cloudflare.requestsPerS),
      spread(cloudflare.streams),
      spread(cloudflare.memoryBytes, megabytes),
      dollars(cloudflare.underLoad.total),
      first ? distance(first) : '–',
    ];
  });
  return markdown(
    [
      'shards',
      'previews ¹',
      'busiest second ¹',
      'streams ¹',
      'memory ¹',
      '$ a month',
      'first limit of an object',
    ],
    rows,
  );
}

/** What needs no simulation. */
export function arithmeticTable(): string {
  return markdown(['what', 'reckoned', 'comes to'], sumsOf(costs));
}

/** What people do. */
export function workloadTable(): string {
  const rows = Object.entries(inputs.workload).map(([name, input]) => inputRow(name, input));
  const peak = `${short(busiestHourShare * 24)}`;
  const source = 'assumed: `hourWeights`, office hours of one time zone';
  return markdown(inputHead, [...rows, ['`hourWeights`', peak, 'busiest hour ÷ mean', source]]);
}

/** All of costs.ts. */
export function inputTable(): string {
  const rows = Object.entries(inputs).flatMap(([group, each]) =>
    Object.entries(each).map(([name, input]) => inputRow(`${group}.${name}`, input)),
  );
  return markdown(inputHead, rows);
}

const inputHead = ['input', 'value', 'unit', 'source'];

function inputRow(name: string, { value, unit, kind, source }: Input): string[] {
  const number = value.toLocaleString('en-US', { maximumFractionDigits: 4 });
  return [`\`${name}\``, number, unit, `${kind}: ${source}`];
}
