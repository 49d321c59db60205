/** Everything that carries requests: the contenders in rounds, and the gate. Needs an origin. */
import { createReadStream } from 'node:fs';
import { join } from 'node:path';
import type { Options } from './arguments.ts';
import { temporaryFolder } from './children.ts';
import { gateCost, gateTableOf, type GateCost } from './gate/cost.ts';
import { goalsOf, outcomeOf, type Outcome } from './goals.ts';
import { checkBytes } from './load/answers.ts';
import { endlessBytes } from './load/bulk.ts';
import { measuresOf } from './measures.ts';
import { medians, type Values } from './metrics.ts';
import { sparseFile, startOrigin } from './origin.ts';
import { goalTableOf, remarksOf, tableOf } from './report.ts';
import { runRounds, type Result } from './rounds.ts';

export interface Traffic {
  /** What the origin is. */
  readonly origin: string;
  readonly result: Result;
  /** Of the rounds, by contender. */
  readonly medians: Readonly<Record<string, Values>>;
  readonly outcomes: readonly Outcome[];
  readonly gate: GateCost | undefined;
}

function gateScale(quick: boolean): { rounds: number; durationS: number } {
  return quick ? { rounds: 3, durationS: 1 } : { rounds: 10, durationS: 3 };
}

export async function measureTraffic(
  { engine, scale, quick, contenders, gate }: Options,
  say: (line: string) => void,
): Promise<Traffic> {
  const sizes = [checkBytes, scale.bulkBytes, endlessBytes];
  const origin = await startOrigin(temporaryFolder('origin'), sizes);
  const uploadFile = join(temporaryFolder('upload'), 'zeros');
  sparseFile(uploadFile, scale.bulkBytes);
  await readThrough(uploadFile);

  const circumstances = { scale, origin, uploadFile };
  const result = await runRounds(contenders, measuresOf[engine], circumstances, say);
  const cost = gate
    ? await gateCost(engine, temporaryFolder('gate'), origin, gateScale(quick), say)
    : undefined;
  return {
    origin: origin.description,
    result,
    medians: Object.fromEntries(
      contenders.map(({ id }) => [id, medians(result.rounds.flatMap((round) => round[id] ?? []))]),
    ),
    outcomes: goalsOf[engine].map((goal) => outcomeOf(goal, result.rounds)),
    gate: cost,
  };
}

/** Markdown: the tables of what was measured. */
export function trafficText({ engine, contenders }: Options, traffic: Traffic): string {
  const { result, medians: middle, outcomes, gate } = traffic;
  const tables = (): string => `
${tableOf(engine, contenders, middle, result.absent)}

${goalTableOf(engine, outcomes, result.absent)}
${remarksOf(result)}`;
  return `${contenders.length > 0 ? tables() : ''}${gate ? `\n${gateTableOf(gate)}\n` : ''}`;
}

/** Keys of the written record. */
export function trafficRecord({ origin, result, medians: middle, outcomes, gate }: Traffic) {
  return {
    origin,
    medians: middle,
    goals: outcomes.map(({ goal: { kind, limit, ...goal }, middle: found, ...rest }) => ({
      ...goal,
      [kind]: found,
      goal: limit,
      ...rest,
    })),
    ...result,
    ...(gate && { gate }),
  };
}

/** Into the page cache, or the first upload of all would pay for it. */
async function readThrough(file: string): Promise<void> {
  for await (const _ of createReadStream(file, { highWaterMark: 1024 ** 2 }));
}
