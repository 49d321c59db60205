/** Another object that never answers must not keep a request, or what looks after leases, waiting for ever. */

/** Objects answer within milliseconds, and wait for GitHub no longer than for this. */
export const answerTimeoutMs = 20_000;

/** Rejects when there is no answer in time; the answer that comes later is dropped. */
export function inTime<T>(answer: Promise<T>, timeoutMs: number = answerTimeoutMs): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      reject(new Error(`no answer within ${timeoutMs} ms`));
    }, timeoutMs);
    answer.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}
