/** The Sql port on a Durable Object's SQLite. Writes are durable before an answer leaves (output gate). */
import type { Row, Sql, SqlValue } from '../ports.ts';
import { checkStatement, checkSynchronous, checkValues } from '../sql-rules.ts';

export function sqlOf(storage: DurableObjectStorage): Sql {
  const parameters = new Map<string, number>();
  const rows = (text: string, values: readonly SqlValue[]): Row[] => {
    let count = parameters.get(text);
    if (count === undefined) {
      count = checkStatement(text);
      parameters.set(text, count);
    }
    checkValues(count, values);
    return storage.sql.exec(text, ...values).toArray() as Row[];
  };
  return {
    all: (text, ...values) => rows(text, values),
    run: (text, ...values) => void rows(text, values),
    transaction: (work) =>
      storage.transactionSync(() => {
        const result = work();
        checkSynchronous(result);
        return result;
      }),
  };
}

/** Whether the object has a table: one that was never made has none, and reading makes none. */
export function hasTable(storage: DurableObjectStorage, name: string): boolean {
  const found = storage.sql.exec(
    "SELECT 1 AS found FROM sqlite_master WHERE type = 'table' AND name = ?",
    name,
  );
  return found.toArray().length > 0;
}
