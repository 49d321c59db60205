/**
 * Everything that the load model reckons with, each with its unit and its source; nothing else in
 * this folder holds a number of its own. MB and GB are 10^6 and 10^9 bytes, as they are billed;
 * prices are in US dollars, before tax, of November 2026.
 */
import { connectionWindowBytes, maxPayloadBytes, maxStreams } from '#protocol/limits.ts';
import { assumed, measured, protocol, published, type Input, type ValuesOf } from './input.ts';

const doPricing = 'https://developers.cloudflare.com/durable-objects/platform/pricing/';
const doLimits = 'https://developers.cloudflare.com/durable-objects/platform/limits/';
const doRules =
  'https://developers.cloudflare.com/durable-objects/best-practices/rules-of-durable-objects/';
const doState = 'https://developers.cloudflare.com/durable-objects/api/state/';
const doLifecycle =
  'https://developers.cloudflare.com/durable-objects/concepts/durable-object-lifecycle/';
const workersPricing = 'https://developers.cloudflare.com/workers/platform/pricing/';
const workersLimits = 'https://developers.cloudflare.com/workers/platform/limits/';
const gitHubLimits =
  'https://docs.github.com/en/apps/creating-github-apps/registering-a-github-app/rate-limits-for-github-apps';
const ec2Pricing = 'https://aws.amazon.com/ec2/pricing/on-demand/';
const almanac = 'https://almanac.httparchive.org/en/2024/page-weight';
const memory = '`bench/scale/memory.ts`';
const perfWorkerd = '`npm run bench -- --engine cloudflare`';

/** What people do with previews. */
export const workload = {
  requestsPerPreviewPerDay: assumed(
    1_500,
    'requests',
    'about 21 page views of a working day; the mean of a very skewed distribution',
  ),
  popularityExponent: published(
    0.8,
    'Zipf exponent',
    '0.64 to 0.83 in six traces: Breslau et al., “Web Caching and Zipf-like Distributions”, INFOCOM 1999',
  ),
  requestsPerView: published(70, 'requests', `median page, 71 requests: ${almanac}`),
  answerBytes: published(37_000, 'bytes', `median page, 2,652 KB in 71 requests: ${almanac}`),
  viewSpreadS: assumed(3, 's', 'a page asks for half of its parts in the first second'),
  requestMs: assumed(120, 'ms', 'from edge to laptop and back, with the work of the app'),
  webSocketShare: assumed(0.5, 'of views', 'development servers hold one for hot reload'),
  eventStreamShare: assumed(0.05, 'of views', 'server-sent events and long polls'),
  openTabMin: assumed(8, 'min', 'mean time that such a page stays open; exponential'),
  webSocketMessagesPerMin: assumed(4, 'messages', 'both directions of one viewer’s WebSocket'),
  viewsPerViewerPerDay: assumed(60, 'views', 'one person who works with previews all day'),
  privateShare: assumed(0.9, 'of previews', 'previews are private unless somebody switches'),
  previewsPerCluster: assumed(250, 'previews', 'mean; a small team has one cluster'),
  clusterSizeExponent: assumed(0.5, 'Zipf exponent', 'a few large clusters, many small ones'),
  previewLifeDays: assumed(3, 'days', 'mean time from creation to the end of a preview'),
  endedKeptDays: assumed(365, 'days', 'labels are never issued twice, so their rows stay'),
  connectorsPerCluster: protocol(1, 'connectors', 'a standby replica holds no tunnel'),
  reconnectsPerDay: assumed(4, 'per tunnel socket', 'deploys, moves of objects, networks'),
  workingDays: assumed(22, 'days of a month', 'Monday to Friday'),
  restDays: assumed(8, 'days of a month', 'weekends'),
  restDayShare: assumed(0.1, 'of a working day', 'what a weekend day sees'),
} as const satisfies Record<string, Input>;

