/** What everybody may take out of the public previews of this shard (threat 59). */
import { inTime } from '../gate/deadline.ts';
import type { Clock, Sql } from '../ports.ts';
import { migrate } from '../schema.ts';
import * as dailyUsage from './stores/daily-usage.ts';
import { Paces } from './stores/paces.ts';
import type { Policy } from './stores/policy.ts';
import { Quotas, type Admission } from './stores/quotas.ts';

export class Strangers {
  readonly #usage: dailyUsage.DailyUsage;
  readonly #quotas: Quotas;
  readonly #ask: () => Promise<Policy>;
  #policy: Policy | undefined;

  /** `ask`: the organisation's word on what it allows. */
  constructor({ sql, clock }: { sql: Sql; clock: Clock }, ask: () => Promise<Policy>) {
    migrate(sql, dailyUsage.steps, 'daily_usage');
    this.#usage = new dailyUsage.DailyUsage({ sql, clock });
    this.#quotas = new Quotas(clock, this.#usage, new Paces(clock));
    this.#ask = ask;
  }

  /** What holds from now on. */
  set policy(policy: Policy) {
    this.#policy = policy;
  }

  /** One request; undefined: `learn` first. */
  admit(label: string): Admission | undefined {
    return this.#policy && this.#quotas.admit(label, this.#policy);
  }

  async learn(): Promise<void> {
    const policy = await inTime(this.#ask());
    // One that was pushed meanwhile is newer.
    this.#policy ??= policy;
  }

  /** True: that was the day's last byte. */
  sent(label: string, bytes: number): boolean {
    return this.#policy !== undefined && this.#quotas.sent(label, bytes, this.#policy);
  }

  flush(): void {
    this.#usage.flush();
    this.#usage.clean();
  }
}
