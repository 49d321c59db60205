/** One run of vitest as a child process, and what came out of it. */
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { root } from '../house/tree.ts';
import { run } from './child.ts';
import type { TestRecord } from './record.ts';

/** A log file is read by people too. */
const colour: Record<string, string> = process.stdout.isTTY
  ? {}
  : { NO_COLOR: '1', FORCE_COLOR: '0' };

/**
 * @param args filters and options of `vitest run`
 * @returns its record; a crash, or a run without tests, is in `broken`
 */
export async function runVitest(
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<TestRecord> {
  const folder = mkdtempSync(join(tmpdir(), 'byway-test-'));
  const file = join(folder, 'record.json');
  try {
    const reporters = ['--reporter=default', '--reporter=./test/runner/record.ts'];
    const { exitCode } = await run(
      process.execPath,
      [join(root, 'node_modules/vitest/vitest.mjs'), 'run', ...reporters, ...args],
      { env: { ...env, ...colour, BYWAY_TEST_RECORD: file }, show: true },
    );
    return judge(existsSync(file) ? readFileSync(file, 'utf8') : undefined, exitCode, args);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Nothing that went wrong may look like success: the exit code has to agree with the record. */
export function judge(
  text: string | undefined,
  exitCode: number,
  args: readonly string[],
): TestRecord {
  const what = `vitest run ${args.join(' ')}`;
  if (text === undefined) {
    const broken = [`${what}: exited with ${exitCode} before its tests were done`];
    return { passed: 0, failed: 0, skipped: [], broken };
  }
  const record = JSON.parse(text) as TestRecord;
  const { passed, failed, skipped, broken } = record;
  if (passed + failed + skipped.length === 0) broken.push(`${what}: found no tests`);
  if (exitCode !== 0 && failed === 0 && broken.length === 0) {
    broken.push(`${what}: exited with ${exitCode} although no test failed`);
  }
  return record;
}