/** What Byway itself costs, and where it stops. */
export const byway = {
  shardsPerCluster: protocol(2, 'shards', 'the default; 1 to 32 by `PATCH /api/v1/clusters/KEY`'),
  maxShards: protocol(32, 'shards', 'one character of the label'),
  leaseMin: protocol(5, 'min', 'how long access is remembered before it is asked for again'),
  tunnelStreams: protocol(maxStreams, 'streams', '`maxStreams`, for one tunnel socket'),
  windowBytes: protocol(connectionWindowBytes, 'bytes', '`connectionWindowBytes`, for one session'),
  payloadBytes: protocol(maxPayloadBytes, 'bytes', '`maxPayloadBytes`: one message of a body'),
  recordBytes: measured(550, 'bytes of heap', `a live preview, idle: ${memory}`),
  rowBytes: measured(305, 'bytes on disk', `its row with both indexes: ${memory}`),
  sessionBytes: measured(268_000, 'bytes of heap', `an idle session: ${memory}`),
  streamBytes: measured(670, 'bytes of heap', `an open stream, nothing queued: ${memory}`),
  gateCpuFactor: protocol(1.15, '× CPU', 'what the gate may add at most'),
  rowsPerPreview: protocol(6, 'rows written', 'insert with its indexes, access, end, audit'),
  rowsPerAwakeMin: assumed(1, 'rows written', 'hits and the alarm, while an object works'),
  rowsPerLease: assumed(3, 'rows read', 'token or login, membership, revocation'),
} as const satisfies Record<string, Input>;

/** Workers and Durable Objects: what is measured in workerd, what is billed, what is limited. */
export const cloudflare = {
  objectCpuUs: measured(
    167,
    'µs',
    `a request of 1 KiB in the object: 222 less the Worker’s: ${perfWorkerd}`,
  ),
  objectCpuNsPerByte: measured(
    1.7,
    'ns',
    `tunnel to viewer, 590 MB/s on one thread: ${perfWorkerd}`,
  ),
  workerCpuUs: measured(55, 'µs', `half of “Worker → object answers hello”, 110: ${perfWorkerd}`),
  messageCpuUs: measured(
    20,
    'µs',
    'twice a received one: workerd takes 105,000 small hibernatable messages a second',
  ),
  wakeMs: assumed(20, 'ms', 'constructor, tables, live previews into memory'),
  objectBaseBytes: assumed(10_000_000, 'bytes', 'isolate and program of an object that is awake'),
  socketBytes: measured(
    73_000,
    'bytes of RSS',
    'a hibernatable WebSocket in workerd, 2,000 of one object, 56,000 to 73,000; kernel and proxy included, so at most',
  ),
  hibernateAfterS: published(10, 's', doLifecycle),
  objectRequestsPerS: published(
    500,
    'requests/s',
    `500 to 1,000 for pass-through work: ${doRules}`,
  ),
  objectMemoryBytes: published(128_000_000, 'bytes', `${doLimits}, and ${workersLimits}`),
  objectSockets: published(32_768, 'sockets', `hibernatable WebSockets of one object: ${doState}`),
  objectStorageBytes: published(10e9, 'bytes', doLimits),
  planUsd: published(5, '$/month', `Workers Paid, the least: ${workersPricing}`),
  workerRequestsIncluded: published(10e6, 'requests/month', workersPricing),
  workerRequestUsdPerMillion: published(0.3, '$', workersPricing),
  workerCpuMsIncluded: published(30e6, 'ms/month', workersPricing),
  workerCpuUsdPerMillionMs: published(0.02, '$', workersPricing),
  objectRequestsIncluded: published(1e6, 'requests/month', doPricing),
  objectRequestUsdPerMillion: published(0.15, '$', doPricing),
  messagesPerRequest: published(20, 'messages', `incoming ones; outgoing are free: ${doPricing}`),
  durationGb: published(0.128, 'GB', `billed while awake, whatever is used: ${doPricing}`),
  durationGbSIncluded: published(400_000, 'GB-s/month', doPricing),
  durationUsdPerMillionGbS: published(12.5, '$', doPricing),
  rowsReadIncluded: published(25e9, 'rows/month', doPricing),
  rowsReadUsdPerMillion: published(0.001, '$', doPricing),
  rowsWrittenIncluded: published(50e6, 'rows/month', doPricing),
  rowsWrittenUsdPerMillion: published(1, '$', doPricing),
  storedGbIncluded: published(5, 'GB', doPricing),
  storedGbUsd: published(0.2, '$/GB-month', doPricing),
  emptyDatabaseBytes: published(12_000, 'bytes', `${doPricing}, FAQ`),
  freeRequestsPerDay: published(100_000, 'requests', `Worker and objects alike: ${doPricing}`),
  freeGbSPerDay: published(13_000, 'GB-s', doPricing),
  freeRowsWrittenPerDay: published(100_000, 'rows', doPricing),
} as const satisfies Record<string, Input>;

