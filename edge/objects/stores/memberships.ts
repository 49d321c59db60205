/**
 * Who is a member, as GitHub said last: 5 minutes for a yes, 30 seconds for a no. While GitHub is
 * away a yes lives on until it is 15 minutes old. Asks GitHub through a function that it is given;
 * many who ask at once ask it once.
 */
import { z } from 'zod';
import type { Membership } from '../../github/membership.ts';
import { SingleFlight } from '../../github/single-flight.ts';
import type { Row } from '../../ports.ts';
import type { StoreServices } from './services.ts';

export const steps = [
  [
    `CREATE TABLE memberships (
      user_id INTEGER PRIMARY KEY, outcome TEXT, checked_ms INTEGER NOT NULL,
      epoch INTEGER NOT NULL DEFAULT 0)`,
    'CREATE INDEX memberships_by_time ON memberships (checked_ms)',
  ],
];

export const positiveLifeMs = 5 * 60_000;
export const negativeLifeMs = 30_000;
/** Of a yes, from when GitHub said so (design §4). */
export const staleLifeMs = 15 * 60_000;
/** GitHub is not asked again sooner after it was away, nor later than this for one person. */
const longestQuietMs = 30_000;
/** People whom GitHub was away for, remembered at a time. */
const maxQuiet = 1000;
/** A question that a revocation has overtaken is put again this often, then it is a no. */
const maxOvertaken = 3;
/** A row without an epoch is worth nothing after this. */
const keepMs = 24 * 3_600_000;

export interface MembershipAnswer {
  membership: Membership;
  /** How long ago GitHub said so: leases count from there, so that ages do not add up. */
  ageMs: number;
  /** Of the person; raised by each revocation. What carries a lower one is void. */
  epoch: number;
}

const stored = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('member'), role: z.enum(['admin', 'member']) }),
  z.object({ kind: z.literal('saml'), url: z.string().exactOptional() }),
  z.object({ kind: z.enum(['pending', 'none', 'not-installed', 'suspended', 'no-permission']) }),
]);

type Known = z.infer<typeof stored>;

export class Memberships {
  readonly #sql: StoreServices['sql'];
  readonly #clock: StoreServices['clock'];
  readonly #ask: (userId: number) => Promise<Membership>;
  readonly #asking = new SingleFlight<string, MembershipAnswer>();
  readonly #quiet = new Map<number, { untilMs: number; membership: Membership }>();
  /** Counts `revokeAll`: an answer that it has overtaken is worth nothing, also of somebody new. */
  #generation = 0;

  /** `ask`: GitHub's word on a person, as `membershipOf` gives it; a throw counts as GitHub away. */
  constructor(
    { sql, clock }: Pick<StoreServices, 'sql' | 'clock'>,
    ask: (userId: number) => Promise<Membership>,
  ) {
    this.#sql = sql;
    this.#clock = clock;
    this.#ask = ask;
  }

  async of(userId: number): Promise<MembershipAnswer> {
    for (let attempt = 1; attempt <= maxOvertaken; attempt += 1) {
      const known = this.#fresh(userId);
      if (known) return known;
      const epoch = this.epochOf(userId);
      const generation = this.#generation;
      // Whoever asks after a revocation must not join a question that was put before it.
      const question = `${userId}/${epoch}/${generation}`;
      const answer = await this.#asking.do(question, () => this.#renew(userId));
      if (this.epochOf(userId) === answer.epoch && this.#generation === generation) return answer;
    }
    return { membership: { kind: 'none' }, ageMs: 0, epoch: this.epochOf(userId) };
  }

  /** What a login has just heard from GitHub; not taken when a revocation came after `epoch`. */
  put(userId: number, membership: Membership, epoch: number): boolean {
    if (membership.kind === 'unavailable' || this.epochOf(userId) !== epoch) return false;
    this.#write(userId, membership, epoch);
    return true;
  }

  epochOf(userId: number): number {
    return Number(this.#row(userId)?.epoch ?? 0);
  }

  /**
   * Access is taken away: the epoch rises, and `as` holds for the next 30 seconds; `ask`: the next
   * question goes to GitHub. Returns the new epoch.
   */
  revoke(
    userId: number,
    as: Exclude<Known, { kind: 'member' }> | 'ask' = { kind: 'none' },
  ): number {
    return this.#sql.transaction(() => {
      const epoch = this.epochOf(userId) + 1;
      this.#write(userId, as === 'ask' ? undefined : as, epoch);
      this.#quiet.delete(userId);
      return epoch;
    });
  }

