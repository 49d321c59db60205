/** Spans of time for people. */

const units = [
  { sign: 'd', ms: 86_400_000 },
  { sign: 'h', ms: 3_600_000 },
  { sign: 'min', ms: 60_000 },
] as const;

/** `13 d 23 h`, `5 h 59 min`, `1 min`: what is less than the second unit is left out. */
export function timeText(ms: number): string {
  const at = units.findIndex((each) => ms >= each.ms);
  const unit = units[at];
  if (!unit) return 'less than a minute';
  const next = units[at + 1];
  const rest = next ? Math.floor((ms % unit.ms) / next.ms) : 0;
  const whole = `${Math.floor(ms / unit.ms)} ${unit.sign}`;
  return next && rest > 0 ? `${whole} ${rest} ${next.sign}` : whole;
}
