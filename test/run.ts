/**
 * `npm test`: everything that must hold. Prepares the machine, runs the static checks, then the
 * tests, and ends with the line `N passed, N failed`. With `--soak` the long tests run as well.
 * Under `CI=true` a test that skipped itself counts as failed.
 */
import { runChecks } from './house/checks.ts';
import { endChildrenOnSignals } from './runner/child.ts';
import { prepareMachine } from './runner/machine.ts';
import { endToEndTests, stagesOf } from './runner/stages.ts';
import { runVitest } from './runner/vitest.ts';

const soak = process.argv.includes('--soak');
const strict = process.env['CI'] === 'true';

const say = (line: string): void => console.log(line);
const title = (text: string): void => say(`\n— ${text}`);

endChildrenOnSignals();
await prepareMachine(say);

title('Checks');
let { passed, failed } = await runChecks(say);
const skipped: { name: string; reason: string }[] = [];
const broken: string[] = [];

for (const { title: name, paths, args, env } of stagesOf(endToEndTests(), soak)) {
  title(name);
  const record = await runVitest([...args, ...paths], env);
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
