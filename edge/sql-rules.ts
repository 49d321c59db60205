/**
 * What keeps SQL the same on both engines: what one of them would refuse, lose or store otherwise is
 * refused by each. Engines call these before SQLite sees anything.
 */
import type { SqlValue } from './ports.ts';

/** Workers' limits; an engine that can, sets them in SQLite as well. */
export const sqlLimits = {
  statementBytes: 100_000,
  parameters: 100,
  columns: 100,
  likePatternBytes: 50,
  rowBytes: 2 * 1024 * 1024,
} as const;

/** Text in which `?`, `;` and words mean nothing: strings, quoted names, comments. */
const quoted = /'(?:[^']|'')*'|"(?:[^"]|"")*"|--[^\n]*|\/\*[\s\S]*?\*\//g;
/** Workers refuse these; transactions go through `Sql.transaction`. */
const refusedStatement =
  /^\s*(?:BEGIN|COMMIT|END|ROLLBACK|SAVEPOINT|RELEASE|PRAGMA|ATTACH|DETACH|VACUUM|CREATE\s+TEMP(?:ORARY)?)\b/i;
const refusedName = /\b_cf_\w*|\bsqlite_version\b/i;
/** A trigger's body is the one place where statements end inside of a statement. */
const trigger = /^\s*CREATE\s+TRIGGER\b/i;

/**
 * How many parameters the statement takes.
 * @throws TypeError naming the rule that it breaks
 */
export function checkStatement(text: string): number {
  const bare = text.replaceAll(quoted, ' ');
  const refused = refusedStatement.exec(bare) ?? refusedName.exec(bare);
  if (refused) throw new TypeError(`SQL: ${refused[0].trim()} is not available on every engine`);
  if (!trigger.test(bare) && bare.replace(/;\s*$/, '').includes(';')) {
    throw new TypeError('SQL: one statement per call');
  }
  if (/\?\d|[:@$]\w/.test(bare)) throw new TypeError('SQL: parameters are plain ?');
  const parameters = bare.split('?').length - 1;
  if (parameters > sqlLimits.parameters) {
    throw new TypeError(`SQL: ${parameters} parameters, at most ${sqlLimits.parameters}`);
  }
  return parameters;
}

/** @throws TypeError or RangeError where the values are too few, too many or not stored alike */
export function checkValues(parameters: number, values: readonly SqlValue[]): void {
  if (values.length !== parameters) {
    throw new TypeError(`SQL: ${values.length} values for ${parameters} parameters`);
  }
  for (const value of values) {
    if (typeof value === 'number' && !Number.isSafeInteger(value)) {
      throw new RangeError(`SQL: not a safe integer: ${value}`);
    }
    if (value !== null && typeof value !== 'string' && typeof value !== 'number') {
      throw new TypeError(`SQL: not a value that every engine stores: ${typeof value}`);
    }
  }
}

/** @throws TypeError: the work of a transaction went on after it, unprotected */
export function checkSynchronous(result: unknown): void {
  if (typeof (result as { then?: unknown } | null | undefined)?.then === 'function') {
    throw new TypeError('SQL: the work of a transaction must be synchronous');
  }
}
