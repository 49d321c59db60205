/** People who were let into single previews of this shard, and those who ask for it. */
import type { Clock, Sql } from '../ports.ts';
import { migrate } from '../schema.ts';
import type { Account, Guest } from './calls.ts';

const steps = [
  [
    `CREATE TABLE guests (
      label TEXT NOT NULL, user_id INTEGER NOT NULL, login TEXT NOT NULL, until_ms INTEGER NOT NULL,
      PRIMARY KEY (label, user_id))`,
    `CREATE TABLE askers (
      label TEXT NOT NULL, user_id INTEGER NOT NULL, login TEXT NOT NULL, at_ms INTEGER NOT NULL,
      PRIMARY KEY (label, user_id))`,
  ],
];

/** Of one preview; further ones are not heard. */
export const maxAskers = 20;
export const maxGuests = 100;

export class Guests {
  readonly #sql: Sql;
  readonly #clock: Clock;
  /** By label and user id; this object is the only writer. */
  readonly #guests = new Map<string, Map<number, Guest>>();

  constructor({ sql, clock }: { sql: Sql; clock: Clock }) {
    this.#sql = sql;
    this.#clock = clock;
    migrate(sql, steps, 'guests');
    for (const row of sql.all('SELECT * FROM guests')) {
      const user = { id: Number(row.user_id), login: String(row.login) };
      this.#of(String(row.label)).set(user.id, { user, untilMs: Number(row.until_ms) });
    }
  }

  /** Those whose time is not over. */
  of(label: string): Guest[] {
    const nowMs = this.#clock.nowMs();
    const all = [...(this.#guests.get(label)?.values() ?? [])];
    return all.filter(({ untilMs }) => nowMs < untilMs);
  }

  /** Until when somebody may see it; undefined: not at all. */
  untilMs(label: string, userId: number): number | undefined {
    const guest = this.#guests.get(label)?.get(userId);
    return guest && this.#clock.nowMs() < guest.untilMs ? guest.untilMs : undefined;
  }

  /** False: there are as many as may be. */
  allow(label: string, user: Account, untilMs: number): boolean {
    const known = this.#of(label);
    if (!known.has(user.id) && known.size >= maxGuests) return false;
    this.#sql.transaction(() => {
      this.#sql.run('DELETE FROM askers WHERE label = ? AND user_id = ?', label, user.id);
      const sql = 'INSERT OR REPLACE INTO guests VALUES (?, ?, ?, ?)';
      this.#sql.run(sql, label, user.id, user.login, untilMs);
    });
    known.set(user.id, { user, untilMs });
    return true;
  }

  /** False: no guest. */
  revoke(label: string, userId: number): boolean {
    this.#sql.run('DELETE FROM guests WHERE label = ? AND user_id = ?', label, userId);
    return this.#guests.get(label)?.delete(userId) ?? false;
  }

  /** False: nothing is new. */
  ask(label: string, { id, login }: Account): boolean {
    const askers = this.askers(label);
    if (this.untilMs(label, id) !== undefined || askers.length >= maxAskers) return false;
    if (askers.some((each) => each.id === id)) return false;
    const nowMs = this.#clock.nowMs();
    this.#sql.run('INSERT INTO askers VALUES (?, ?, ?, ?)', label, id, login, nowMs);
    return true;
  }

  /** Oldest first. */
  askers(label: string): Account[] {
    return this.#sql
      .all('SELECT user_id, login FROM askers WHERE label = ? ORDER BY at_ms', label)
      .map((row) => ({ id: Number(row.user_id), login: String(row.login) }));
  }

  /** Everybody's, or one person's: whoever loses the organisation loses this as well. */
  drop(userId?: number): { label: string; userId: number }[] {
    const found = [...this.#guests].flatMap(([label, guests]) =>
      [...guests.keys()]
        .filter((id) => userId === undefined || id === userId)
        .map((id) => ({ label, userId: id })),
    );
    for (const each of found) this.revoke(each.label, each.userId);
    return found;
  }

  end(label: string): void {
    this.#guests.delete(label);
    this.#sql.run('DELETE FROM guests WHERE label = ?', label);
    this.#sql.run('DELETE FROM askers WHERE label = ?', label);
  }

  /** Forgets those whose time is over, and returns them. */
  over(): { label: string; userId: number }[] {
    const nowMs = this.#clock.nowMs();
    const found: { label: string; userId: number }[] = [];
    for (const [label, guests] of this.#guests) {
      for (const [userId, { untilMs }] of guests) {
        if (untilMs <= nowMs) found.push({ label, userId });
      }
    }
    for (const { label, userId } of found) this.revoke(label, userId);
    return found;
  }

  /** When the next one's time is over. */
  get nextMs(): number {
    let nextMs = Infinity;
    for (const guests of this.#guests.values()) {
      for (const { untilMs } of guests.values()) nextMs = Math.min(nextMs, untilMs);
    }
    return nextMs;
  }

  #of(label: string): Map<number, Guest> {
    const known = this.#guests.get(label) ?? new Map<number, Guest>();
    this.#guests.set(label, known);
    return known;
  }
}
