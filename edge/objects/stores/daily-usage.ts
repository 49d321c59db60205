/**
 * What was used on a day (UTC), per subject: counted in memory, written back now and then. A crash
 * forgets what was not written yet: at most half a minute, and at most 64 MiB of a subject.
 */
import type { StoreServices } from './services.ts';

export const steps = [
  [
    `CREATE TABLE daily_usage (
      subject TEXT NOT NULL, day INTEGER NOT NULL, requests INTEGER NOT NULL,
      bytes INTEGER NOT NULL, PRIMARY KEY (subject, day)) WITHOUT ROWID`,
    'CREATE INDEX daily_usage_by_day ON daily_usage (day)',
  ],
];

export const writeBackMs = 30_000;
const writeBackBytes = 64 * 1024 * 1024;
/** Subjects in memory; the one that was used longest ago is written and dropped. */
export const maxSubjects = 10_000;
/** Days that are kept, for the dashboard. */
export const keptDays = 40;
export const dayMs = 24 * 3_600_000;

export interface Usage {
  requests: number;
  bytes: number;
}

interface Entry extends Usage {
  day: number;
  /** Not written yet. */
  unwritten: Usage;
}

export class DailyUsage {
  readonly #sql: StoreServices['sql'];
  readonly #clock: StoreServices['clock'];
  /** In the order of use, the latest last. */
  readonly #entries = new Map<string, Entry>();
  #writtenMs: number;

  constructor({ sql, clock }: Pick<StoreServices, 'sql' | 'clock'>) {
    this.#sql = sql;
    this.#clock = clock;
    this.#writtenMs = clock.nowMs();
  }

  /** Subjects in memory. */
  get size(): number {
    return this.#entries.size;
  }

  /** `subject`: `preview:<label>`, `person:<id>`; of what exists only, a stranger must not invent any. */
  add(subject: string, { requests = 0, bytes = 0 }: Partial<Usage>): Usage {
    for (const amount of [requests, bytes]) {
      if (!Number.isSafeInteger(amount) || amount < 0) {
        throw new RangeError(`${amount} cannot be counted; a whole number is needed`);
      }
    }
    const entry = this.#entry(subject);
    count(entry, { requests, bytes });
    count(entry.unwritten, { requests, bytes });
    const isLong = Math.abs(this.#clock.nowMs() - this.#writtenMs) >= writeBackMs;
    if (isLong || entry.unwritten.bytes >= writeBackBytes) this.flush();
    return { requests: entry.requests, bytes: entry.bytes };
  }

  /** So far today. */
  today(subject: string): Usage {
    const { requests, bytes } = this.#entry(subject);
    return { requests, bytes };
  }

  /** Writes what is new: from time to time, and before the object goes to sleep. */
  flush(): void {
    this.#writtenMs = this.#clock.nowMs();
    this.#sql.transaction(() => {
      for (const [subject, entry] of this.#entries) this.#write(subject, entry);
    });
  }

  clean(): void {
    this.#sql.run('DELETE FROM daily_usage WHERE day <= ?', this.#day() - keptDays);
  }

  #entry(subject: string): Entry {
    const day = this.#day();
    const known = this.#entries.get(subject);
    this.#entries.delete(subject);
    if (known && known.day !== day) this.#write(subject, known);
    const entry = known?.day === day ? known : this.#read(subject, day);
    this.#entries.set(subject, entry);
    this.#makeRoom();
    return entry;
  }

  #makeRoom(): void {
    if (this.#entries.size <= maxSubjects) return;
    for (const [subject, entry] of this.#entries) {
      this.#write(subject, entry);
      this.#entries.delete(subject);
      return;
    }
  }

  #read(subject: string, day: number): Entry {
    const [row] = this.#sql.all(
      'SELECT requests, bytes FROM daily_usage WHERE subject = ? AND day = ?',
      subject,
      day,
    );
    const unwritten = { requests: 0, bytes: 0 };
    return { day, requests: Number(row?.requests ?? 0), bytes: Number(row?.bytes ?? 0), unwritten };
  }

  #write(subject: string, entry: Entry): void {
    const { day, requests, bytes, unwritten } = entry;
    if (unwritten.requests === 0 && unwritten.bytes === 0) return;
    this.#sql.run(
      'INSERT OR REPLACE INTO daily_usage VALUES (?, ?, ?, ?)',
      subject,
      day,
      requests,
      bytes,
    );
    entry.unwritten = { requests: 0, bytes: 0 };
  }

  #day(): number {
    return Math.floor(this.#clock.nowMs() / dayMs);
  }
}

/** Both engines store integers up to 2^53 alike; nobody gets there but by a mistake. */
function count(into: Usage, { requests, bytes }: Usage): void {
  into.requests = Math.min(into.requests + requests, Number.MAX_SAFE_INTEGER);
  into.bytes = Math.min(into.bytes + bytes, Number.MAX_SAFE_INTEGER);
}
