/** How long GitHub asks not to be called. */

/** The primary limit is counted by the hour, so no honest pause is longer. */
export const maxPauseMs = 3_600_000;

type Headers = Readonly<Record<string, string | number | undefined>>;

/**
 * Of `retry-after` (seconds or a date, RFC 9110 §10.2.3), else of `x-ratelimit-reset` (seconds since
 * 1970) when nothing remains. Milliseconds, at most `maxPauseMs`; undefined: no pause is asked for.
 */
export function pauseAskedFor(headers: Headers, nowMs: number): number | undefined {
  const after = headers['retry-after'];
  if (after !== undefined) return limited(afterMs(String(after), nowMs));
  if (Number(headers['x-ratelimit-remaining'] ?? 1) !== 0) return undefined;
  return limited(Number(headers['x-ratelimit-reset'] ?? Number.NaN) * 1000 - nowMs);
}

function afterMs(text: string, nowMs: number): number {
  return /^\d+$/.test(text.trim()) ? Number(text) * 1000 : Date.parse(text) - nowMs;
}

function limited(pauseMs: number): number | undefined {
  if (Number.isNaN(pauseMs)) return undefined;
  return Math.min(Math.max(pauseMs, 0), maxPauseMs);
}
