/** A vitest reporter that writes what `test/run.ts` counts to the file named by BYWAY_TEST_RECORD. */
import { writeFileSync } from 'node:fs';
import type { Reporter, TestModule } from 'vitest/node';

/** Outcome of one run of vitest. */
export interface TestRecord {
  passed: number;
  failed: number;
  /** Tests that did not run, with the reason that they gave. */
  skipped: { name: string; reason: string }[];
  /** Files that could not be loaded, and errors outside of any test; counted as failures. */
  broken: string[];
}

export default class RecordReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], unhandled: readonly { message?: string }[]): void {
    const record: TestRecord = { passed: 0, failed: 0, skipped: [], broken: [] };
    for (const module of modules) {
      const where = `${module.project.name} ${module.relativeModuleId}`;
      for (const error of module.errors()) record.broken.push(`${where}: ${error.message}`);
      for (const suite of module.children.allSuites()) {
        for (const error of suite.errors()) {
          record.broken.push(`${where} > ${suite.fullName}: ${error.message}`);
        }
      }
      for (const test of module.children.allTests()) {
        const result = test.result();
        if (result.state === 'passed') record.passed += 1;
        else if (result.state === 'failed') record.failed += 1;
        else {
          const reason = (result.state === 'skipped' && result.note) || 'no reason given';
          record.skipped.push({ name: `${where} > ${test.fullName}`, reason });
        }
      }
    }
    for (const error of unhandled) record.broken.push(`outside of any test: ${error.message}`);
    const file = process.env['BYWAY_TEST_RECORD'];
    if (file) writeFileSync(file, JSON.stringify(record));
  }
}
