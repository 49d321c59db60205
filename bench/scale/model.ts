/** One team through one working day, on both engines. */
import { onCloudflare, type CloudflareResult } from './cloudflare.ts';
import type { Costs } from './costs.ts';
import { simulateDay, Totals, type ObjectDay } from './day.ts';
import { onNode, type NodeResult } from './node.ts';
import { organisationDay, type OrganisationDay } from './organisation.ts';
import { populate, type Team } from './population.ts';
import { Random } from './random.ts';

export interface Outcome {
  readonly team: Team;
  readonly requestsPerDay: number;
  readonly organisation: OrganisationDay;
  readonly cloudflare: CloudflareResult;
  readonly node: NodeResult;
}

/** The same team, seed and costs give the same outcome. */
export function outcomeOf(team: Team, seed: number, costs: Costs): Outcome {
  const sharded = live(team, seed, costs);
  // The Node engine serves each cluster by one object: the same people, put together differently.
  const whole = live({ ...team, shards: 1 }, seed, costs);
  const organisation = organisationDay(sharded.days, costs);
  return {
    team,
    requestsPerDay: sharded.days.reduce((sum, day) => sum + day.requests, 0),
    organisation,
    cloudflare: onCloudflare(team, sharded.days, organisation, costs),
    node: onNode(team, whole.days, whole.totals, organisation, costs),
  };
}

function live(team: Team, seed: number, costs: Costs): { days: ObjectDay[]; totals: Totals } {
  const random = new Random(seed);
  const totals = new Totals();
  const days = populate(team, costs, random).map((plan) =>
    simulateDay(plan, costs, random, totals),
  );
  return { days, totals };
}
