/** How near each limit of one Cluster object a day comes, and the connector behind it. */
import type { Costs } from './costs.ts';
import type { ObjectDay } from './day.ts';
import type { Pressure } from './pressures.ts';
import { rowsKept } from './usage.ts';

export function objectPressures(days: readonly ObjectDay[], costs: Costs): Pressure[] {
  const { cloudflare, byway, workload } = costs;
  const most = (of: (day: ObjectDay) => number): number =>
    days.reduce((max, day) => Math.max(max, of(day)), 0);
  const cpuS =
    (cloudflare.objectCpuUs * byway.gateCpuFactor * 1e3 +
      workload.answerBytes * cloudflare.objectCpuNsPerByte) /
    1e9;
  const raisedBy = 'more shards';
  return [
    {
      what: 'requests of one object',
      load: most((day) => day.busiestRequestsPerS),
      limit: cloudflare.objectRequestsPerS,
      unit: 'a second',
      raisedBy: 'more shards; one preview alone cannot be split',
    },
    {
      what: 'processor of one object',
      load: most((day) => day.busiestRequestsPerS) * cpuS,
      limit: 1,
      unit: 'threads',
      raisedBy,
    },
    {
      what: 'streams in one tunnel',
      load: most((day) => day.mostStreams) / workload.connectorsPerCluster,
      limit: byway.tunnelStreams,
      unit: 'at a time',
      raisedBy,
    },
    {
      what: 'sockets of one object',
      load: most((day) => day.mostSockets) + workload.connectorsPerCluster,
      limit: cloudflare.objectSockets,
      unit: 'at a time',
      raisedBy,
    },
    {
      what: 'memory of one object',
      // What does not grow with the load: the program, and a peer that fills its window.
      load: most((day) => memoryOf(day, costs)) - cloudflare.objectBaseBytes,
      limit: cloudflare.objectMemoryBytes - cloudflare.objectBaseBytes - byway.windowBytes,
      unit: 'bytes beside program and window',
      raisedBy,
    },
    {
      what: 'storage of one object',
      load: most((day) => rowsKept(day.previews, costs)) * byway.rowBytes,
      limit: cloudflare.objectStorageBytes,
      unit: 'bytes after a year',
      raisedBy,
    },
    {
      what: 'processor of the busiest connector',
      load: busiestCluster(days) * cpuOfConnector(costs),
      limit: 1,
      unit: 'threads',
      raisedBy: 'a second cluster',
    },
  ];
}

/** An awake object at its busiest second: what it is, what it remembers, what passes through. */
export function memoryOf(day: ObjectDay, { byway, cloudflare, workload }: Costs): number {
  const inFlight = (day.busiestRequestsPerS * workload.requestMs) / 1_000;
  return (
    cloudflare.objectBaseBytes +
    day.previews * byway.recordBytes +
    (day.mostSockets + workload.connectorsPerCluster) * cloudflare.socketBytes +
    workload.connectorsPerCluster * byway.sessionBytes +
    day.mostStreams * byway.streamBytes +
    inFlight * workload.answerBytes
  );
}

/** Seconds for each request. A connector is Node, like the edge of the other engine. */
export function cpuOfConnector({ node, workload }: Costs): number {
  return (node.cpuUs * 1e3 + workload.answerBytes * node.cpuNsPerByte) / 1e9;
}

/** Its shards' busiest seconds together, as if they fell on one. */
function busiestCluster(days: readonly ObjectDay[]): number {
  const loads = new Map<number, number>();
  for (const { cluster, busiestRequestsPerS } of days) {
    loads.set(cluster, (loads.get(cluster) ?? 0) + busiestRequestsPerS);
  }
  return Math.max(...loads.values());
}
