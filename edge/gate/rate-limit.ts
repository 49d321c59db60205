/**
 * Token buckets as plain data, for a row of SQL or a map in memory (threat 60). A bucket holds
 * `burst` at most and gains `perMinute` evenly; who has none is full.
 */

/** Both are whole numbers above zero. */
export interface Rate {
  burst: number;
  perMinute: number;
}

/** Whole numbers only: fractions would add up to a little less than was promised. */
export interface Bucket {
  /** What is left, in sixty-thousandths: one minute has as many milliseconds. */
  level: number;
  /** When that was, in milliseconds since 1970. */
  atMs: number;
}

export interface Taken {
  allowed: boolean;
  /** To be kept in place of the old one, allowed or not. */
  bucket: Bucket;
  /** Whole seconds until it would be allowed, for `Retry-After` (RFC 9110 §10.2.3); 0 when it is. */
  retryAfterS: number;
}

const unit = 60_000;

/** Takes one, or `cost`, out of the bucket when there is as much. A refusal takes nothing. */
export function take(bucket: Bucket | undefined, nowMs: number, rate: Rate, cost = 1): Taken {
  const level = levelAt(bucket, nowMs, rate);
  const missing = Math.max(0, cost * unit - level);
  const allowed = missing === 0;
  return {
    allowed,
    bucket: { level: allowed ? level - cost * unit : level, atMs: nowMs },
    retryAfterS: Math.ceil(missing / rate.perMinute / 1000),
  };
}

/** Whether the bucket is full again, so that it need not be kept. */
export function isFull(bucket: Bucket, nowMs: number, rate: Rate): boolean {
  return levelAt(bucket, nowMs, rate) >= rate.burst * unit;
}

function levelAt(bucket: Bucket | undefined, nowMs: number, { burst, perMinute }: Rate): number {
  if (bucket === undefined) return burst * unit;
  // A clock that was set back gives nothing, and takes nothing away.
  const elapsedMs = Math.max(0, nowMs - bucket.atMs);
  const level = Math.min(burst * unit, bucket.level + elapsedMs * perMinute);
  // What is stored may be damaged: then the bucket is empty, not bottomless.
  return level >= 0 ? level : 0;
}
