/** The Sql port on `node:sqlite`: one file per object, durable before an answer leaves. */
import { DatabaseSync, type StatementSync } from 'node:sqlite';
import type { Row, Sql, SqlValue } from '../ports.ts';

/** Closes with `close`; the file is this process's alone while it is open. */
export interface SqlFile extends Sql {
  close(): void;
}

/** @throws Error when another process has the file open */
export function openSql(file: string): SqlFile {
  const database = new DatabaseSync(file);
  // A label that was answered must survive a power cut: WAL with FULL syncs each commit.
  for (const pragma of ['locking_mode=EXCLUSIVE', 'journal_mode=WAL', 'synchronous=FULL']) {
    database.exec(`PRAGMA ${pragma}`);
  }
  const statements = new Map<string, StatementSync>();
  let depth = 0;
  const prepare = (text: string): StatementSync => {
    let statement = statements.get(text);
    if (!statement) {
      statement = database.prepare(text);
      statements.set(text, statement);
    }
    return statement;
  };
  return {
    all: (text, ...values) => prepare(text).all(...values.map(checked)) as Row[],
    run: (text, ...values) => void prepare(text).run(...values.map(checked)),
    transaction(work) {
      const name = `nested_${depth}`;
      database.exec(depth === 0 ? 'BEGIN IMMEDIATE' : `SAVEPOINT ${name}`);
      depth += 1;
      try {
        const result = work();
        depth -= 1;
        database.exec(depth === 0 ? 'COMMIT' : `RELEASE ${name}`);
        return result;
      } catch (error) {
        depth = Math.min(depth, Number(name.slice(7)));
        database.exec(depth === 0 ? 'ROLLBACK' : `ROLLBACK TO ${name}`);
        throw error;
      }
    },
    close: () => database.close(),
  };
}

/** Workers refuse what is not here; so does this engine, lest it work on one only. */
function checked(value: SqlValue): SqlValue {
  if (typeof value === 'number' && !Number.isSafeInteger(value)) {
    throw new RangeError(`not a safe integer: ${value}`);
  }
  if (value !== null && typeof value !== 'string' && typeof value !== 'number') {
    throw new TypeError(`not a value that both engines store: ${typeof value}`);
  }
  return value;
}