/** One process of `byway edge`, on one machine. */
export const node = {
  cpuUs: measured(
    62,
    'µs',
    'a request of 1 KiB, edge and connector together, so at most: `npm run bench`, relay',
  ),
  cpuNsPerByte: measured(1.7, 'ns', 'one download at 585 MB/s: `npm run bench`, relay'),
  messageCpuUs: assumed(10, 'µs', 'a small WebSocket message, a sixth of a request'),
  baseBytes: measured(124e6, 'bytes', 'RSS of `byway edge` before its first request'),
  socketBytes: measured(13_000, 'bytes', `an idle WebSocket in Node, 4,000 to 13,000: ${memory}`),
  databaseBytes: assumed(300_000, 'bytes', 'one open SQLite file: page cache, statements'),
  openFiles: published(
    524_288,
    'files',
    'systemd’s hard limit, which Node takes: systemd-system.conf(5)',
  ),
  filesPerDatabase: measured(3, 'files', 'SQLite in WAL mode: database, log, shared memory'),
  machineMemoryBytes: published(8.59e9, 'bytes', `m7g.large, 2 vCPU: ${ec2Pricing}`),
  machineBitsPerS: published(
    0.937e9,
    'bit/s',
    'm7g.large, baseline: https://docs.aws.amazon.com/ec2/latest/instancetypes/gp.html',
  ),
  machineUsd: published(59.57, '$/month', `m7g.large, us-east-1, $0.0816 × 730 h: ${ec2Pricing}`),
  trafficFreeGb: published(100, 'GB/month', ec2Pricing),
  trafficUsdTo10Tb: published(0.09, '$/GB', ec2Pricing),
  trafficUsdTo50Tb: published(0.085, '$/GB', ec2Pricing),
  trafficUsdTo150Tb: published(0.07, '$/GB', ec2Pricing),
  trafficUsdBeyond: published(0.05, '$/GB', ec2Pricing),
} as const satisfies Record<string, Input>;

/** GitHub is asked who is a member. */
export const gitHub = {
  requestsPerQuestion: protocol(2, 'requests', 'the login of a number, then its membership'),
  requestsPerHour: published(5_000, 'requests', `an installation, at least: ${gitHubLimits}`),
  requestsPerUser: published(50, 'requests/hour', `more for each member above 20: ${gitHubLimits}`),
  usersBeforeMore: published(20, 'members', gitHubLimits),
  maxRequestsPerHour: published(
    12_500,
    'requests',
    `at most; 15,000 with Enterprise Cloud: ${gitHubLimits}`,
  ),
  membersPerPage: published(
    100,
    'members',
    'a list of them instead: https://docs.github.com/en/rest/orgs/members',
  ),
} as const satisfies Record<string, Input>;

/** Working-day traffic by hour of the day, from midnight; only the proportions count. */
export const hourWeights: readonly number[] = [
  0.05, 0.05, 0.05, 0.05, 0.05, 0.05, 0.05, 0.3, 1.2, 2.6, 3.0, 2.9, 1.9, 2.5, 3.0, 2.9, 2.5, 1.3,
  0.6, 0.4, 0.3, 0.2, 0.15, 0.1,
];

export const inputs = { workload, byway, cloudflare, node, gitHub };

export type Costs = { readonly [Group in keyof typeof inputs]: ValuesOf<(typeof inputs)[Group]> };

/** The bare numbers of all groups. */
export const costs: Costs = {
  workload: valuesOf(workload),
  byway: valuesOf(byway),
  cloudflare: valuesOf(cloudflare),
  node: valuesOf(node),
  gitHub: valuesOf(gitHub),
};

function valuesOf<Inputs extends Record<string, Input>>(group: Inputs): ValuesOf<Inputs> {
  return Object.fromEntries(
    Object.entries(group).map(([name, { value }]) => [name, value]),
  ) as unknown as ValuesOf<Inputs>;
}
