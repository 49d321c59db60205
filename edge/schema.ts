/** Schema versions: each object keeps the number of the last step that it has taken. */
import type { Sql } from './ports.ts';

/**
 * Takes the steps that are missing, each in a transaction. Steps are never edited, only added.
 * `store`: names steps that are counted by themselves, where an object has several stores.
 */
export function migrate(sql: Sql, steps: readonly (readonly string[])[], store = ''): void {
  sql.run('CREATE TABLE IF NOT EXISTS schema_versions (store TEXT PRIMARY KEY, version INTEGER)');
  const taken = takenOf(sql, store);
  if (taken > steps.length) {
    throw new Error(
      `the data is of a newer version (${taken}) than this program (${steps.length})`,
    );
  }
  for (let version = taken; version < steps.length; version += 1) {
    sql.transaction(() => {
      for (const statement of steps[version] ?? []) sql.run(statement);
      sql.run('INSERT OR REPLACE INTO schema_versions VALUES (?, ?)', store, version + 1);
    });
  }
}

function takenOf(sql: Sql, store: string): number {
  const [row] = sql.all('SELECT version FROM schema_versions WHERE store = ?', store);
  return typeof row?.version === 'number' ? row.version : 0;
}
