/**
 * Who may read which repository, as GitHub said a moment ago: shards ask one after another, and whoever
 * is refused may ask again and again. In memory only; leases are what lasts.
 */
import type { Membership } from '../../github/membership.ts';
import { SingleFlight } from '../../github/single-flight.ts';
import type { Clock } from '../../ports.ts';
import type { ReadersChanged } from '../calls.ts';
import type { MembershipAnswer } from '../stores/memberships.ts';

/** A yes and a no. */
export const readershipLifeMs = 30_000;
const maxRemembered = 10_000;
/** A question that a change has overtaken is put again this often, then it is a no. */
const maxOvertaken = 3;

interface Answered {
  membership: Membership;
  askedMs: number;
}

export class Readers {
  readonly #clock: Clock;
  readonly #ask: (repositoryId: number, userId: number) => Promise<Membership>;
  readonly #asking = new SingleFlight<string, Answered | undefined>();
  readonly #answers = new Map<string, Answered>();
  /** Counts changes: an answer that one has overtaken is worth nothing. */
  #turn = 0;

  /** `ask`: GitHub's word; a throw counts as GitHub away. */
  constructor(clock: Clock, ask: (repositoryId: number, userId: number) => Promise<Membership>) {
    this.#clock = clock;
    this.#ask = ask;
  }

  async of(repositoryId: number, userId: number): Promise<MembershipAnswer> {
    const key = `${repositoryId}:${userId}`;
    for (let attempt = 1; attempt <= maxOvertaken; attempt += 1) {
      const known = this.#answers.get(key);
      const ageMs = known ? this.#clock.nowMs() - known.askedMs : -1;
      if (known && ageMs >= 0 && ageMs < readershipLifeMs) return answerOf(known, ageMs);
      const turn = this.#turn;
      const asked = await this.#asking.do(`${key}/${turn}`, () =>
        this.#renew(key, repositoryId, userId),
      );
      if (asked && turn === this.#turn) {
        return answerOf(asked, Math.max(0, this.#clock.nowMs() - asked.askedMs));
      }
    }
    return answerOf({ membership: { kind: 'none' }, askedMs: 0 }, 0);
  }

  /** Answers about those people and repositories are forgotten, and those on their way void. */
  forget(what: ReadersChanged): void {
    this.#turn += 1;
    for (const key of this.#answers.keys()) {
      if (isAbout(key, what)) this.#answers.delete(key);
    }
  }

  async #renew(key: string, repositoryId: number, userId: number): Promise<Answered | undefined> {
    const turn = this.#turn;
    const askedMs = this.#clock.nowMs();
    const membership = await this.#ask(repositoryId, userId).catch(() => unavailable);
    if (turn !== this.#turn) return undefined;
    const answered = { membership, askedMs };
    if (this.#answers.size >= maxRemembered) this.#answers.clear();
    this.#answers.set(key, answered);
    return answered;
  }
}

const unavailable: Membership = { kind: 'unavailable', retryAfterMs: readershipLifeMs };

function answerOf({ membership }: Answered, ageMs: number): MembershipAnswer {
  return { membership, ageMs, epoch: 0 };
}

function isAbout(key: string, what: ReadersChanged): boolean {
  const [repositoryId, userId] = key.split(':').map(Number);
  if ('repositoryIds' in what) {
    return what.repositoryIds === 'all' || what.repositoryIds.includes(repositoryId ?? 0);
  }
  const { repositoryId: only } = what;
  return userId === what.userId && (only === undefined || only === repositoryId);
}
