/**
 * `npm run bench`: Byway beside the programs that it is measured against, on this machine.
 * Starts everything itself, prints Markdown on standard output and progress on standard error, and
 * writes what it measured as JSON. Exit code 1 when an answer was wrong or a load failed, 2 for
 * wrong arguments; a goal that was missed is a result, not an error.
 */
import { createReadStream, mkdirSync, writeFileSync } from 'node:fs';
import { cpus, release, totalmem } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { optionsOf, usage, UsageError, type Options } from './arguments.ts';
import { cleanUpAtExit, isClosing, temporaryFolder } from './children.ts';
import { gateCost, gateTableOf } from './gate/cost.ts';
import { goalsOf, outcomeOf } from './goals.ts';
import { checkBytes } from './load/answers.ts';
import { endlessBytes } from './load/bulk.ts';
import { measuresOf } from './measures.ts';
import { medians } from './metrics.ts';
import { sparseFile, startOrigin } from './origin.ts';
import { goalTableOf, remarksOf, tableOf } from './report.ts';
import { runRounds } from './rounds.ts';
import { workerdVersion } from './workerd.ts';

function gateScale(quick: boolean): { rounds: number; durationS: number } {
  return quick ? { rounds: 3, durationS: 1 } : { rounds: 10, durationS: 3 };
}

async function main({ engine, scale, quick, contenders, gate, jsonFile }: Options): Promise<void> {
  const started = new Date();
  const say = (line: string): void => void process.stderr.write(`${line}\n`);
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
  const middle = Object.fromEntries(
    contenders.map(({ id }) => [id, medians(result.rounds.flatMap((round) => round[id] ?? []))]),
  );
  const outcomes = goalsOf[engine].map((goal) => outcomeOf(goal, result.rounds));
  const machine = {
    cpus: cpus().length,
    model: cpus()[0]?.model ?? 'unknown',
    memoryMib: Math.round(totalmem() / 1024 ** 2),
    kernel: release(),
    node: process.versions.node,
    ...(engine === 'cloudflare' && { workerd: workerdVersion() }),
  };
  const seconds = Math.round((Date.now() - started.getTime()) / 1_000);
  const bulkMib = scale.bulkBytes / 1024 ** 2;
  const tables = (): string => `
${tableOf(engine, contenders, middle, result.absent)}

${goalTableOf(engine, outcomes, result.absent)}
${remarksOf(result)}`;
  process.stdout.write(`
Medians of ${scale.rounds} interleaved round${scale.rounds === 1 ? '' : 's'}, ${machine.cpus} cores (${machine.model}), loopback; origin: ${origin.description};${'workerd' in machine ? ` edge on workerd ${machine.workerd};` : ''}
1 KiB answers for ${scale.durationS} s per load by wrk with one thread, bodies of ${bulkMib} MiB by curl; ${seconds} s in all.
${contenders.length > 0 ? tables() : ''}${cost ? `\n${gateTableOf(cost)}\n` : ''}`);

  const name = engine === 'node' ? stamp(started) : `${stamp(started)}-${engine}`;
  const file = resolve(jsonFile ?? join(import.meta.dirname, 'results', `${name}.json`));
  mkdirSync(dirname(file), { recursive: true });
  const options = { engine, quick, ...scale, contenders: contenders.map(({ id }) => id) };
  const record = {
    started: started.toISOString(),
    seconds,
    machine,
    origin: origin.description,
    options,
    medians: middle,
    goals: outcomes.map(({ goal: { kind, limit, ...goal }, middle: found, ...rest }) => ({
      ...goal,
      [kind]: found,
      goal: limit,
      ...rest,
    })),
    ...result,
    ...(cost && { gate: cost }),
  };
  writeFileSync(file, `${JSON.stringify(record, null, 2)}\n`);
  say(`Written to ${file}`);
  if (result.faults.length + (cost?.faults.length ?? 0) > 0) process.exitCode = 1;
}

/** Into the page cache, or the first upload of all would pay for it. */
async function readThrough(file: string): Promise<void> {
  for await (const _ of createReadStream(file, { highWaterMark: 1024 ** 2 }));
}

function stamp(time: Date): string {
  return time
    .toISOString()
    .replaceAll(':', '-')
    .replace(/\.\d+Z$/, 'Z');
}

try {
  if (process.platform !== 'linux')
    throw new UsageError('The benchmark reads /proc: it needs Linux.');
  const options = optionsOf(process.argv.slice(2));
  cleanUpAtExit();
  await main(options);
  process.exit();
} catch (error) {
  // A signal is being handled; what breaks under it is no news, and the exit code is its own.
  if (!isClosing()) {
    const wrongUse = error instanceof UsageError;
    const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
    process.stderr.write(wrongUse ? `${error.message}\n\n${usage}\n` : `${text}\n`);
    process.exit(wrongUse ? 2 : 1);
  }
}
