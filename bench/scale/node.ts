/** A team on `byway edge`: one process for all clusters, one shard for each of them. */
import type { Costs } from './costs.ts';
import { secondsOfDay, type ObjectDay, type Totals } from './day.ts';
import { organisationPressures, type OrganisationDay } from './organisation.ts';
import type { Team } from './population.ts';
import { byStrain, strain, type Pressure } from './pressures.ts';
import { spreadOf, type Spread } from './spread.ts';

export interface NodeResult {
  readonly clusters: number;
  /** Tunnels and viewers’ open streams at the fullest second. */
  readonly sockets: number;
  /** Requests in the busiest second, all clusters together. */
  readonly requestsPerS: number;
  /** … and of each cluster. */
  readonly requestsPerSOfCluster: Spread;
  readonly cpuThreads: number;
  readonly memoryBytes: number;
  readonly worstMemoryBytes: number;
  readonly idlePreviewBytes: number;
  readonly outBitsPerS: number;
  readonly trafficGb: number;
  readonly machines: number;
  readonly atRestUsd: number;
  readonly machinesUsd: number;
  readonly trafficUsd: number;
  readonly trafficUsdPerMillion: number;
  readonly pressures: readonly Pressure[];
}

export function onNode(
  team: Team,
  days: readonly ObjectDay[],
  totals: Totals,
  organisation: OrganisationDay,
  costs: Costs,
): NodeResult {
  const { node, byway, workload } = costs;
  const most = (of: (day: ObjectDay) => number): number =>
    days.reduce((max, day) => Math.max(max, of(day)), 0);
  const requestsPerS = mostOf(totals.requests);
  const streams = mostOf(totals.sockets);
  const sockets = streams + days.length * workload.connectorsPerCluster;
  const cpuThreads =
    requestsPerS * cpuOfEdge(costs) +
    (streams * workload.webSocketMessagesPerMin * node.messageCpuUs) / 60e6;
  const inFlight = (requestsPerS * workload.requestMs) / 1_000;
  const memoryBytes =
    node.baseBytes +
    team.previews * byway.recordBytes +
    days.length * (node.databaseBytes + workload.connectorsPerCluster * byway.sessionBytes) +
    sockets * (node.socketBytes + byway.streamBytes) +
    inFlight * (workload.answerBytes + byway.streamBytes);
  const outBitsPerS = requestsPerS * workload.answerBytes * 8;
  const busyDays = workload.workingDays + workload.restDays * workload.restDayShare;
  const requestsPerMonth = days.reduce((sum, day) => sum + day.requests, 0) * busyDays;
  const trafficGb = (requestsPerMonth * workload.answerBytes) / 1e9;
  const machine = machinePressures(
    { cpuThreads, memoryBytes, outBitsPerS, files: sockets + days.length * node.filesPerDatabase },
    costs,
  );
  const machines = Math.max(1, Math.ceil(Math.max(...machine.map(strain))));
  const worstMemoryBytes =
    memoryBytes + days.length * workload.connectorsPerCluster * byway.windowBytes;
  const trafficUsd = trafficUsdOf(trafficGb, costs);
  return {
    clusters: days.length,
    sockets,
    requestsPerS,
    requestsPerSOfCluster: spreadOf(days.map((day) => day.busiestRequestsPerS)),
    cpuThreads,
    memoryBytes,
    worstMemoryBytes,
    idlePreviewBytes: byway.recordBytes,
    outBitsPerS,
    trafficGb,
    machines,
    atRestUsd: node.machineUsd,
    machinesUsd: machines * node.machineUsd,
    trafficUsd,
    trafficUsdPerMillion: (trafficUsd / requestsPerMonth) * 1e6,
    pressures: byStrain([
      ...machine,
      {
        what: 'memory, every window full',
        load: worstMemoryBytes,
        limit: node.machineMemoryBytes,
        unit: 'bytes',
        raisedBy: 'more memory, or a second edge machine with clusters of its own',
      },
      {
        what: 'streams in one tunnel',
        load: most((day) => day.mostStreams),
        limit: byway.tunnelStreams,
        unit: 'at a time',
        raisedBy: 'the Cloudflare engine with more shards',
      },
      ...organisationPressures(organisation, costs).filter(({ what }) => what.includes('GitHub')),
    ]),
  };
}

/** Seconds for each request. */
export function cpuOfEdge({ node, byway, workload }: Costs): number {
  return (node.cpuUs * byway.gateCpuFactor * 1e3 + workload.answerBytes * node.cpuNsPerByte) / 1e9;
}

interface MachineLoad {
  cpuThreads: number;
  memoryBytes: number;
  outBitsPerS: number;
  files: number;
}

/** What another machine shares. */
function machinePressures(load: MachineLoad, { node }: Costs): Pressure[] {
  const raisedBy = 'a second edge machine with clusters of its own';
  return [
    { what: 'processor: one thread', load: load.cpuThreads, limit: 1, unit: 'threads', raisedBy },
    {
      what: 'memory of the machine',
      load: load.memoryBytes,
      limit: node.machineMemoryBytes,
      unit: 'bytes',
      raisedBy,
    },
    {
      what: 'network of the machine',
      load: load.outBitsPerS,
      limit: node.machineBitsPerS,
      unit: 'bit/s out',
      raisedBy: `a larger machine, or ${raisedBy}`,
    },
    { what: 'open files', load: load.files, limit: node.openFiles, unit: 'at a time', raisedBy },
  ];
}

/** Outgoing bytes of a month, at falling prices. */
export function trafficUsdOf(gb: number, { node }: Costs): number {
  const steps = [
    [node.trafficFreeGb, 0],
    [10_000, node.trafficUsdTo10Tb],
    [50_000, node.trafficUsdTo50Tb],
    [150_000, node.trafficUsdTo150Tb],
    [Infinity, node.trafficUsdBeyond],
  ] as const;
  let usd = 0;
  let from = 0;
  for (const [to, price] of steps) {
    usd += Math.max(0, Math.min(gb, to) - from) * price;
    from = to;
  }
  return usd;
}

function mostOf(seconds: Float64Array): number {
  let most = 0;
  for (let second = 0; second < secondsOfDay; second += 1)
    most = Math.max(most, seconds[second] ?? 0);
  return most;
}
