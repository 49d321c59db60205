/** The Sql port on `node:sqlite`: one file per object, durable before an answer leaves. */
import { DatabaseSync, type StatementSync } from 'node:sqlite';
import type { Row, Sql, SqlValue } from '../ports.ts';
import { checkStatement, checkSynchronous, checkValues, sqlLimits } from '../sql-rules.ts';

/** Closes with `close`; the file is this process's alone while it is open. */
export interface SqlFile extends Sql {
  close(): void;
}

interface Prepared {
  statement: StatementSync;
  parameters: number;
}

/** @throws Error when another process has the file open */
export function openSql(file: string): SqlFile {
  const database = new DatabaseSync(file, {
    limits: {
      sqlLength: sqlLimits.statementBytes,
      variableNumber: sqlLimits.parameters,
      column: sqlLimits.columns,
      likePatternLength: sqlLimits.likePatternBytes,
      length: sqlLimits.rowBytes,
      attach: 0,
    },
  });
  // A label that was answered must survive a power cut: WAL with FULL syncs each commit.
  for (const pragma of ['locking_mode=EXCLUSIVE', 'journal_mode=WAL', 'synchronous=FULL']) {
    database.exec(`PRAGMA ${pragma}`);
  }
  const prepared = new Map<string, Prepared>();
  let depth = 0;
  const bound = (text: string, values: readonly SqlValue[]): StatementSync => {
    let known = prepared.get(text);
    if (!known) {
      known = { parameters: checkStatement(text), statement: database.prepare(text) };
      prepared.set(text, known);
    }
    checkValues(known.parameters, values);
    return known.statement;
  };
  return {
    all: (text, ...values) => bound(text, values).all(...values) as Row[],
    run: (text, ...values) => void bound(text, values).run(...values),
    transaction(work) {
      const at = depth;
      const savepoint = `nested_${at}`;
      database.exec(at === 0 ? 'BEGIN IMMEDIATE' : `SAVEPOINT ${savepoint}`);
      depth = at + 1;
      try {
        const result = work();
        checkSynchronous(result);
        database.exec(at === 0 ? 'COMMIT' : `RELEASE ${savepoint}`);
        return result;
      } catch (error) {
        // After a full disk SQLite has rolled back already; the first error is the one to hear of.
        if (database.isTransaction) {
          database.exec(at === 0 ? 'ROLLBACK' : `ROLLBACK TO ${savepoint}; RELEASE ${savepoint}`);
        }
        throw error;
      } finally {
        depth = at;
      }
    },
    close: () => database.close(),
  };
}
