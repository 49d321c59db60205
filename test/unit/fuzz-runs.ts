/** How many cases a property test tries: `short` as a rule, 10,000 in `npm run soak`. */
export function fuzzRuns(short: number): number {
  return process.env.BYWAY_SOAK === '1' ? 10_000 : short;
}
