import { parseArgs } from 'node:util';
import { contendersOf } from './contenders/all.ts';
import type { Contender } from './contender.ts';
import { engines, type Engine } from './engine.ts';
import { fullScale, quickScale, type Scale } from './measures.ts';

export interface Options {
  readonly engine: Engine;
  readonly scale: Scale;
  readonly quick: boolean;
  readonly contenders: readonly Contender[];
  /** Whether the cost of the gate is measured. */
  readonly gate: boolean;
  /** Whether the loop of a pull request is measured. */
  readonly pullRequests: boolean;
  readonly jsonFile: string | undefined;
}

export class UsageError extends Error {}

const idsOf = (engine: Engine): string => contendersOf[engine].map(({ id }) => id).join(',');

export const usage = `npm run bench -- [--engine NAME] [--quick] [--only a,b] [--gate] [--pull-requests] [--rounds N] [--json FILE]
  --engine     what the edge runs on, each with goals of its own: ${engines.join(' or ')} (node without it)
  --quick      loads of 2 s, bodies of 256 MiB, 1 round: at most 4 minutes instead of 25
  --only       some contenders: ${idsOf('node')}
               with --engine cloudflare: ${idsOf('cloudflare')}
  --gate       the cost of the gate alone; without --only and --quick it comes after the rest
  --pull-requests
               from commands and events of a pull request to its comment, and what calls they cost;
               alone or with --gate, in at most 3 minutes; without --only and --quick it comes last
  --rounds     1 to 9 (3 without --quick)
  --json FILE  instead of bench/results/<time>.json (<time>-cloudflare.json)`;

/** @throws UsageError */
export function optionsOf(args: string[]): Options {
  const { engine = 'node', quick, only, rounds, json, ...parts } = parse(args);
  if (!isEngine(engine)) {
    throw new UsageError(`--engine ${engine}: must be one of ${engines.join(', ')}`);
  }
  const scale = quick ? quickScale : fullScale;
  const count = rounds === undefined ? scale.rounds : Number(rounds);
  if (!Number.isInteger(count) || count < 1 || count > 9) {
    throw new UsageError(`--rounds ${rounds}: must be a whole number from 1 to 9`);
  }
  const { gate = false, 'pull-requests': pullRequests = false } = parts;
  const isPart = gate || pullRequests;
  const isWhole = !isPart && only === undefined && !quick;
  return {
    engine,
    scale: { ...scale, rounds: count },
    quick: quick ?? false,
    contenders: isPart ? [] : contendersFor(engine, only),
    gate: gate || isWhole,
    pullRequests: pullRequests || isWhole,
    jsonFile: json,
  };
}

function parse(args: string[]) {
  try {
    return parseArgs({
      args,
      options: {
        engine: { type: 'string' },
        quick: { type: 'boolean' },
        gate: { type: 'boolean' },
        'pull-requests': { type: 'boolean' },
        only: { type: 'string' },
        rounds: { type: 'string' },
        json: { type: 'string' },
      },
    }).values;
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

function isEngine(name: string): name is Engine {
  return engines.some((each) => each === name);
}

function contendersFor(engine: Engine, only: string | undefined): readonly Contender[] {
  return only === undefined ? contendersOf[engine] : named(engine, only.split(','));
}

function named(engine: Engine, ids: readonly string[]): Contender[] {
  const contenders = contendersOf[engine];
  for (const id of ids) {
    if (contenders.some((each) => each.id === id)) continue;
    const known = contenders.map((each) => each.id).join(', ');
    throw new UsageError(`--only: there is no contender “${id}”; there are ${known}`);
  }
  return contenders.filter(({ id }) => ids.includes(id));
}
