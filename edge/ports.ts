/**
 * What the edge asks of its engine. Everything that decides or remembers is written against these,
 * once; `edge/node/` and the Cloudflare engine supply them.
 */

/** Values that both engines store alike: no booleans, dates, undefined or integers beyond 2^53. */
export type SqlValue = string | number | null;
export type Row = Readonly<Record<string, SqlValue>>;

/**
 * SQLite, synchronous, of one object. One statement per call; parameters are `?`, one value each; no
 * blobs. `sql-rules.ts` holds every engine to this.
 */
export interface Sql {
  /** All rows, as an array. */
  all(statement: string, ...values: SqlValue[]): Row[];
  run(statement: string, ...values: SqlValue[]): void;
  /** All or nothing; may nest. `work` is synchronous: a promise is an error. */
  transaction<T>(work: () => T): T;
}

/** Wall-clock time. */
export interface Clock {
  /** Milliseconds since 1970. */
  nowMs(): number;
}

/**
 * One alarm of one object: its `alarm` is called at `atMs` or later, perhaps twice, also after the
 * object has lost its memory. What must hold at a time is decided by the clock, never by the alarm.
 */
export interface Alarm {
  /** Replaces the one that was set. Milliseconds since 1970. */
  set(atMs: number): void;
  clear(): void;
}

/** Unpredictable bytes. */
export interface Random {
  bytes(count: number): Uint8Array;
}

/** A keyed hash (HMAC-SHA-256) under the edge's secret, hex. For tokens at rest. */
export interface TokenHash {
  of(token: string): Promise<string>;
}

/** Log lines; `fields` never contains a token, cookie or header value. */
export interface Log {
  info(fields: Readonly<Record<string, unknown>>, message: string): void;
  warn(fields: Readonly<Record<string, unknown>>, message: string): void;
}
