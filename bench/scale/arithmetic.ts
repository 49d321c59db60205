/** What follows from the costs alone, without a day to live through. */
import { cpuOfConnector } from './object-load.ts';
import type { Costs } from './costs.ts';
import { dollars, short, whole } from './format.ts';
import { cpuOfEdge } from './node.ts';
import { asksPerHour } from './organisation.ts';

/** What, how it is reckoned, what comes out. */
export type Sum = readonly [what: string, formula: string, value: string];

export function sumsOf(costs: Costs): Sum[] {
  return [...ofObjects(costs), ...ofGitHub(costs), ...ofNode(costs), ...ofMoney(costs)];
}

function ofObjects({ byway, cloudflare, workload }: Costs): Sum[] {
  const free = cloudflare.objectMemoryBytes - cloudflare.objectBaseBytes;
  return [
    [
      'page views a second that one object takes',
      `${whole(cloudflare.objectRequestsPerS)} requests/s ÷ ${whole(workload.requestsPerView)} a view`,
      short(cloudflare.objectRequestsPerS / workload.requestsPerView),
    ],
    [
      `streams open at a time in one cluster with ${byway.shardsPerCluster} shards; with ${byway.maxShards}`,
      `${whole(byway.tunnelStreams)} × shards`,
      `${whole(byway.tunnelStreams * byway.shardsPerCluster)}; ${whole(byway.tunnelStreams * byway.maxShards)}`,
    ],
    [
      'full windows that one object’s memory holds',
      `(${short(cloudflare.objectMemoryBytes / 1e6)} − ${short(cloudflare.objectBaseBytes / 1e6)}) ÷ ${short(byway.windowBytes / 1e6)} MB`,
      whole(Math.floor(free / byway.windowBytes)),
    ],
    [
      'idle previews that it holds beside one full window',
      `(${short(free / 1e6)} − ${short(byway.windowBytes / 1e6)}) MB ÷ ${whole(byway.recordBytes)} bytes`,
      whole(Math.floor((free - byway.windowBytes) / byway.recordBytes)),
    ],
    [
      'viewers’ WebSockets of one object',
      `${whole(cloudflare.objectSockets)} hibernatable − ${workload.connectorsPerCluster} tunnel; streams end before`,
      whole(cloudflare.objectSockets - workload.connectorsPerCluster),
    ],
  ];
}

function ofGitHub(costs: Costs): Sum[] {
  const { gitHub } = costs;
  const each = asksPerHour(costs);
  return [
    [
      'viewers whose membership GitHub answers one by one; by lists',
      `${whole(gitHub.maxRequestsPerHour)} an hour ÷ ${short(each)} a viewer; ÷ ${short(60 / costs.byway.leaseMin)} a list of ${gitHub.membersPerPage}`,
      `${whole(gitHub.maxRequestsPerHour / each)}; ${whole((gitHub.maxRequestsPerHour / (60 / costs.byway.leaseMin)) * gitHub.membersPerPage)}`,
    ],
  ];
}

function ofNode(costs: Costs): Sum[] {
  const { byway, node, workload } = costs;
  const small = 1e6 / (node.cpuUs * byway.gateCpuFactor);
  const bytes = `${whole(workload.answerBytes)} bytes × ${node.cpuNsPerByte} ns`;
  return [
    [
      'requests a second of one edge process: small answers; average ones',
      `1 s ÷ (${whole(node.cpuUs)} µs × ${byway.gateCpuFactor}); + ${bytes}`,
      `${whole(small)}; ${whole(1 / cpuOfEdge(costs))}`,
    ],
    [
      'requests a second of one connector, average answers',
      `1 s ÷ (${whole(node.cpuUs)} µs + ${bytes})`,
      whole(1 / cpuOfConnector(costs)),
    ],
  ];
}

function ofMoney({ byway, cloudflare, workload }: Costs): Sum[] {
  const messages = 1 + workload.answerBytes / byway.payloadBytes;
  const perMessage = cloudflare.objectRequestUsdPerMillion / cloudflare.messagesPerRequest;
  const dayUsd = (86_400 * cloudflare.durationGb * cloudflare.durationUsdPerMillionGbS) / 1e6;
  return [
    [
      '$ per million requests: Worker',
      `requests ${dollars(cloudflare.workerRequestUsdPerMillion)} + ${whole(cloudflare.workerCpuUs)} µs of processor each`,
      dollars(
        cloudflare.workerRequestUsdPerMillion +
          (cloudflare.workerCpuUs / 1_000) * cloudflare.workerCpuUsdPerMillionMs,
      ),
    ],
    ['… object', 'one call each', dollars(cloudflare.objectRequestUsdPerMillion)],
    [
      '… messages through the tunnel',
      `${short(messages)} each, ${cloudflare.messagesPerRequest} for one request`,
      dollars(messages * perMessage),
    ],
    [
      '$ for one object that is awake all day',
      `86,400 s × ${cloudflare.durationGb} GB × ${dollars(cloudflare.durationUsdPerMillionGbS)} per million`,
      dollars(dayUsd),
    ],
    [
      '$ for a GB through the tunnel',
      `10⁹ ÷ ${whole(byway.payloadBytes)} messages, ${cloudflare.messagesPerRequest} for one request; leaving costs nothing`,
      `$${((1e9 / byway.payloadBytes / 1e6) * perMessage).toFixed(4)}`,
    ],
  ];
}
