/** Schema versions: each object keeps the number of the last step that it has taken. */
import type { Sql } from './ports.ts';

/** Takes the steps that are missing, each in a transaction. Steps are never edited, only added. */
export function migrate(sql: Sql, steps: readonly (readonly string[])[]): void {
  sql.run('CREATE TABLE IF NOT EXISTS schema_version (version INTEGER NOT NULL)');
  const [row] = sql.all('SELECT version FROM schema_version');
  const taken = typeof row?.version === 'number' ? row.version : 0;
  if (taken > steps.length) {
    throw new Error(
      `the data is of a newer version (${taken}) than this program (${steps.length})`,
    );
  }
  for (let version = taken; version < steps.length; version += 1) {
    sql.transaction(() => {
      for (const statement of steps[version] ?? []) sql.run(statement);
      sql.run('DELETE FROM schema_version');
      sql.run('INSERT INTO schema_version (version) VALUES (?)', version + 1);
    });
  }
}
