/** What a month of a team adds up to, in the units that Cloudflare bills. */
import type { Usage } from './bill.ts';
import type { Costs } from './costs.ts';
import type { ObjectDay } from './day.ts';
import type { OrganisationDay } from './organisation.ts';
import type { Team } from './population.ts';
import { byStrain, type Pressure } from './pressures.ts';

export interface DayUsage extends Omit<Usage, 'durationGbS' | 'storedGb'> {
  readonly activeGbS: number;
  readonly residentGbS: number;
}

export const emptyDay: DayUsage = {
  workerRequests: 0,
  workerCpuMs: 0,
  objectRequests: 0,
  rowsRead: 0,
  rowsWritten: 0,
  activeGbS: 0,
  residentGbS: 0,
};

/** What viewers cause on a working day. */
export function dayUsage(
  days: readonly ObjectDay[],
  { leases }: OrganisationDay,
  costs: Costs,
): DayUsage {
  const { cloudflare, byway, workload } = costs;
  const requests = sum(days, (day) => day.requests + day.sockets);
  const messagesIn =
    sum(days, (day) => day.messagesIn) +
    sum(days, (day) => day.requests) * messagesPerRequest(costs);
  const created = sum(days, (day) => day.previews) / workload.previewLifeDays;
  return {
    workerRequests: requests,
    workerCpuMs: (requests * cloudflare.workerCpuUs) / 1_000,
    objectRequests: requests + messagesIn / cloudflare.messagesPerRequest + leases,
    rowsRead: sum(days, (day) => day.wakes * day.previews) + leases * byway.rowsPerLease,
    rowsWritten:
      created * byway.rowsPerPreview +
      sum(days, (day) => (day.residentS / 60) * byway.rowsPerAwakeMin),
    activeGbS: sum(days, (day) => day.activeS) * cloudflare.durationGb,
    residentGbS: sum(days, (day) => day.residentS) * cloudflare.durationGb,
  };
}

/** What happens every day, whether anybody looks or not: tunnels that come back. */
export function restUsage(
  days: readonly ObjectDay[],
  team: Team,
  costs: Costs,
): DayUsage & { storedGb: number } {
  const { cloudflare, byway, workload } = costs;
  const reconnects = days.length * workload.connectorsPerCluster * workload.reconnectsPerDay;
  const stored =
    rowsKept(team.previews, costs) * byway.rowBytes + days.length * cloudflare.emptyDatabaseBytes;
  const activeGbS = ((reconnects * cloudflare.wakeMs) / 1_000) * cloudflare.durationGb;
  return {
    workerRequests: reconnects,
    workerCpuMs: (reconnects * cloudflare.workerCpuUs) / 1_000,
    objectRequests: reconnects,
    rowsRead: team.previews * workload.connectorsPerCluster * workload.reconnectsPerDay,
    rowsWritten: 0,
    activeGbS,
    residentGbS: activeGbS + reconnects * cloudflare.hibernateAfterS * cloudflare.durationGb,
    storedGb: stored / 1e9,
  };
}

export function monthOf(
  working: DayUsage,
  rest: DayUsage & { storedGb: number },
  duration: (day: DayUsage) => number,
  { workload }: Costs,
): Usage {
  const busy = workload.workingDays + workload.restDays * workload.restDayShare;
  const all = workload.workingDays + workload.restDays;
  const month = (of: (day: DayUsage) => number): number => of(working) * busy + of(rest) * all;
  return {
    workerRequests: month((day) => day.workerRequests),
    workerCpuMs: month((day) => day.workerCpuMs),
    objectRequests: month((day) => day.objectRequests),
    durationGbS: month(duration),
    rowsRead: month((day) => day.rowsRead),
    rowsWritten: month((day) => day.rowsWritten),
    storedGb: rest.storedGb,
  };
}

/** The limit of the free plan that a working day comes nearest to. */
export function freePlanOf(day: DayUsage, { cloudflare }: Costs): Pressure {
  const raisedBy = 'Workers Paid';
  const [worst] = byStrain([
    {
      what: 'Worker requests',
      load: day.workerRequests,
      limit: cloudflare.freeRequestsPerDay,
      unit: 'a day',
      raisedBy,
    },
    {
      what: 'object requests',
      load: day.objectRequests,
      limit: cloudflare.freeRequestsPerDay,
      unit: 'a day',
      raisedBy,
    },
    {
      what: 'duration',
      load: day.activeGbS,
      limit: cloudflare.freeGbSPerDay,
      unit: 'GB-s a day',
      raisedBy,
    },
    {
      what: 'rows written',
      load: day.rowsWritten,
      limit: cloudflare.freeRowsWrittenPerDay,
      unit: 'a day',
      raisedBy,
    },
  ]);
  if (!worst) throw new RangeError('no limits');
  return worst;
}

/** Through the tunnel into the object: one with the head and a small body, more for a large one. */
export function messagesPerRequest({ workload, byway }: Costs): number {
  return 1 + workload.answerBytes / byway.payloadBytes;
}

/** Rows of live previews, and of ended ones. */
export function rowsKept(previews: number, { workload }: Costs): number {
  return previews + (previews / workload.previewLifeDays) * workload.endedKeptDays;
}

function sum(days: readonly ObjectDay[], of: (day: ObjectDay) => number): number {
  return days.reduce((total, day) => total + of(day), 0);
}
