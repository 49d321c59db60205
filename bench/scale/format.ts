/** Numbers and tables as people read them. */
import { strain, type Pressure } from './pressures.ts';
import type { Spread } from './spread.ts';

export function whole(value: number): string {
  return Math.round(value).toLocaleString('en-US');
}

/** Three digits at most, no zeros at the end. */
export function short(value: number): string {
  if (value >= 100) return whole(value);
  return String(Number(value.toPrecision(value >= 10 ? 3 : 2)));
}

export function dollars(value: number): string {
  return value >= 100 ? `$${whole(value)}` : `$${value.toFixed(2)}`;
}

export function percent(share: number): string {
  return `${short(share * 100)} %`;
}

/** Megabytes of 10^6 bytes. */
export function megabytes(bytes: number): string {
  return `${short(bytes / 1e6)} MB`;
}

export function spread({ p50, p99, max }: Spread, format = short): string {
  return [p50, p99, max].map((value) => format(value)).join(' / ');
}

/** How far a limit is. */
export function distance(pressure: Pressure): string {
  const ratio = strain(pressure);
  if (ratio > 1) return `${pressure.what}: **${short(ratio)} times over**`;
  return `${pressure.what}: at ${short(1 / ratio)} times this load`;
}

export function markdown(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  return [line(head), `|${'---|'.repeat(head.length)}`, ...rows.map(line)].join('\n');
}
