/** The answers of a GitHub that has had enough, and of one that is slow or broken. */
import { setTimeout as pause } from 'node:timers/promises';
import type { RequestFault } from './faults.ts';
import { ApiError } from './reply.ts';

/**
 * Lets a fault happen to a request.
 * @param nowSeconds since 1970
 * @returns what to answer; `cut`: end the connection; undefined: answer as ever, it was only late
 */
export async function struckBy(
  fault: RequestFault | undefined,
  nowSeconds: number,
): Promise<ApiError | 'cut' | undefined> {
  if (fault === undefined) return undefined;
  if (fault.kind === 'cut') return 'cut';
  if (fault.kind !== 'slow') return answerOf(fault, nowSeconds);
  await pause(fault.ms, undefined, { ref: false });
  return undefined;
}

/** https://docs.github.com/en/rest/using-the-rest-api/rate-limits-for-the-rest-api#exceeding-the-rate-limit */
function answerOf(
  fault: Exclude<RequestFault, { kind: 'slow' | 'cut' }>,
  nowSeconds: number,
): ApiError {
  if (fault.kind === 'status') return new ApiError(fault.status, 'Server Error');
  if (fault.kind === 'rate_limit') {
    return new ApiError(429, 'API rate limit exceeded.', {
      'retry-after': String(fault.retry_after),
      'x-ratelimit-limit': '5000',
      'x-ratelimit-remaining': '0',
      'x-ratelimit-reset': String(nowSeconds + fault.retry_after),
      'x-ratelimit-resource': 'core',
    });
  }
  return new ApiError(
    403,
    'You have exceeded a secondary rate limit. Please wait a few minutes before you try again.',
    { 'retry-after': String(fault.retry_after) },
  );
}
