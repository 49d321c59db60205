/**
 * Leases: for how long a shard believes that a viewer is a member without asking again. In memory
 * only: after a restart everybody is asked about anew. A lease counts from when GitHub was asked, not
 * from when the answer came here, so that the ages of several caches do not add up.
 */
import type { Membership } from '../github/membership.ts';
import { SingleFlight } from '../github/single-flight.ts';
import type { Clock } from '../ports.ts';
import type { MembershipAnswer } from './stores/memberships.ts';
import { namesOf, type ViewerKey } from './viewer-keys.ts';

export type { ViewerKey };

/** `revoked`: by a webhook or a person. `denied`: at a renewal. */
export type EndReason = 'revoked' | 'denied' | 'unavailable';

export const leaseLifeMs = 5 * 60_000;
/** While GitHub is away. */
export const longLeaseLifeMs = 15 * 60_000;
/** While GitHub is away, between two questions about one viewer. */
export const leaseRetryMs = 30_000;
/** Viewers that are remembered at a time; one more, and the one that came first is asked about anew. */
export const maxLeases = 10_000;
/** Viewers whose revocation is remembered. */
export const maxRevoked = 10_000;
/** A question that a revocation has overtaken is put again this often, then it is a no. */
const maxOvertaken = 3;
const renewalsAtOnce = 20;

export interface Lease {
  role: 'admin' | 'member';
  /** Of the person at the organisation; a session that names a lower one is void. */
  epoch: number;
  /** When GitHub said so. */
  confirmedMs: number;
}

export type Leased =
  | { kind: 'leased'; lease: Lease }
  | { kind: 'refused'; why: Exclude<Membership, { kind: 'member' }> };

interface Held extends Lease {
  /** While GitHub is away: good until then without another question. */
  retryMs: number;
}

export class Leases {
  readonly #clock: Clock;
  readonly #renew: (viewer: ViewerKey) => Promise<MembershipAnswer>;
  readonly #held = new Map<ViewerKey, Held>();
  readonly #onEnded: (viewer: ViewerKey | 'everybody', reason: EndReason) => void;
  readonly #renewing = new SingleFlight<string, Leased | 'overtaken'>();
  /** The turn of each one's last revocation. */
  readonly #revoked = new Map<ViewerKey, number>();
  /** Counts revocations: time is too coarse to say what came first. */
  #turn = 0;
  /** Whatever was asked before this turn is void for everybody. */
  #voidBefore = 0;

  /**
   * `renew`: the word of the object that owns the answer; a throw counts as unavailable. `onEnded`: what
   * is open for viewers that go by that name (`namesOf`) has to close.
   */
  constructor(
    clock: Clock,
    renew: (viewer: ViewerKey) => Promise<MembershipAnswer>,
    onEnded: (viewer: ViewerKey | 'everybody', reason: EndReason) => void,
  ) {
    this.#clock = clock;
    this.#renew = renew;
    this.#onEnded = onEnded;
  }

  /** The lease, if nobody needs to be asked: the way of nearly every request. */
  live(viewer: ViewerKey): Lease | undefined {
    const held = this.#held.get(viewer);
    if (!held) return undefined;
    const nowMs = this.#clock.nowMs();
    // A clock that was set back makes every lease worthless.
    return nowMs >= held.confirmedMs && nowMs < untilMs(held) ? held : undefined;
  }

  /** Until when it is good without a question; undefined: there is none. */
  untilMs(viewer: ViewerKey): number | undefined {
    const held = this.#held.get(viewer);
    return held && untilMs(held);
  }

  /** The lease, renewed if it has to be; all who wait for the same viewer wait for one question. */
  async of(viewer: ViewerKey): Promise<Leased> {
    for (let attempt = 1; attempt <= maxOvertaken; attempt += 1) {
      const lease = this.live(viewer);
      if (lease) return { kind: 'leased', lease };
      const key = `${typeof viewer}:${viewer}/${this.#turnOf(viewer)}`;
      const leased = await this.#renewing.do(key, () => this.#ask(viewer));
      if (leased !== 'overtaken') return leased;
    }
    return none;
  }

