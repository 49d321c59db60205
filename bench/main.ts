/**
 * `npm run bench`: Byway beside the programs that it is measured against, on this machine.
 * Starts everything itself, prints Markdown on standard output and progress on standard error, and
 * writes what it measured as JSON. Exit code 1 when an answer was wrong or a load failed, 2 for
 * wrong arguments; a goal that was missed is a result, not an error.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { cpus, release, totalmem } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { optionsOf, usage, UsageError, type Options } from './arguments.ts';
import { cleanUpAtExit, isClosing, temporaryFolder } from './children.ts';
import type { Engine } from './engine.ts';
import { pullRequestLoop } from './pull-request/loop.ts';
import { loopScale } from './pull-request/result.ts';
import { loopTableOf } from './pull-request/table.ts';
import { measureTraffic, trafficRecord, trafficText, type Traffic } from './traffic.ts';
import { workerdVersion } from './workerd.ts';

async function main(options: Options): Promise<void> {
  const { engine, scale, quick, contenders, gate, pullRequests, jsonFile } = options;
  const started = new Date();
  const say = (line: string): void => void process.stderr.write(`${line}\n`);
  const traffic = contenders.length > 0 || gate ? await measureTraffic(options, say) : undefined;
  const loop = pullRequests
    ? await pullRequestLoop(engine, temporaryFolder('pull-requests'), loopScale(quick), say)
    : undefined;

  const machine = machineOf(engine);
  const seconds = Math.round((Date.now() - started.getTime()) / 1_000);
  process.stdout.write(`
${headingOf(options, traffic, machine)}; ${seconds} s in all.
${traffic ? trafficText(options, traffic) : ''}${loop ? `\n${loopTableOf(loop)}` : ''}`);

  const name = engine === 'node' ? stamp(started) : `${stamp(started)}-${engine}`;
  const file = resolve(jsonFile ?? join(import.meta.dirname, 'results', `${name}.json`));
  mkdirSync(dirname(file), { recursive: true });
  const record = {
    started: started.toISOString(),
    seconds,
    machine,
    options: { engine, quick, ...scale, contenders: contenders.map(({ id }) => id) },
    ...(traffic && trafficRecord(traffic)),
    ...(loop && { pullRequests: loop }),
  };
  writeFileSync(file, `${JSON.stringify(record, null, 2)}\n`);
  say(`Written to ${file}`);
  const faults = [traffic?.result.faults, traffic?.gate?.faults, loop?.faults];
  if (faults.some((each = []) => each.length > 0)) process.exitCode = 1;
}

function machineOf(engine: Engine) {
  return {
    cpus: cpus().length,
    model: cpus()[0]?.model ?? 'unknown',
    memoryMib: Math.round(totalmem() / 1024 ** 2),
    kernel: release(),
    node: process.versions.node,
    ...(engine === 'cloudflare' && { workerd: workerdVersion() }),
  };
}

function headingOf(
  { scale: { rounds, durationS, bulkBytes } }: Options,
  traffic: Traffic | undefined,
  machine: ReturnType<typeof machineOf>,
): string {
  const where = `${machine.cpus} cores (${machine.model}), loopback`;
  const edge = 'workerd' in machine ? `; edge on workerd ${machine.workerd}` : '';
  if (!traffic) return `${where}${edge}`;
  return `Medians of ${rounds} interleaved round${rounds === 1 ? '' : 's'}, ${where}; origin: ${traffic.origin}${edge};
1 KiB answers for ${durationS} s per load by wrk with one thread, bodies of ${bulkBytes / 1024 ** 2} MiB by curl`;
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