  /** Everybody's: the app was removed from the organisation or suspended. Returns who was a member. */
  revokeAll(as: 'not-installed' | 'suspended'): number[] {
    return this.#sql.transaction(() => {
      const members = this.members();
      this.#sql.run(
        'UPDATE memberships SET epoch = epoch + 1, outcome = ?, checked_ms = ?',
        JSON.stringify({ kind: as }),
        this.#clock.nowMs(),
      );
      this.#quiet.clear();
      this.#generation += 1;
      return members;
    });
  }

  /** The app is back, or may do more now: nobody waits for the old no to end. */
  forgetDenials(): void {
    this.#sql.run(
      'UPDATE memberships SET outcome = NULL WHERE outcome IN (?, ?, ?)',
      ...['not-installed', 'suspended', 'no-permission'].map((kind) => JSON.stringify({ kind })),
    );
  }

  /** The next question about somebody who was no member goes to GitHub. */
  forgetDenialOf(userId: number): void {
    const row = this.#row(userId);
    if (row && outcomeOf(row)?.kind !== 'member') {
      this.#sql.run('UPDATE memberships SET outcome = NULL WHERE user_id = ?', userId);
    }
  }

  /** Who is a member as far as is known, however old that is: for the daily comparison. */
  members(): number[] {
    return this.#sql
      .all('SELECT user_id, outcome FROM memberships ORDER BY user_id')
      .filter((row) => outcomeOf(row)?.kind === 'member')
      .map((row) => Number(row.user_id));
  }

  /** Forgets old answers; an epoch is never forgotten, or what it made void would be good again. */
  clean(): void {
    const beforeMs = this.#clock.nowMs() - keepMs;
    this.#sql.run('DELETE FROM memberships WHERE epoch = 0 AND checked_ms <= ?', beforeMs);
  }

  async #renew(userId: number): Promise<MembershipAnswer> {
    const epoch = this.epochOf(userId);
    const generation = this.#generation;
    const membership = this.#resting(userId) ?? (await this.#answer(userId));
    if (this.epochOf(userId) !== epoch || this.#generation !== generation) {
      return { membership: { kind: 'none' }, ageMs: 0, epoch };
    }
    if (membership.kind !== 'unavailable') {
      this.#write(userId, membership, epoch);
      this.#quiet.delete(userId);
      return { membership, ageMs: 0, epoch };
    }
    this.#rest(userId, membership);
    const row = this.#row(userId);
    const outcome = row && outcomeOf(row);
    const ageMs = row ? this.#ageMs(row) : Infinity;
    return outcome?.kind === 'member' && ageMs < staleLifeMs
      ? { membership: outcome, ageMs, epoch }
      : { membership, ageMs: 0, epoch };
  }

  async #answer(userId: number): Promise<Membership> {
    try {
      return await this.#ask(userId);
    } catch {
      return { kind: 'unavailable', retryAfterMs: longestQuietMs };
    }
  }

  #resting(userId: number): Membership | undefined {
    const quiet = this.#quiet.get(userId);
    return quiet && this.#clock.nowMs() < quiet.untilMs ? quiet.membership : undefined;
  }

  #rest(userId: number, membership: Membership & { kind: 'unavailable' }): void {
    if (this.#resting(userId)) return;
    const pauseMs = Math.min(Math.max(membership.retryAfterMs, 0), longestQuietMs);
    if (this.#quiet.size >= maxQuiet) this.#quiet.clear();
    this.#quiet.set(userId, { untilMs: this.#clock.nowMs() + pauseMs, membership });
  }

  #fresh(userId: number): MembershipAnswer | undefined {
    const row = this.#row(userId);
    const membership = row && outcomeOf(row);
    if (!membership) return undefined;
    const ageMs = this.#ageMs(row);
    const lifeMs = membership.kind === 'member' ? positiveLifeMs : negativeLifeMs;
    return ageMs < lifeMs ? { membership, ageMs, epoch: Number(row.epoch) } : undefined;
  }

  /** A clock that was set back makes everything old: what is not known to be fresh is asked anew. */
  #ageMs(row: Row): number {
    const ageMs = this.#clock.nowMs() - Number(row.checked_ms);
    return ageMs >= 0 ? ageMs : Infinity;
  }

  #write(userId: number, outcome: Membership | undefined, epoch: number): void {
    this.#sql.run(
      'INSERT OR REPLACE INTO memberships VALUES (?, ?, ?, ?)',
      userId,
      outcome === undefined ? null : JSON.stringify(outcome),
      this.#clock.nowMs(),
      epoch,
    );
  }

  #row(userId: number): Row | undefined {
    return this.#sql.all('SELECT * FROM memberships WHERE user_id = ?', userId)[0];
  }
}

/** undefined: nothing is known, or what is stored is damaged. */
function outcomeOf(row: Row): Known | undefined {
  if (typeof row.outcome !== 'string') return undefined;
  try {
    const parsed = stored.safeParse(JSON.parse(row.outcome));
    return parsed.success ? parsed.data : undefined;
  } catch {
    return undefined;
  }
}
