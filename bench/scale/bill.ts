/** What Cloudflare's Workers Paid plan asks for a month; rounded as in its own published examples. */
import type { Costs } from './costs.ts';

/** Of one month, over all Workers and objects. */
export interface Usage {
  readonly workerRequests: number;
  readonly workerCpuMs: number;
  /** Requests, calls, alarms, and incoming WebSocket messages as they are billed. */
  readonly objectRequests: number;
  readonly durationGbS: number;
  readonly rowsRead: number;
  readonly rowsWritten: number;
  readonly storedGb: number;
}

/** In US dollars. */
export interface Bill {
  readonly plan: number;
  readonly worker: number;
  readonly objectRequests: number;
  readonly duration: number;
  readonly storage: number;
  readonly total: number;
}

export function billOf(usage: Usage, { cloudflare }: Pick<Costs, 'cloudflare'>): Bill {
  const lines = {
    plan: cloudflare.planUsd,
    worker:
      beyond(usage.workerRequests, cloudflare.workerRequestsIncluded) *
        cloudflare.workerRequestUsdPerMillion +
      beyond(usage.workerCpuMs, cloudflare.workerCpuMsIncluded) *
        cloudflare.workerCpuUsdPerMillionMs,
    // Begun millions count whole, as the examples on the page have it.
    objectRequests:
      Math.ceil(beyond(usage.objectRequests, cloudflare.objectRequestsIncluded)) *
      cloudflare.objectRequestUsdPerMillion,
    duration:
      Math.ceil(beyond(usage.durationGbS, cloudflare.durationGbSIncluded)) *
      cloudflare.durationUsdPerMillionGbS,
    storage:
      beyond(usage.rowsRead, cloudflare.rowsReadIncluded) * cloudflare.rowsReadUsdPerMillion +
      beyond(usage.rowsWritten, cloudflare.rowsWrittenIncluded) *
        cloudflare.rowsWrittenUsdPerMillion +
      Math.max(0, usage.storedGb - cloudflare.storedGbIncluded) * cloudflare.storedGbUsd,
  };
  const total = Object.values(lines).reduce((sum, each) => sum + each, 0);
  return { ...lines, total };
}

/** In millions. */
function beyond(used: number, included: number): number {
  return Math.max(0, used - included) / 1e6;
}
