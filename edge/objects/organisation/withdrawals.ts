/** Everything by which an organisation takes access away: told to all of its clusters. */
import type { Clock, Log, Sql } from '../../ports.ts';
import type { Objects, Withdrawal } from '../calls.ts';
import type { Policy } from '../stores/policy.ts';
import { Pushes, subjectOfWithdrawal, type Push } from '../pushes.ts';
import type { Clusters } from './clusters.ts';

/** Leases end within 15 minutes whatever happens (design §4), so nobody waits longer than a day. */
const lifeMs = 24 * 3_600_000;

export interface WithdrawalServices {
  sql: Sql;
  clock: Clock;
  log: Log;
  objects: Pick<Objects, 'cluster'>;
  clusters: Clusters;
  policy(): Policy;
  onChange(): void;
}

export class Withdrawals extends Pushes {
  readonly #services: WithdrawalServices;

  constructor(services: WithdrawalServices) {
    const { sql, clock, log, objects, policy, onChange } = services;
    super({
      sql,
      clock,
      log,
      // A policy that waited may not be the last one.
      send: (key, what) =>
        objects
          .cluster(key)
          ?.withdraw(what.kind === 'policy' ? { kind: 'policy', policy: policy() } : what),
      subjectOf: subjectOfWithdrawal,
      onChange,
    });
    this.#services = services;
  }

  /** In the transaction of the change; then `deliver`. */
  toAll(what: Withdrawal): Push[] {
    const { clusters, clock } = this.#services;
    return this.add(
      clusters.keys,
      what,
      what.kind === 'policy' ? undefined : clock.nowMs() + lifeMs,
    );
  }
}
