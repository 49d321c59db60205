/** A team on Workers and Durable Objects: objects, their load and memory, the bill, what breaks. */
import { billOf, type Bill, type Usage } from './bill.ts';
import type { Costs } from './costs.ts';
import type { ObjectDay } from './day.ts';
import { memoryOf, objectPressures } from './object-load.ts';
import { organisationPressures, type OrganisationDay } from './organisation.ts';
import type { Team } from './population.ts';
import { byStrain, type Pressure } from './pressures.ts';
import { spreadOf, type Spread } from './spread.ts';
import { dayUsage, emptyDay, freePlanOf, messagesPerRequest, monthOf, restUsage } from './usage.ts';

export interface CloudflareResult {
  readonly objects: number;
  readonly tunnelSockets: number;
  readonly previewsOfObject: Spread;
  /** Requests in the busiest second of each object. */
  readonly requestsPerS: Spread;
  readonly shareOverLimit: number;
  readonly streams: Spread;
  /** At the busiest second, bytes. */
  readonly memoryBytes: Spread;
  /** The fullest object with a peer that sends whatever its credit allows. */
  readonly worstMemoryBytes: number;
  readonly idlePreviewBytes: number;
  /** Share of the day in which an object is billed. */
  readonly activeShare: Spread;
  readonly usage: Usage;
  readonly atRest: Bill;
  readonly underLoad: Bill;
  /** If the seconds before sleep were billed as well. */
  readonly underLoadAwake: Bill;
  readonly perMillion: { readonly requests: number; readonly duration: number };
  /** What a working day asks of the free plan, worst of its limits; above 1 it does not fit. */
  readonly freePlan: Pressure;
  readonly pressures: readonly Pressure[];
}

export function onCloudflare(
  team: Team,
  days: readonly ObjectDay[],
  organisation: OrganisationDay,
  costs: Costs,
): CloudflareResult {
  const { cloudflare, byway, workload } = costs;
  const spread = (of: (day: ObjectDay) => number): Spread => spreadOf(days.map(of));
  const memory = (day: ObjectDay): number => memoryOf(day, costs);
  const memoryBytes = spread(memory);
  const working = dayUsage(days, organisation, costs);
  const rest = restUsage(days, team, costs);
  const usage = monthOf(working, rest, (day) => day.activeGbS, costs);
  const awake = monthOf(working, rest, (day) => day.residentGbS, costs);
  const requests = days.reduce((sum, day) => sum + day.requests, 0);
  const messages = messagesPerRequest(costs) / cloudflare.messagesPerRequest;
  return {
    objects: days.length,
    tunnelSockets: days.length * workload.connectorsPerCluster,
    previewsOfObject: spread((day) => day.previews),
    requestsPerS: spread((day) => day.busiestRequestsPerS),
    shareOverLimit:
      days.filter((day) => day.busiestRequestsPerS > cloudflare.objectRequestsPerS).length /
      days.length,
    streams: spread((day) => day.mostStreams),
    memoryBytes,
    worstMemoryBytes: memoryBytes.max + byway.windowBytes * workload.connectorsPerCluster,
    idlePreviewBytes: byway.recordBytes,
    activeShare: spread((day) => day.activeS / 86_400),
    usage,
    atRest: billOf(
      monthOf(emptyDay, rest, () => 0, costs),
      costs,
    ),
    underLoad: billOf(usage, costs),
    underLoadAwake: billOf(awake, costs),
    perMillion: {
      requests:
        cloudflare.workerRequestUsdPerMillion +
        (cloudflare.workerCpuUs / 1_000) * cloudflare.workerCpuUsdPerMillionMs +
        (1 + messages) * cloudflare.objectRequestUsdPerMillion,
      duration: (working.activeGbS / requests) * cloudflare.durationUsdPerMillionGbS,
    },
    freePlan: freePlanOf(working, costs),
    pressures: byStrain([
      ...objectPressures(days, costs),
      ...organisationPressures(organisation, costs),
    ]),
  };
}
