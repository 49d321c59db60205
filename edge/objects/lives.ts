/**
 * How long previews live: until a fixed time that their owner can move, and until nobody has used them
 * for a while. Uses are counted in memory and written now and then; what a crash forgets is half a
 * minute of counts, and ten minutes of the last use at most.
 */
import type { Holder } from '../gate/decide.ts';
import type { Clock, Sql } from '../ports.ts';
import { migrate } from '../schema.ts';
import { LastViewers, type LastViewer } from './last-viewers.ts';

export interface PreviewLife {
  /** Milliseconds since 1970. */
  untilMs: number;
  /** Ends this long after its last use. */
  idleS: number;
  usedMs: number;
  /** Requests that were let in, WebSockets too. */
  hits: number;
  /** Who was let in by name, the latest first; missing: nobody. */
  viewers?: LastViewer[];
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

interface Entry extends Omit<PreviewLife, 'viewers'> {
  writtenMs: number;
  isDirty: boolean;
}

export class Lives {
  readonly #sql: Sql;
  readonly #clock: Clock;
  readonly #entries = new Map<string, Entry>();
  readonly #viewers: LastViewers;
  readonly #onChange: () => void;
  #flushMs = Infinity;

  /** `onChange`: `nextMs` may be another one. */
  constructor({ sql, clock }: { sql: Sql; clock: Clock }, onChange: () => void) {
    this.#sql = sql;
    this.#clock = clock;
    this.#onChange = onChange;
    migrate(sql, steps, 'lives');
    this.#viewers = new LastViewers({ sql, clock });
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
    if (!entry) return undefined;
    const viewers = this.#viewers.of(label);
    return { ...lifeOf(entry), ...(viewers.length > 0 && { viewers }) };
  }

  /** `viewer`: who is known, and admitted by name; left out for everybody else. */
  hit(label: string, viewer?: Holder): void {
    const entry = this.#entries.get(label);
    if (!entry) return;
    if (viewer) this.#viewers.saw(label, viewer);
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
    this.#viewers.end(label);
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
    return [...this.#entries.keys()].flatMap((label) => {
      const reason = this.isOver(label, isOpen);
      return reason ? [{ label, reason }] : [];
    });
  }

  /** Why the time of one is over; undefined: it is not. */
  isOver(label: string, isOpen: (label: string) => boolean): 'expired' | 'idle' | undefined {
    const nowMs = this.#clock.nowMs();
    const entry = this.#entries.get(label);
    if (!entry || endOf(entry) > nowMs) return undefined;
    if (entry.untilMs <= nowMs) return 'expired';
    if (!isOpen(label)) return 'idle';
    this.#put(label, { ...entry, usedMs: nowMs });
    return undefined;
  }

  flush(): void {
    this.#flushMs = Infinity;
    for (const [label, entry] of this.#entries) if (entry.isDirty) this.#put(label, entry);
    this.#viewers.flush();
  }

  #put(label: string, entry: Entry): void {
    const { untilMs, idleS, usedMs, hits } = entry;
    const sql = 'INSERT OR REPLACE INTO lives VALUES (?, ?, ?, ?, ?)';
    this.#sql.run(sql, label, untilMs, idleS, usedMs, hits);
    const written = { ...entry, writtenMs: this.#clock.nowMs(), isDirty: false };
    this.#entries.set(label, written);
  }
}

function lifeOf({ untilMs, idleS, usedMs, hits }: Entry): Omit<PreviewLife, 'viewers'> {
  return { untilMs, idleS, usedMs, hits };
}

function endOf({ untilMs, idleS, usedMs }: Omit<PreviewLife, 'viewers'>): number {
  return Math.min(untilMs, usedMs + idleS * 1000);
}
