/** What may break: how much of each limit a day uses, and what raises the limit. */

export interface Pressure {
  readonly what: string;
  readonly load: number;
  readonly limit: number;
  readonly unit: string;
  readonly raisedBy: string;
}

/** Above 1 it breaks. */
export function strain({ load, limit }: Pressure): number {
  return load / limit;
}

/** The one that breaks first, then the others. */
export function byStrain(pressures: readonly Pressure[]): Pressure[] {
  return [...pressures].sort((one, other) => strain(other) - strain(one));
}
