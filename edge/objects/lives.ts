/**
 * How long previews live: until a fixed time that their owner can move, and until nobody has used them
 * for a while. Uses are counted in memory and written now and then; what a crash forgets is half a
 * minute of counts, and ten minutes of the last use at most.
 */
import type { Clock, Sql } from '../ports.ts';
import { migrate } from '../schema.ts';

export interface PreviewLife {
  /** Milliseconds since 1970. */
  untilMs: number;
  /** Ends this long after its last use. */
  idleS: number;
  usedMs: number;
  /** Requests that were let in, WebSockets too. */
  hits: number;
}

/** Where nobody says otherwise; organisations do (`stores/policy.ts`). */
export const defaultLifeS = 14 * 86_400;
export const defaultIdleS = 3 * 86_400;

const steps = [
  [
    `CREATE TABLE lives (
      label TEXT PRIMARY KEY, until_ms INTEGER NOT NULL, idle_s INTEGER NOT NULL,
      used_ms INTEGER NOT NULL, hits INTEGER NOT NULL)`,
  ],
];

const writeBackMs = 30_000;
/** A use after such a pause is written at once: an object that sleeps forgets the rest. */
const pauseMs = 10 * 60_000;

interface Entry extends PreviewLife {
  writtenMs: number;
  isDirty: boolean;
}

export class Lives {
  readonly #sql: Sql;
  readonly #clock: Clock;
  readonly #entries = new Map<string, Entry>();
  readonly #onChange: () => void;
  #flushMs = Infinity;

  /** `onChange`: `nextMs` may be another one. */
  constructor({ sql, clock }: { sql: Sql; clock: Clock }, onChange: () => void) {
    this.#sql = sql;
    this.#clock = clock;
    this.#onChange = onChange;
    migrate(sql, steps, 'lives');
    for (const row of sql.all('SELECT * FROM lives')) {
      const usedMs = Number(row.used_ms);
      this.#entries.set(String(row.label), {
        untilMs: Number(row.until_ms),
        idleS: Number(row.idle_s),
        usedMs,
        hits: Number(row.hits),
        writtenMs: usedMs,
        isDirty: false,
      });
    }
  }

  begin(label: string, { untilMs, idleS }: Pick<PreviewLife, 'untilMs' | 'idleS'>): void {
    const nowMs = this.#clock.nowMs();
    this.#put(label, { untilMs, idleS, usedMs: nowMs, hits: 0, writtenMs: nowMs, isDirty: false });
  }

  /** One that began before lives were counted has none. */
  of(label: string): PreviewLife | undefined {
    const entry = this.#entries.get(label);
    return entry && { ...lifeOf(entry) };
  }

  hit(label: string): void {
    const entry = this.#entries.get(label);
    if (!entry) return;
    const nowMs = this.#clock.nowMs();
    entry.hits += 1;
    entry.usedMs = nowMs;
    if (entry.isDirty) return;
    entry.isDirty = true;
    if (nowMs - entry.writtenMs >= pauseMs) this.#put(label, entry);
    if (this.#flushMs !== Infinity) return;
    this.#flushMs = nowMs + writeBackMs;
    this.#onChange();
  }

  extend(label: string, untilMs: number): void {
    const entry = this.#entries.get(label);
    if (entry) this.#put(label, { ...entry, untilMs, usedMs: this.#clock.nowMs() });
  }

  end(label: string): void {
    this.#entries.delete(label);
    this.#sql.run('DELETE FROM lives WHERE label = ?', label);
  }

  /** When the next one ends, or counts have to be written. */
  get nextMs(): number {
    let nextMs = this.#flushMs;
    for (const entry of this.#entries.values()) nextMs = Math.min(nextMs, endOf(entry));
    return nextMs;
  }

  /** Those whose time is over; `isOpen`: something goes through it at this moment, so it is in use. */
  over(isOpen: (label: string) => boolean): { label: string; reason: 'expired' | 'idle' }[] {
    const nowMs = this.#clock.nowMs();
    const found: { label: string; reason: 'expired' | 'idle' }[] = [];
    for (const [label, entry] of this.#entries) {
      if (entry.untilMs <= nowMs) found.push({ label, reason: 'expired' });
      else if (endOf(entry) > nowMs) continue;
      else if (isOpen(label)) this.#put(label, { ...entry, usedMs: nowMs });
      else found.push({ label, reason: 'idle' });
    }
    return found;
  }

  flush(): void {
    this.#flushMs = Infinity;
    for (const [label, entry] of this.#entries) if (entry.isDirty) this.#put(label, entry);
  }

  #put(label: string, entry: Entry): void {
    const { untilMs, idleS, usedMs, hits } = entry;
    const sql = 'INSERT OR REPLACE INTO lives VALUES (?, ?, ?, ?, ?)';
    this.#sql.run(sql, label, untilMs, idleS, usedMs, hits);
    const written = { ...entry, writtenMs: this.#clock.nowMs(), isDirty: false };
    this.#entries.set(label, written);
  }
}

function lifeOf({ untilMs, idleS, usedMs, hits }: Entry): PreviewLife {
  return { untilMs, idleS, usedMs, hits };
}

function endOf({ untilMs, idleS, usedMs }: PreviewLife): number {
  return Math.min(untilMs, usedMs + idleS * 1000);
}
