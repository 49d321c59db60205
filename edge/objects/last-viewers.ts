/**
 * Who looked at a preview last: people who are signed in, and tokens. Nobody who came without a name is
 * among them. Times are of whole minutes, and kept in memory until the counts of `Lives` are written: a
 * crash forgets half a minute, and ten minutes of somebody who was written down before.
 */
import type { Holder } from '../gate/decide.ts';
import type { Clock, Sql } from '../ports.ts';
import { migrate } from '../schema.ts';

export interface LastViewer {
  viewer: Holder;
  /** The minute of the last request: milliseconds since 1970. */
  atMs: number;
}

/** Of one preview; of more the earliest is forgotten. */
export const maxLastViewers = 10;

const minuteMs = 60_000;
/** Who was not here for so long is written down at once: an object that sleeps forgets the rest. */
const pauseMs = 10 * minuteMs;

/** One row for a preview: it is one write, however many look. */
const steps = [['CREATE TABLE last_viewers (label TEXT PRIMARY KEY, viewers TEXT NOT NULL)']];

interface Seen {
  /** By numeric id of a person or id of a token; the latest last. */
  viewers: Map<number | string, LastViewer>;
  isDirty: boolean;
}

export class LastViewers {
  readonly #sql: Sql;
  readonly #clock: Clock;
  readonly #previews = new Map<string, Seen>();

  constructor({ sql, clock }: { sql: Sql; clock: Clock }) {
    this.#sql = sql;
    this.#clock = clock;
    migrate(sql, steps, 'last_viewers');
    for (const row of sql.all('SELECT * FROM last_viewers')) {
      const known = JSON.parse(String(row.viewers)) as LastViewer[];
      const viewers = new Map(known.map((each) => [each.viewer.id, each]));
      this.#previews.set(String(row.label), { viewers, isDirty: false });
    }
  }

  /** At each request: within a minute a second one of the same viewer is a look-up and nothing else. */
  saw(label: string, viewer: Holder): void {
    const seen = this.#of(label);
    const nowMs = this.#clock.nowMs();
    const atMs = nowMs - (nowMs % minuteMs);
    const before = seen.viewers.get(viewer.id);
    if (before?.atMs === atMs) return;
    seen.viewers.delete(viewer.id);
    seen.viewers.set(viewer.id, { viewer, atMs });
    seen.isDirty = true;
    for (const earliest of seen.viewers.keys()) {
      if (seen.viewers.size <= maxLastViewers) break;
      seen.viewers.delete(earliest);
    }
    if (atMs - (before?.atMs ?? 0) >= pauseMs) this.#write(label, seen);
  }

  /** The latest first. */
  of(label: string): LastViewer[] {
    return [...(this.#previews.get(label)?.viewers.values() ?? [])].toReversed();
  }

  flush(): void {
    for (const [label, seen] of this.#previews) if (seen.isDirty) this.#write(label, seen);
  }

  end(label: string): void {
    if (!this.#previews.delete(label)) return;
    this.#sql.run('DELETE FROM last_viewers WHERE label = ?', label);
  }

  #of(label: string): Seen {
    const known = this.#previews.get(label) ?? { viewers: new Map(), isDirty: false };
    this.#previews.set(label, known);
    return known;
  }

  #write(label: string, seen: Seen): void {
    const text = JSON.stringify([...seen.viewers.values()]);
    this.#sql.run('INSERT OR REPLACE INTO last_viewers VALUES (?, ?)', label, text);
    seen.isDirty = false;
  }
}
