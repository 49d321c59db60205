/** What all viewers of a team ask of the one Org object, and it of GitHub. The same on both engines. */
import type { Costs } from './costs.ts';
import { busiestHourShare, type ObjectDay } from './day.ts';
import type { Pressure } from './pressures.ts';

export interface OrganisationDay {
  readonly viewers: number;
  /** Leases of viewers in Cluster objects that were made or renewed on a working day, at most. */
  readonly leases: number;
  readonly leasesPerS: number;
  /** Requests to GitHub in the busiest hour: is this person a member? */
  readonly membershipPerHour: number;
  readonly membershipLimitPerHour: number;
  /** The same with lists of all members. */
  readonly listedPerHour: number;
}

export function organisationDay(days: readonly ObjectDay[], costs: Costs): OrganisationDay {
  const { workload, byway, gitHub } = costs;
  const views = days.reduce((sum, day) => sum + day.views, 0);
  const openMin = days.reduce((sum, day) => sum + day.openMin, 0);
  const viewers = Math.max(1, Math.ceil(views / workload.viewsPerViewerPerDay));
  const leases = (views + openMin / byway.leaseMin) * workload.privateShare;
  return {
    viewers,
    leases,
    leasesPerS: (leases * busiestHourShare) / 3_600,
    membershipPerHour: viewers * asksPerHour(costs),
    membershipLimitPerHour: Math.min(
      gitHub.maxRequestsPerHour,
      gitHub.requestsPerHour +
        gitHub.requestsPerUser * Math.max(0, viewers - gitHub.usersBeforeMore),
    ),
    listedPerHour: Math.ceil(viewers / gitHub.membersPerPage) * (60 / byway.leaseMin),
  };
}

/** Requests for one viewer in the busiest hour, when each answer of GitHub is remembered for a lease's time. */
export function asksPerHour({ workload, byway, gitHub }: Costs): number {
  const viewsPerMin = (workload.viewsPerViewerPerDay * busiestHourShare) / 60;
  const openShare = workload.webSocketShare + workload.eventStreamShare;
  const coveredMin = byway.leaseMin + openShare * workload.openTabMin;
  const questions = (60 / byway.leaseMin) * (1 - Math.exp(-viewsPerMin * coveredMin));
  return questions * gitHub.requestsPerQuestion;
}

export function organisationPressures(day: OrganisationDay, costs: Costs): Pressure[] {
  return [
    {
      what: 'requests to GitHub',
      load: day.membershipPerHour,
      limit: day.membershipLimitPerHour,
      unit: 'an hour',
      raisedBy: 'lists of members instead of one by one (not built)',
    },
    {
      what: 'leases asked of the Org object',
      load: day.leasesPerS,
      limit: costs.cloudflare.objectRequestsPerS,
      unit: 'a second',
      raisedBy: 'longer leases',
    },
  ];
}
