/** `npm run check`: types, lint, format and house rules, without running the code. */
import { runChecks } from './house/checks.ts';
import { endChildrenOnSignals } from './runner/child.ts';

endChildrenOnSignals();
const { passed, failed } = await runChecks((line) => console.log(line));
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed > 0 ? 1 : 0;
