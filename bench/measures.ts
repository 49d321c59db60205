/** The loads of one round. Each is run for all contenders before the next one begins. */
import type { Contender, Origin, Running } from './contender.ts';
import type { Engine } from './engine.ts';
import { leaving } from './leaving.ts';
import { besideDownload, download, throttle, upload } from './load/bulk.ts';
import { smallRequests } from './load/small-requests.ts';
import type { Metric, Values } from './metrics.ts';
import { cpuSeconds } from './process-usage.ts';
import { slowReader } from './slow-reader.ts';

export interface Scale {
  /** Of one load of small requests. */
  readonly durationS: number;
  /** Of one large body. */
  readonly bulkBytes: number;
  readonly rounds: number;
  /** When it is over, what is left out is left out. */
  readonly budgetMs: number;
}

const gib = 1024 ** 3;
export const fullScale: Scale = { durationS: 5, bulkBytes: gib, rounds: 3, budgetMs: 25 * 60_000 };
export const quickScale: Scale = {
  durationS: 2,
  bulkBytes: gib / 4,
  rounds: 1,
  budgetMs: 4 * 60_000,
};

export interface Circumstances {
  readonly scale: Scale;
  readonly origin: Origin;
  /** A file of `scale.bulkBytes`. */
  readonly uploadFile: string;
}

export interface Measured {
  readonly values: Values;
  readonly faults: readonly string[];
  /** Worth a line in the report, but no fault. */
  readonly notes?: readonly string[];
}

export interface Measure {
  readonly name: string;
  /** @default every contender that answers more than small requests */
  applies?(contender: Contender, running: Running): boolean;
  measure(running: Running, circumstances: Circumstances): Promise<Measured>;
}

const besideConnections = 4;
const warmUpConnections = 32;

/** Compilers and allocators of the contender settle; nothing is kept of it. */
export async function warmUp(running: Running, { scale }: Circumstances): Promise<void> {
  await smallRequests(running, warmUpConnections, Math.ceil(scale.durationS / 3));
}

function small(connections: 1 | 32 | 256): Measure {
  return {
    name: `small requests, ${connections} connection${connections === 1 ? '' : 's'}`,
    applies: () => true,
    async measure(running, { scale }) {
      const before = cpuSeconds(running.pids);
      const result = await smallRequests(running, connections, scale.durationS);
      const cpuS = cpuSeconds(running.pids) - before;
      const values: Values = {
        [`requestsPerS${connections}` satisfies Metric]: result.requestsPerS,
        [`p50Us${connections}` satisfies Metric]: result.p50Us,
        [`p99Us${connections}` satisfies Metric]: result.p99Us,
      };
      if (connections === 32 && running.pids.length > 0 && result.requests > 0) {
        values.cpuSecondsPer10k = (cpuS / result.requests) * 10_000;
      }
      return { values, faults: result.faults };
    },
  };
}

function beside(name: string, limit: string | undefined, p99: Metric, carried: Metric): Measure {
  return {
    name,
    async measure(running, { scale }) {
      const work = () => smallRequests(running, besideConnections, scale.durationS);
      const { result, megabytesPerS, faults } = await besideDownload(running, limit, work);
      return {
        values: { [p99]: result.p99Us, [carried]: megabytesPerS },
        faults: [...result.faults, ...faults],
      };
    },
  };
}

const steady: readonly Measure[] = [
  small(1),
  small(32),
  small(256),
  {
    name: 'one large download',
    async measure(running, { scale }) {
      const { megabytesPerS, faults } = await download(running, scale.bulkBytes);
      return { values: { downMegabytesPerS: megabytesPerS }, faults };
    },
  },
  {
    name: 'one large upload',
    async measure(running, { scale, origin, uploadFile }) {
      const { megabytesPerS, faults } = await upload(running, origin, uploadFile, scale.bulkBytes);
      return { values: { upMegabytesPerS: megabytesPerS }, faults };
    },
  },
];

export interface Measures {
  /** Before the warm-up, on processes that have done nothing yet. */
  readonly fresh: readonly Measure[];
  readonly warm: readonly Measure[];
}

export const measuresOf: Readonly<Record<Engine, Measures>> = {
  node: {
    fresh: [],
    warm: [
      ...steady,
      beside(
        'beside an unthrottled download',
        undefined,
        'besideBulkP99Us',
        'besideBulkMegabytesPerS',
      ),
      beside(
        'beside a download of 20 MB/s',
        throttle.rate,
        'besideThrottledP99Us',
        'besideThrottledMegabytesPerS',
      ),
    ],
  },
  // What clients leave behind would weigh on whatever is measured after it.
  cloudflare: { fresh: [slowReader], warm: [...steady, leaving] },
};
