/**
 * Leases: for how long a shard believes that a viewer is a member without asking again. In memory
 * only: after a restart everybody is asked about anew. A lease counts from when GitHub was asked, not
 * from when the answer came here, so that the ages of several caches do not add up.
 */
import type { Membership } from '../github/membership.ts';
import { SingleFlight } from '../github/single-flight.ts';
import type { Clock } from '../ports.ts';
import { OpenViewers, type Close, type CloseReason, type ViewerKey } from './open-viewers.ts';
import type { MembershipAnswer } from './stores/memberships.ts';

export const leaseLifeMs = 5 * 60_000;
/** While GitHub is away. */
export const longLeaseLifeMs = 15 * 60_000;
/** While GitHub is away, between two questions about one viewer. */
export const leaseRetryMs = 30_000;
/** Viewers that are remembered at a time; one more, and the one that came first is asked about anew. */
export const maxLeases = 10_000;
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
  readonly #open: OpenViewers;
  readonly #renewing = new SingleFlight<string, Leased | 'overtaken'>();
  readonly #revoked = new Map<ViewerKey, { atMs: number; turn: number }>();
  /** Counts revocations: time is too coarse to say what came first. */
  #turn = 0;
  /** Whatever was asked before this turn is void for everybody. */
  #voidBefore = 0;

  /**
   * `renew`: the word of the organisation's object; a throw counts as unavailable. `onFault`: hears
   * of a `close` that throws.
   */
  constructor(
    clock: Clock,
    renew: (viewer: ViewerKey) => Promise<MembershipAnswer>,
    onFault: (error: unknown) => void = () => {},
  ) {
    this.#clock = clock;
    this.#renew = renew;
    this.#open = new OpenViewers(clock, onFault);
  }

  /** The lease, if nobody needs to be asked: the way of nearly every request. */
  live(viewer: ViewerKey): Lease | undefined {
    const held = this.#held.get(viewer);
    if (!held) return undefined;
    const nowMs = this.#clock.nowMs();
    const ageMs = nowMs - held.confirmedMs;
    // A clock that was set back makes every lease worthless.
    if (ageMs < 0 || ageMs >= longLeaseLifeMs) return undefined;
    return ageMs < leaseLifeMs || nowMs < held.retryMs ? held : undefined;
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
   * Registers what is open for a viewer: `close` is called once when access ends. Returns what to
   * call when it has ended by itself; undefined: there is no live lease, so nothing may be open.
   */
  open(viewer: ViewerKey, close: Close): (() => void) | undefined {
    return this.live(viewer) ? this.#open.add(viewer, close) : undefined;
  }

  /** Access is gone this moment: the lease, what is open, and answers that are on their way. */
  revoke(viewer: ViewerKey): void {
    this.#turn += 1;
    this.#revoked.delete(viewer);
    this.#revoked.set(viewer, { atMs: this.#clock.nowMs(), turn: this.#turn });
    if (this.#revoked.size > maxRevoked) this.#forgetOldestRevocation();
    this.#end(viewer, 'revoked');
  }

  /** Everybody's: the app was removed from the organisation. */
  revokeAll(): void {
    this.#turn += 1;
    this.#voidBefore = this.#turn;
    this.#held.clear();
    this.#open.closeAll('revoked');
  }

  /** When the viewer was revoked last; what was issued before is void. undefined: not since the start. */
  revokedMs(viewer: ViewerKey): number | undefined {
    return this.#revoked.get(viewer)?.atMs;
  }

  /** Viewers with something open. */
  get openViewers(): readonly ViewerKey[] {
    return this.#open.viewers;
  }

  /**
   * Makes what is open follow the leases: renews those that have ended, closes what is refused or
   * too old. To be called every few seconds while something is open.
   */
  async sweep(): Promise<void> {
    this.#open.closeOld();
    const due = this.#open.viewers.filter((viewer) => !this.live(viewer));
    for (let start = 0; start < due.length; start += renewalsAtOnce) {
      await Promise.all(
        due.slice(start, start + renewalsAtOnce).map(async (viewer) => {
          const leased = await this.of(viewer);
          if (leased.kind === 'refused') this.#end(viewer, reasonOf(leased.why));
        }),
      );
    }
  }

  async #ask(viewer: ViewerKey): Promise<Leased | 'overtaken'> {
    const turn = this.#turn;
    const askedMs = this.#clock.nowMs();
    const { membership, ageMs, epoch } = await this.#answer(viewer);
    if (this.#turnOf(viewer) > turn) return 'overtaken';
    if (membership.kind === 'member' && ageMs >= 0 && ageMs < longLeaseLifeMs) {
      const confirmedMs = Math.max(askedMs - ageMs, this.#held.get(viewer)?.confirmedMs ?? 0);
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

  #end(viewer: ViewerKey, reason: CloseReason): void {
    this.#held.delete(viewer);
    this.#open.close(viewer, reason);
  }

  #turnOf(viewer: ViewerKey): number {
    return Math.max(this.#revoked.get(viewer)?.turn ?? 0, this.#voidBefore);
  }

  /** Answers that are on their way since before it are void for all, as nobody knows whose it was. */
  #forgetOldestRevocation(): void {
    for (const [oldest, { turn }] of this.#revoked) {
      this.#voidBefore = Math.max(this.#voidBefore, turn);
      this.#revoked.delete(oldest);
      return;
    }
  }
}

const none: Leased = { kind: 'refused', why: { kind: 'none' } };
const unavailable = { kind: 'unavailable', retryAfterMs: leaseRetryMs } as const;

function reasonOf(why: Exclude<Membership, { kind: 'member' }>): CloseReason {
  return why.kind === 'unavailable' ? 'unavailable' : 'denied';
}
