/**
 * `npm test`: everything that must hold. Prepares the machine, runs the static checks, then the
 * tests, and ends with the line `N passed, N failed`. With `--soak` the long tests run as well.
 * Under `CI=true` a test that skipped itself counts as failed.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { runChecks } from './house/checks.ts';
import { root } from './house/tree.ts';
import { endChildrenOnSignals } from './runner/child.ts';
import { prepareMachine } from './runner/machine.ts';
import { runVitest } from './runner/vitest.ts';

const soak = process.argv.includes('--soak');
const strict = process.env['CI'] === 'true';

/** Real processes share two cores and a clock, so their files take turns. */
const oneAtATime = '--no-file-parallelism';

interface Stage {
  readonly title: string;
  readonly folders: readonly string[];
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

/** The tests that have an edge in them, which is all that differs between the engines. */
const withEdge = [
  'fidelity/',
  'loop.test.ts',
  'heal.test.ts',
  'bulk.test.ts',
  'hibernation.test.ts',
  'limits.test.ts',
  'public-time.test.ts',
  'shards.test.ts',
  'nginx-ingress.test.ts',
  'demo.test.ts',
];

const stages: readonly Stage[] = [
  {
    title: 'Units, and the protocol on Node and in workerd',
    folders: ['test/unit/', 'test/conformance/', 'test/workers/'],
    args: [],
  },
  {
    title: 'Real processes',
    folders: ['test/e2e/'],
    args: ['--project=node', oneAtATime],
    env: { BYWAY_ENGINE: 'node' },
  },
  {
    title: 'Real processes, the edge on Cloudflare’s engine',
    folders: withEdge.map((name) => `test/e2e/${name}`),
    args: ['--project=node', oneAtATime],
    env: { BYWAY_ENGINE: 'cloudflare' },
  },
  ...(soak
    ? [
        {
          title: 'Long runs',
          folders: ['test/soak/'],
          args: ['--project=node', oneAtATime],
          env: { BYWAY_SOAK: '1' },
        },
      ]
    : []),
];

const say = (line: string): void => console.log(line);
const title = (text: string): void => say(`\n— ${text}`);

endChildrenOnSignals();
await prepareMachine(say);

title('Checks');
let { passed, failed } = await runChecks(say);
const skipped: { name: string; reason: string }[] = [];
const broken: string[] = [];

for (const { title: name, folders, args, env } of stages) {
  title(name);
  const present = folders.filter((folder) => existsSync(join(root, folder)));
  for (const folder of folders) {
    if (!present.includes(folder)) broken.push(`${folder} is not there`);
  }
  if (present.length === 0) continue;
  const record = await runVitest([...args, ...present], env);
  passed += record.passed;
  failed += record.failed;
  skipped.push(...record.skipped);
  broken.push(...record.broken);
}

title('Summary');
if (!soak) say('Not asked for: the long runs of test/soak (npm run soak).');
say('Not there yet: tests on a Kubernetes cluster.');
for (const { name, reason } of skipped) say(`Skipped: ${name}: ${reason}`);
for (const line of broken) say(`Broken: ${line}`);
failed += broken.length;
if (strict && skipped.length > 0) {
  say('CI=true: what was skipped counts as failed.');
  failed += skipped.length;
}
if (passed === 0) failed += 1;
say(`${passed} passed, ${failed} failed`);
process.exitCode = failed > 0 ? 1 : 0;
