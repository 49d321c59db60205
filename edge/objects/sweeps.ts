/**
 * What is open follows the leases that it lives by: looked after when the first of them ends, and closed
 * after eight hours whatever they say. The time of the next look is stored, for an object that sleeps
 * until then has forgotten everything else.
 */
import type { Session } from '#protocol/session.ts';
import type { Clock, Log, Sql } from '../ports.ts';
import { endServed, servedBy, type Passage } from '../relay/passage.ts';
import { migrate } from '../schema.ts';
import { leaseLifeMs, type Leases, type ViewerKey } from './leases.ts';

/** Of one WebSocket or answer, from its beginning (design §4). */
export const maxOpenMs = 8 * 3_600_000;
/** Between two looks at least, whatever the leases say. */
const leastMs = 1000;

const steps = [['CREATE TABLE sweep (next_ms INTEGER NOT NULL)']];

export class Sweeps {
  readonly #sql: Sql;
  readonly #clock: Clock;
  readonly #leases: Leases;
  readonly #onChange: () => void;
  readonly #onFault: (error: unknown) => void;
  #nextMs = Infinity;

  /** `onChange`: `nextMs` is another one. */
  constructor(
    { sql, clock, log }: { sql: Sql; clock: Clock; log: Log },
    leases: Leases,
    onChange: () => void,
  ) {
    this.#onFault = (error) => log.warn({ error: String(error) }, 'a relay did not end');
    this.#sql = sql;
    this.#clock = clock;
    this.#leases = leases;
    this.#onChange = onChange;
    migrate(sql, steps, 'sweep');
    const [row] = sql.all('SELECT next_ms FROM sweep');
    if (typeof row?.next_ms === 'number') this.#nextMs = row.next_ms;
  }

  /** When the alarm has to go off; Infinity: nothing is open that could end. */
  get nextMs(): number {
    return this.#nextMs;
  }

  /** Something that lives by these leases is about to be opened. */
  expect(keys: readonly ViewerKey[]): void {
    const endMs = this.#endOf(keys);
    // A look that is planned for later would find it open after its lease.
    if (endMs < this.#nextMs) this.#plan(endMs);
  }

  /** Ends what `isOver` says of the keys that it lives by. */
  close(session: Session | undefined, isOver: (keys: readonly ViewerKey[]) => boolean): void {
    endServed(session, ({ keys }) => isOver(keys), this.#onFault);
  }

  /** `session`: of this moment, each time that it is asked. */
  async sweep(session: () => Session | undefined): Promise<void> {
    if (this.#nextMs > this.#clock.nowMs()) return;
    this.#closeOld(session());
    await this.#leases.sweep(new Set(openPassages(session()).flatMap(({ keys }) => keys)));
    let nextMs = Infinity;
    for (const { keys, openedMs } of openPassages(session())) {
      nextMs = Math.min(nextMs, this.#endOf(keys), openedMs + maxOpenMs);
    }
    this.#plan(nextMs);
  }

  #closeOld(session: Session | undefined): void {
    const beforeMs = this.#clock.nowMs() - maxOpenMs;
    const isOld = ({ keys, openedMs }: Passage): boolean => keys.length > 0 && openedMs <= beforeMs;
    endServed(session, isOld, this.#onFault);
  }

  #endOf(keys: readonly ViewerKey[]): number {
    const nowMs = this.#clock.nowMs();
    const ends = keys.map((key) => this.#leases.untilMs(key) ?? nowMs);
    return Math.max(nowMs + leastMs, Math.min(...ends, nowMs + leaseLifeMs));
  }

  #plan(nextMs: number): void {
    if (nextMs === this.#nextMs) return;
    this.#sql.transaction(() => {
      this.#sql.run('DELETE FROM sweep');
      if (nextMs !== Infinity) this.#sql.run('INSERT INTO sweep VALUES (?)', nextMs);
    });
    // After it was stored: a look that could not be is planned by the next request.
    this.#nextMs = nextMs;
    this.#onChange();
  }
}

/** Those that live by a lease. */
function openPassages(session: Session | undefined): Passage[] {
  const all: Passage[] = [];
  for (const stream of session?.streams.values() ?? []) {
    const { passage } = servedBy(stream);
    if (passage.keys.length > 0) all.push(passage);
  }
  return all;
}
