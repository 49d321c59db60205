/** A database in memory with the tables of all stores, and a clock to turn. */
import { createHmac } from 'node:crypto';
import { openSql, type SqlFile } from '#edge/node/sql.ts';
import type { TokenHash } from '#edge/ports.ts';
import { steps as audit } from '#edge/objects/stores/audit.ts';
import { steps as authorizationCodes } from '#edge/objects/stores/authorization-codes.ts';
import { steps as codeTries } from '#edge/objects/stores/code-tries.ts';
import { steps as dailyUsage } from '#edge/objects/stores/daily-usage.ts';
import { steps as deliveries } from '#edge/objects/stores/deliveries.ts';
import { steps as deviceGrants } from '#edge/objects/stores/device-grants.ts';
import { steps as grants } from '#edge/objects/stores/grants.ts';
import { steps as loginCodes } from '#edge/objects/stores/login-codes.ts';
import { steps as logins } from '#edge/objects/stores/logins.ts';
import { steps as memberships } from '#edge/objects/stores/memberships.ts';
import { steps as policy } from '#edge/objects/stores/policy.ts';
import type { StoreServices } from '#edge/objects/stores/services.ts';
import { steps as tokens } from '#edge/objects/stores/tokens.ts';

const all = [
  audit,
  authorizationCodes,
  codeTries,
  dailyUsage,
  deliveries,
  deviceGrants,
  grants,
  loginCodes,
  logins,
  memberships,
  policy,
  tokens,
];

export const startMs = 1_767_225_600_000;

export function hashUnder(key: string): TokenHash {
  const of = (text: string): string => createHmac('sha256', key).update(text).digest('hex');
  return { of: (text) => Promise.resolve(of(text)) };
}

export interface Scratch extends StoreServices {
  sql: SqlFile;
  /** Turns the clock. */
  pass(ms: number): void;
  /** Everything that is stored, as text: for secrets that must not be in it. */
  dump(): string;
}

export function scratch(): Scratch {
  const sql = openSql(':memory:');
  for (const steps of all) {
    for (const statement of steps.flat()) sql.run(statement);
  }
  let nowMs = startMs;
  return {
    sql,
    clock: { nowMs: () => nowMs },
    random: { bytes: (count) => crypto.getRandomValues(new Uint8Array(count)) },
    tokenHash: hashUnder('today'),
    pass: (ms) => {
      nowMs += ms;
    },
    dump: () =>
      sql
        .all("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'")
        .map(({ name }) => JSON.stringify(sql.all(`SELECT * FROM ${String(name)}`)))
        .join('\n'),
  };
}

/** The value of an outcome that has to be one. */
export function valueOf<T>(outcome: { ok: true; value: T } | { ok: false; refusal: unknown }): T {
  if (!outcome.ok) throw new Error(JSON.stringify(outcome.refusal));
  return outcome.value;
}
