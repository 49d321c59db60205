/** A number that the load model reckons with, and where it comes from. */

export interface Input {
  readonly value: number;
  readonly unit: string;
  /** `assumed`: nobody can measure it for you; put in your own. */
  readonly kind: 'measured' | 'published' | 'protocol' | 'assumed';
  /** What was measured and by which command, the page that says it, or why it was assumed so. */
  readonly source: string;
}

export function measured(value: number, unit: string, source: string): Input {
  return { value, unit, kind: 'measured', source };
}

export function published(value: number, unit: string, source: string): Input {
  return { value, unit, kind: 'published', source };
}

/** A limit of ours. */
export function protocol(value: number, unit: string, source: string): Input {
  return { value, unit, kind: 'protocol', source };
}

export function assumed(value: number, unit: string, source: string): Input {
  return { value, unit, kind: 'assumed', source };
}

/** The bare numbers, under the same names. */
export type ValuesOf<Inputs> = { readonly [Name in keyof Inputs]: number };
