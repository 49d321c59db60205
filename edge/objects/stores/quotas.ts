/**
 * What strangers may take out of public previews, and people out of the edge (threats 59 and 60).
 * Members are not counted: a private preview has no quota.
 */
import type { Clock } from '../../ports.ts';
import { dayMs, type DailyUsage, type Usage } from './daily-usage.ts';
import type { Paces } from './paces.ts';
import type { Policy } from './policy.ts';

/** Logins that one person, or one address, may begin. */
export const loginRate = { burst: 20, perMinute: 10 } as const;

export type PublicLimits = Pick<
  Policy,
  'max_public_requests_per_minute' | 'max_public_bytes_per_day'
>;

/** `retryAfterS`: for `Retry-After`; what was refused is not counted. */
export type Admission =
  | { allowed: true }
  | { allowed: false; over: 'requests' | 'bytes'; retryAfterS: number };

export class Quotas {
  readonly #clock: Clock;
  readonly #usage: DailyUsage;
  readonly #paces: Paces;

  constructor(clock: Clock, usage: DailyUsage, paces: Paces) {
    this.#clock = clock;
    this.#usage = usage;
    this.#paces = paces;
  }

  /** One request of a stranger to a public preview. */
  admit(label: string, limits: PublicLimits): Admission {
    const subject = `preview:${label}`;
    if (this.#usage.today(subject).bytes >= limits.max_public_bytes_per_day) {
      return { allowed: false, over: 'bytes', retryAfterS: this.#untilTomorrowS() };
    }
    const perMinute = limits.max_public_requests_per_minute;
    const paced = this.#paces.take(subject, { burst: perMinute, perMinute });
    if (!paced.allowed) {
      return { allowed: false, over: 'requests', retryAfterS: paced.retryAfterS };
    }
    this.#usage.add(subject, { requests: 1 });
    return { allowed: true };
  }

  /**
   * Bytes that went to a stranger. True: that was the day's last; end what is under way, or one
   * endless answer goes around the quota.
   */
  sent(label: string, bytes: number, limits: PublicLimits): boolean {
    const { bytes: total } = this.#usage.add(`preview:${label}`, { bytes });
    return total >= limits.max_public_bytes_per_day;
  }

  /** One login begun, by a person (`person:<id>`) or from an address (`address:<ip>`). */
  login(key: string): { allowed: boolean; retryAfterS: number } {
    return this.#paces.take(`login:${key}`, loginRate);
  }

  /** Of a public preview, so far today. */
  usageOf(label: string): Usage {
    return this.#usage.today(`preview:${label}`);
  }

  /** One more call of a person to the API. Returns how many it were today. */
  personCalled(userId: number): number {
    return this.#usage.add(`person:${userId}`, { requests: 1 }).requests;
  }

  #untilTomorrowS(): number {
    return Math.ceil((dayMs - (this.#clock.nowMs() % dayMs)) / 1000);
  }
}