  /**
   * Gone this moment: the lease, and others that go by that name too; what is open, and answers that
   * are on their way.
   */
  revoke(name: ViewerKey): void {
    this.#turn += 1;
    this.#revoked.delete(name);
    this.#revoked.set(name, this.#turn);
    if (this.#revoked.size > maxRevoked) this.#forgetOldestRevocation();
    for (const viewer of this.#held.keys()) {
      if (namesOf(viewer).includes(name)) this.#held.delete(viewer);
    }
    this.#onEnded(name, 'revoked');
  }

  /** Everybody's: the app was removed from the organisation. */
  revokeAll(): void {
    this.#turn += 1;
    this.#voidBefore = this.#turn;
    this.#held.clear();
    this.#onEnded('everybody', 'revoked');
  }

  /** Of viewers with something open: renews what has ended, and says whose access has. */
  async sweep(viewers: Iterable<ViewerKey>): Promise<void> {
    const due = [...viewers].filter((viewer) => !this.live(viewer));
    for (let start = 0; start < due.length; start += renewalsAtOnce) {
      await Promise.all(due.slice(start, start + renewalsAtOnce).map((viewer) => this.of(viewer)));
    }
  }

  async #ask(viewer: ViewerKey): Promise<Leased | 'overtaken'> {
    const turn = this.#turn;
    const askedMs = this.#clock.nowMs();
    const { membership, ageMs, epoch } = await this.#answer(viewer);
    if (this.#turnOf(viewer) > turn) return 'overtaken';
    if (membership.kind === 'member' && ageMs >= 0 && ageMs < longLeaseLifeMs) {
      const formerMs = this.#held.get(viewer)?.confirmedMs ?? 0;
      // Later than now: from before the clock was set back.
      const confirmedMs = Math.max(askedMs - ageMs, formerMs <= askedMs ? formerMs : 0);
      // An answer as old as that is one of before GitHub went away.
      const retryMs = ageMs < leaseLifeMs ? 0 : this.#clock.nowMs() + leaseRetryMs;
      return this.#keep(viewer, { role: membership.role, epoch, confirmedMs, retryMs });
    }
    const held = this.#held.get(viewer);
    if (held && (membership.kind === 'unavailable' || membership.kind === 'member')) {
      const leftMs = longLeaseLifeMs - (this.#clock.nowMs() - held.confirmedMs);
      if (leftMs > 0 && leftMs <= longLeaseLifeMs) {
        return this.#keep(viewer, { ...held, retryMs: this.#clock.nowMs() + leaseRetryMs });
      }
    }
    const why = membership.kind === 'member' ? unavailable : membership;
    this.#end(viewer, reasonOf(why));
    return { kind: 'refused', why };
  }

  async #answer(viewer: ViewerKey): Promise<MembershipAnswer> {
    try {
      return await this.#renew(viewer);
    } catch {
      return { membership: unavailable, ageMs: 0, epoch: 0 };
    }
  }

  #keep(viewer: ViewerKey, held: Held): Leased {
    this.#held.delete(viewer);
    this.#held.set(viewer, held);
    for (const oldest of this.#held.keys()) {
      if (this.#held.size <= maxLeases) break;
      this.#held.delete(oldest);
    }
    return { kind: 'leased', lease: held };
  }

  #end(viewer: ViewerKey, reason: EndReason): void {
    this.#held.delete(viewer);
    this.#onEnded(viewer, reason);
  }

  #turnOf(viewer: ViewerKey): number {
    const turns = namesOf(viewer).map((name) => this.#revoked.get(name) ?? 0);
    return Math.max(...turns, this.#voidBefore);
  }

  /** Answers that are on their way since before it are void for all, as nobody knows whose it was. */
  #forgetOldestRevocation(): void {
    for (const [oldest, turn] of this.#revoked) {
      this.#voidBefore = Math.max(this.#voidBefore, turn);
      this.#revoked.delete(oldest);
      return;
    }
  }
}

function untilMs({ confirmedMs, retryMs }: Held): number {
  return Math.min(confirmedMs + longLeaseLifeMs, Math.max(confirmedMs + leaseLifeMs, retryMs));
}

const none: Leased = { kind: 'refused', why: { kind: 'none' } };
const unavailable = { kind: 'unavailable', retryAfterMs: leaseRetryMs } as const;

function reasonOf(why: Exclude<Membership, { kind: 'member' }>): EndReason {
  return why.kind === 'unavailable' ? 'unavailable' : 'denied';
}
