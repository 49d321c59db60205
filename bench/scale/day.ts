/**
 * A working day of one Cluster object, second by second: page views come as a Poisson process that
 * follows office hours; each asks for its parts within a few seconds and may leave a WebSocket or an
 * event stream open. What the object has to do then follows from what it is doing at every second.
 */
import { hourWeights, type Costs } from './costs.ts';
import { cumulated, indexIn, type ObjectPlan } from './population.ts';
import type { Random } from './random.ts';

export const secondsOfDay = 86_400;

export interface ObjectDay extends ObjectPlan {
  readonly views: number;
  readonly requests: number;
  /** Viewers' WebSockets and event streams that were opened. */
  readonly sockets: number;
  /** WebSocket messages that came in, from viewers and through the tunnel. */
  readonly messagesIn: number;
  /** Time in which some request, stream or message was being worked on. */
  readonly activeS: number;
  /** … and the time before it fell asleep each time. */
  readonly residentS: number;
  /** How often it had been asleep when something came. */
  readonly wakes: number;
  readonly busiestRequestsPerS: number;
  readonly mostStreams: number;
  readonly mostSockets: number;
  /** Minutes that viewers' sockets and streams were open, together. */
  readonly openMin: number;
}

/** What all objects do together in each second. */
export class Totals {
  readonly requests = new Float64Array(secondsOfDay);
  readonly sockets = new Float64Array(secondsOfDay);
}

const hours = cumulated(shareOf(hourWeights));

/** Of the hour with the most traffic; 1/24 without office hours. */
export const busiestHourShare = Math.max(...shareOf(hourWeights));

export function simulateDay(
  plan: ObjectPlan,
  costs: Costs,
  random: Random,
  totals: Totals,
): ObjectDay {
  const { workload } = costs;
  const requests = new Uint16Array(secondsOfDay);
  const webSockets = new Int32Array(secondsOfDay + 1);
  const eventStreams = new Int32Array(secondsOfDay + 1);
  const views = random.poisson(plan.viewsPerDay);
  let sockets = 0;
  let openS = 0;
  for (let view = 0; view < views; view += 1) {
    const at = timeOfDay(random);
    askForParts(requests, at, workload);
    const kind = random.unit();
    if (kind >= workload.webSocketShare + workload.eventStreamShare) continue;
    const end = Math.min(
      secondsOfDay,
      at + Math.ceil(random.exponential(workload.openTabMin * 60)),
    );
    const line = kind < workload.webSocketShare ? webSockets : eventStreams;
    line[at] = (line[at] ?? 0) + 1;
    line[end] = (line[end] ?? 0) - 1;
    sockets += 1;
    openS += end - at;
  }
  return {
    ...plan,
    views,
    sockets,
    openMin: openS / 60,
    ...liveThrough({ requests, webSockets, eventStreams }, costs, random, totals),
  };
}

interface Lines {
  requests: Uint16Array;
  /** Changes, second by second. */
  webSockets: Int32Array;
  eventStreams: Int32Array;
}

function liveThrough(lines: Lines, costs: Costs, random: Random, totals: Totals) {
  const { workload, cloudflare } = costs;
  const messagesPerS = workload.webSocketMessagesPerMin / 60;
  const messageS = cloudflare.messageCpuUs / 1e6;
  const requestS = workload.requestMs / 1_000;
  const lived = {
    requests: 0,
    messagesIn: 0,
    activeS: 0,
    residentS: 0,
    wakes: 0,
    busiestRequestsPerS: 0,
    mostStreams: 0,
    mostSockets: 0,
  };
  let webSockets = 0;
  let eventStreams = 0;
  let idleS = Infinity;
  for (let second = 0; second < secondsOfDay; second += 1) {
    webSockets += lines.webSockets[second] ?? 0;
    eventStreams += lines.eventStreams[second] ?? 0;
    const requests = lines.requests[second] ?? 0;
    const messages = webSockets > 0 ? random.poisson(webSockets * messagesPerS) : 0;
    lived.requests += requests;
    lived.messagesIn += messages;
    lived.busiestRequestsPerS = Math.max(lived.busiestRequestsPerS, requests);
    const sockets = webSockets + eventStreams;
    lived.mostStreams = Math.max(lived.mostStreams, sockets + Math.ceil(requests * requestS));
    lived.mostSockets = Math.max(lived.mostSockets, webSockets);
    totals.requests[second] = (totals.requests[second] ?? 0) + requests;
    totals.sockets[second] = (totals.sockets[second] ?? 0) + sockets;
    if (requests + messages + eventStreams === 0) {
      idleS += 1;
      if (idleS <= cloudflare.hibernateAfterS) lived.residentS += 1;
      continue;
    }
    if (idleS >= cloudflare.hibernateAfterS) lived.wakes += 1;
    idleS = 0;
    lived.residentS += 1;
    // Requests overlap as chance has it: the second's idle part is e^(−work).
    const work = requests * requestS + messages * messageS;
    lived.activeS += eventStreams > 0 ? 1 : 1 - Math.exp(-work);
  }
  lived.activeS += (lived.wakes * cloudflare.wakeMs) / 1_000;
  return lived;
}

/** Half in the first second, half of the rest in the next, and so on. */
function askForParts(
  requests: Uint16Array,
  at: number,
  { requestsPerView, viewSpreadS }: Costs['workload'],
) {
  let left = requestsPerView;
  for (let offset = 0; offset < viewSpreadS && left > 0; offset += 1) {
    const now = offset === viewSpreadS - 1 ? left : Math.ceil(left / 2);
    const second = Math.min(secondsOfDay - 1, at + offset);
    requests[second] = (requests[second] ?? 0) + now;
    left -= now;
  }
}

/** The second at which a view begins. */
function timeOfDay(random: Random): number {
  return indexIn(hours, random.unit()) * 3_600 + random.below(3_600);
}

function shareOf(weights: readonly number[]): number[] {
  const sum = weights.reduce((total, weight) => total + weight, 0);
  return weights.map((weight) => weight / sum);
}
