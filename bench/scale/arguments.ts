import { parseArgs } from 'node:util';

export interface Options {
  readonly seed: number;
  readonly previews: readonly number[];
  /** Undefined: the default of a cluster. */
  readonly shards: number | undefined;
  readonly clusters: number | undefined;
  readonly jsonFile: string | undefined;
  readonly inputs: boolean;
}

export class UsageError extends Error {}

export const usage = `node sandbox/bootstrap.mjs bench/scale/main.ts [--previews 10,1000] [--shards N] [--clusters N] [--seed N] [--json FILE] | --inputs
  --previews   sizes of teams, 1 to 1000000 (10,1000,100000)
  --shards     of each cluster, 1 to 32 (2)
  --clusters   of each team (one for every 250 previews)
  --seed       any whole number (1)
  --json FILE  instead of bench/results/scale-<time>.json; - for standard output, and no tables
  --inputs     prints every number that the model reckons with, and its source`;

/** @throws UsageError */
export function optionsOf(args: string[]): Options {
  const { previews, shards, clusters, seed, json, inputs } = parse(args);
  const number = (name: string, text: string | undefined, least: number, most: number) => {
    if (text === undefined) return undefined;
    const value = Number(text);
    if (text.trim() !== '' && Number.isInteger(value) && value >= least && value <= most)
      return value;
    throw new UsageError(`${name} ${text}: must be a whole number from ${least} to ${most}`);
  };
  const sizes = (previews ?? '10,1000,100000').split(',');
  return {
    seed: number('--seed', seed, 0, 0xffffffff) ?? 1,
    previews: sizes.map((size) => number('--previews', size, 1, 1_000_000) ?? 0),
    shards: number('--shards', shards, 1, 32),
    clusters: number('--clusters', clusters, 1, 10_000),
    jsonFile: json,
    inputs: inputs ?? false,
  };
}

function parse(args: string[]) {
  try {
    return parseArgs({
      args,
      options: {
        previews: { type: 'string' },
        shards: { type: 'string' },
        clusters: { type: 'string' },
        seed: { type: 'string' },
        json: { type: 'string' },
        inputs: { type: 'boolean' },
      },
    }).values;
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}
