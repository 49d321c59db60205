/** Who did what, newest last, for 400 days. Written in the transaction of the change it is about. */
import { utf8 } from '#protocol/bytes.ts';
import type { Row } from '../../ports.ts';
import type { Outcome } from '../calls.ts';
import type { StoreServices } from './services.ts';

export const steps = [
  [
    `CREATE TABLE audit (
      id INTEGER PRIMARY KEY AUTOINCREMENT, at_ms INTEGER NOT NULL,
      actor TEXT NOT NULL, action TEXT NOT NULL, subject TEXT NOT NULL, details TEXT NOT NULL)`,
    'CREATE INDEX audit_by_time ON audit (at_ms)',
    'CREATE INDEX audit_by_actor ON audit (actor)',
    'CREATE INDEX audit_by_action ON audit (action)',
  ],
];

export const retentionMs = 400 * 24 * 3_600_000;
/** Of the details as JSON in UTF-8. */
export const maxDetailsBytes = 2048;
export const maxWordCharacters = 200;
export const maxAuditPage = 500;
export const defaultAuditPage = 100;
const cleanEveryMs = 3_600_000;

export interface AuditEntry {
  id: string;
  atMs: number;
  /** `gh:<numeric id>`, `token:<id>`, `operator`, `github`, `edge`: never a name that changes hands. */
  actor: string;
  /** `preview.public`, `token.revoke`. */
  action: string;
  /** What it was done to: a label, the id of a token, of a person. */
  subject: string;
  /** Small and without secrets. */
  details: Readonly<Record<string, unknown>>;
}

export interface AuditFilter {
  actor?: string | undefined;
  action?: string | undefined;
  /** Milliseconds since 1970; entries of then and later. */
  sinceMs?: number | undefined;
  limit?: number | undefined;
  /** `next` of the page before. */
  cursor?: string | undefined;
}

export interface AuditPage {
  /** Newest first. */
  entries: AuditEntry[];
  /** undefined: this was the last page. */
  next: string | undefined;
}

export class Audit {
  readonly #sql: StoreServices['sql'];
  readonly #clock: StoreServices['clock'];
  #cleanedMs = 0;

  constructor({ sql, clock }: Pick<StoreServices, 'sql' | 'clock'>) {
    this.#sql = sql;
    this.#clock = clock;
  }

  /** @throws RangeError for what is too long; the change that it is about must then not happen */
  append(entry: Pick<AuditEntry, 'actor' | 'action' | 'subject'> & Partial<AuditEntry>): void {
    const { actor, action, subject, details = {} } = entry;
    for (const [name, word] of Object.entries({ actor, action, subject })) {
      if (word === '' || word.length > maxWordCharacters) {
        throw new RangeError(`an audit entry’s ${name} has 1 to ${maxWordCharacters} characters`);
      }
    }
    const text = JSON.stringify(details);
    const { length } = utf8(text);
    if (length > maxDetailsBytes) {
      throw new RangeError(
        `an audit entry’s details have ${length} bytes, at most ${maxDetailsBytes}`,
      );
    }
    const nowMs = this.#clock.nowMs();
    this.#sql.transaction(() => {
      if (Math.abs(nowMs - this.#cleanedMs) >= cleanEveryMs) this.clean();
      this.#sql.run(
        'INSERT INTO audit (at_ms, actor, action, subject, details) VALUES (?, ?, ?, ?, ?)',
        nowMs,
        actor,
        action,
        subject,
        text,
      );
    });
  }

  list(filter: AuditFilter = {}): Outcome<AuditPage> {
    const { actor, action, sinceMs, limit = defaultAuditPage, cursor } = filter;
    if (!Number.isInteger(limit) || limit < 1 || limit > maxAuditPage) {
      return refused(`limit must be 1 to ${maxAuditPage}`);
    }
    if (sinceMs !== undefined && !Number.isSafeInteger(sinceMs)) {
      return refused('since must be a time in whole milliseconds');
    }
    if (cursor !== undefined && !/^[1-9]\d{0,14}$/.test(cursor)) {
      return refused('cursor must be what the page before has named');
    }
    const before = cursor === undefined ? null : Number(cursor);
    const rows = this.#sql.all(
      `SELECT * FROM audit WHERE at_ms > ? AND (? IS NULL OR actor = ?)
        AND (? IS NULL OR action = ?) AND (? IS NULL OR id < ?) ORDER BY id DESC LIMIT ?`,
      Math.max((sinceMs ?? 0) - 1, this.#clock.nowMs() - retentionMs),
      actor ?? null,
      actor ?? null,
      action ?? null,
      action ?? null,
      before,
      before,
      limit + 1,
    );
    const entries = rows.slice(0, limit).map(entryOf);
    const next = rows.length > limit ? entries.at(-1)?.id : undefined;
    return { ok: true, value: { entries, next } };
  }

  clean(): void {
    this.#cleanedMs = this.#clock.nowMs();
    this.#sql.run('DELETE FROM audit WHERE at_ms <= ?', this.#cleanedMs - retentionMs);
  }
}

function refused(reason: string): Outcome<never> {
  return { ok: false, refusal: { kind: 'refused', reason } };
}

function entryOf(row: Row): AuditEntry {
  return {
    id: String(row.id),
    atMs: Number(row.at_ms),
    actor: String(row.actor),
    action: String(row.action),
    subject: String(row.subject),
    details: JSON.parse(String(row.details)) as Readonly<Record<string, unknown>>,
  };
}
