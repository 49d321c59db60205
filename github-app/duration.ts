/** Durations as people write them in a command: `30m`, `2h`, `3d`. */

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
const dayMs = 24 * hourMs;
const unitMs: Readonly<Record<string, number>> = { m: minuteMs, h: hourMs, d: dayMs };

/** What an organisation may allow at most; less, by its policy. */
export const maxDurationMs = 30 * dayMs;

/** Milliseconds, a minute to `maxDurationMs`; undefined: not a duration. */
export function durationOf(text: string): number | undefined {
  const [, count, unit] = /^(\d{1,5})([mhd])$/i.exec(text) ?? [];
  const ms = Number(count) * (unitMs[unit?.toLowerCase() ?? ''] ?? Number.NaN);
  return ms >= minuteMs && ms <= maxDurationMs ? ms : undefined;
}
