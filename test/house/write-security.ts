/**
 * Writes the table of `docs/security.md` anew: `node sandbox/bootstrap.mjs test/house/write-security.ts`.
 * Says what is still wrong; exit code 1 if anything is.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { securityPath, threatProblems, withTable } from './threats-document.ts';
import { threatTests } from './threats-titles.ts';
import { readTree, root } from './tree.ts';

const file = join(root, securityPath);
const anew = withTable(readFileSync(file, 'utf8'), threatTests(readTree()));
if (anew !== undefined) writeFileSync(file, anew);
const problems = threatProblems(readTree());
for (const problem of problems) console.error(problem);
process.exitCode = problems.length > 0 ? 1 : 0;
