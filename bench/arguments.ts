import { parseArgs } from 'node:util';
import { contenders } from './contenders/all.ts';
import type { Contender } from './contender.ts';
import { fullScale, quickScale, type Scale } from './measures.ts';

export interface Options {
  readonly scale: Scale;
  readonly quick: boolean;
  readonly contenders: readonly Contender[];
  readonly jsonFile: string | undefined;
}

export class UsageError extends Error {}

export const usage = `npm run bench -- [--quick] [--only a,b] [--rounds N] [--json FILE]
  --quick      loads of 2 s, bodies of 256 MiB, 1 round: at most 4 minutes instead of 25
  --only       some contenders: ${contenders.map(({ id }) => id).join(',')}
  --rounds     1 to 9 (3 without --quick)
  --json FILE  instead of bench/results/<time>.json`;

/** @throws UsageError */
export function optionsOf(args: string[]): Options {
  const { quick, only, rounds, json } = parse(args);
  const scale = quick ? quickScale : fullScale;
  const count = rounds === undefined ? scale.rounds : Number(rounds);
  if (!Number.isInteger(count) || count < 1 || count > 9) {
    throw new UsageError(`--rounds ${rounds}: must be a whole number from 1 to 9`);
  }
  return {
    scale: { ...scale, rounds: count },
    quick: quick ?? false,
    contenders: only === undefined ? contenders : named(only.split(',')),
    jsonFile: json,
  };
}

function parse(args: string[]) {
  try {
    return parseArgs({
      args,
      options: {
        quick: { type: 'boolean' },
        only: { type: 'string' },
        rounds: { type: 'string' },
        json: { type: 'string' },
      },
    }).values;
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

function named(ids: readonly string[]): Contender[] {
  for (const id of ids) {
    if (contenders.some((each) => each.id === id)) continue;
    const known = contenders.map((each) => each.id).join(', ');
    throw new UsageError(`--only: there is no contender “${id}”; there are ${known}`);
  }
  return contenders.filter(({ id }) => ids.includes(id));
}
