/**
 * The load model: `node sandbox/bootstrap.mjs bench/scale/main.ts`. A simulation, not a measurement: it
 * lives through a working day of a team with the costs of costs.ts, says what that means on either
 * engine, what breaks first and what a month costs. Prints Markdown, writes JSON; exit code 2 for
 * wrong arguments. The same seed gives the same numbers.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { optionsOf, usage, UsageError, type Options } from './arguments.ts';
import { costs, inputs } from './costs.ts';
import { outcomeOf } from './model.ts';
import {
  arithmeticTable,
  cloudflareTable,
  inputTable,
  nodeTable,
  shardTable,
  workloadTable,
} from './tables.ts';

/** What `docs/scaling.md` shows of shards: one cluster, far larger than most. */
const large = { previews: 10_000, clusters: 1, shards: [1, 2, 4, 8, 16, 32] };

function main({ seed, previews, shards, clusters, jsonFile }: Options): void {
  const started = new Date();
  const teams = previews.map((count) => ({
    previews: count,
    shards: shards ?? costs.byway.shardsPerCluster,
    ...(clusters === undefined ? {} : { clusters }),
  }));
  const outcomes = teams.map((team) => outcomeOf(team, seed, costs));
  const record = { started: started.toISOString(), seed, inputs, outcomes };
  if (jsonFile === '-') {
    process.stdout.write(`${JSON.stringify(record)}\n`);
    return;
  }
  const sharded = large.shards.map((count) =>
    outcomeOf({ previews: large.previews, clusters: large.clusters, shards: count }, seed, costs),
  );
  process.stdout.write(`${workloadTable()}

${arithmeticTable()}

${cloudflareTable(outcomes)}

${nodeTable(outcomes)}

One cluster with ${large.previews.toLocaleString('en-US')} previews, by shards (Cloudflare):

${shardTable(sharded)}

¹ middle / 99th percentile / most, over all objects or clusters.
`);
  const stamp = started
    .toISOString()
    .replaceAll(':', '-')
    .replace(/\.\d+Z$/, 'Z');
  const file = resolve(jsonFile ?? join(import.meta.dirname, '../results', `scale-${stamp}.json`));
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, `${JSON.stringify({ ...record, sharded }, null, 2)}\n`);
  process.stderr.write(`Written to ${file}\n`);
}

try {
  const options = optionsOf(process.argv.slice(2));
  if (options.inputs) process.stdout.write(`${inputTable()}\n`);
  else main(options);
} catch (error) {
  if (!(error instanceof UsageError)) throw error;
  process.stderr.write(`${error.message}\n\n${usage}\n`);
  process.exitCode = 2;
}
