/**
 * Tokens of an organisation with what belongs to them: where they are found, who is told when one is
 * no longer good, and the audit log.
 */
import { base62 } from '../../gate/base62.ts';
import type { Log, Random, Sql } from '../../ports.ts';
import type { Actor, Objects, Outcome } from '../calls.ts';
import type { Push } from '../pushes.ts';
import type { Audit } from '../stores/audit.ts';
import {
  tokenWish,
  type Binding,
  type NewToken,
  type TokenRecord,
} from '../stores/token-record.ts';
import type { MadeToken, Tokens } from '../stores/tokens.ts';
import type { Clusters } from './clusters.ts';
import type { Withdrawals } from './withdrawals.ts';

/** With the 8 of the cluster key the 12 of an id. */
const ownIdCharacters = 4;
const maxIdAttempts = 16;

export interface OrgTokensServices {
  organisationId: number;
  sql: Sql;
  random: Random;
  log: Log;
  objects: Pick<Objects, 'clusterOfLabel' | 'identity'>;
  tokens: Tokens;
  clusters: Clusters;
  withdrawals: Withdrawals;
  audit: Audit;
}

export class OrgTokens {
  readonly #services: OrgTokensServices;

  constructor(services: OrgTokensServices) {
    this.#services = services;
  }

  async make(input: NewToken, actor: Actor): Promise<Outcome<MadeToken>> {
    const { tokens, audit } = this.#services;
    const wish = tokenWish(input);
    if ('fault' in wish) return refused(wish.fault);
    const fault = await this.#foreignFault(input.binding);
    if (fault !== undefined) return refused(fault);
    const made = await tokens.make(input, this.#connectorId(input));
    if (!made.ok) return made;
    const { record } = made.value;
    try {
      await this.#place(record);
      audit.append({ ...entryOf(record), actor, action: 'token.create' });
    } catch (error) {
      tokens.revoke(record.id);
      throw error;
    }
    return made;
  }

  /** The connector token that a cluster begins with; in no audit row of its own. */
  first(key: string, name: string): Promise<Outcome<MadeToken>> {
    const { tokens } = this.#services;
    const input = { kind: 'connector', name, binding: { kind: 'cluster', key } } as const;
    return tokens.make(input, this.#connectorId(input));
  }

  async rotate(id: string, graceMs: number | undefined, actor: Actor): Promise<Outcome<MadeToken>> {
    const { tokens, audit, withdrawals, sql } = this.#services;
    const known = tokens.find(id);
    // It lives anew, and so does its place. Before the change: no secret is lost when this fails.
    if (known) await this.#place(known);
    const rotated = await tokens.rotate(id, graceMs);
    if (!rotated.ok) return rotated;
    const { record } = rotated.value;
    const pushes = sql.transaction(() => {
      audit.append({ ...entryOf(record), actor, action: 'token.rotate' });
      return withdrawals.toAll({ kind: 'token', id });
    });
    await withdrawals.deliverAll(pushes);
    return rotated;
  }

  async revoke(id: string, actor: Actor): Promise<boolean> {
    const { tokens, sql } = this.#services;
    const record = tokens.find(id);
    if (!record) return false;
    const pushes = sql.transaction(() => {
      tokens.revoke(id);
      return this.#revoked(record, actor);
    });
    await this.settle(pushes, [record]);
    return true;
  }

  /** In the transaction of what it follows from; then `settle`. */
  revokePersonalOf(userId: number, actor: Actor): { records: TokenRecord[]; pushes: Push[] } {
    const { tokens, sql } = this.#services;
    return sql.transaction(() => {
      const records = tokens.list({ creatorId: userId, kind: 'personal' });
      tokens.revokePersonal(userId);
      return { records, pushes: records.flatMap((record) => this.#revoked(record, actor)) };
    });
  }

  /** What was bound to a cluster that is gone; then `settle`. */
  revokeOfCluster(key: string): TokenRecord[] {
    const { tokens } = this.#services;
    const bound = tokens
      .list()
      .filter(({ binding }) => binding.kind === 'cluster' && binding.key === key);
    tokens.revokeBound({ kind: 'cluster', key });
    return bound;
  }

  /** @throws Error when not every cluster was told; the tokens are void all the same */
  async settle(pushes: readonly Push[], records: readonly TokenRecord[]): Promise<void> {
    const [told] = await Promise.allSettled([
      this.#services.withdrawals.deliverAll(pushes),
      this.#drop(records),
    ]);
    if (told.status === 'rejected') throw told.reason;
  }

  #revoked(record: TokenRecord, actor: Actor): Push[] {
    const { audit, withdrawals } = this.#services;
    audit.append({ ...entryOf(record), actor, action: 'token.revoke' });
    return withdrawals.toAll({ kind: 'token', id: record.id });
  }

  /** Connectors name their cluster themselves. */
  async #place({ id, kind, creator }: TokenRecord): Promise<void> {
    const { objects, organisationId } = this.#services;
    if (kind !== 'connector') {
      await objects.identity().placeToken(id, organisationId, creator?.id);
    }
  }

  /** A place that stays leads to a token that is not there. */
  async #drop(records: readonly TokenRecord[]): Promise<void> {
    const { objects, log } = this.#services;
    for (const { id, kind } of records) {
      if (kind === 'connector') continue;
      try {
        await objects.identity().dropToken(id);
      } catch (error) {
        log.warn({ token: id, error: String(error) }, 'the place of a token stays');
      }
    }
  }

  #connectorId({ kind, binding }: NewToken): string | undefined {
    if (kind !== 'connector' || binding.kind !== 'cluster') return undefined;
    const { random, tokens } = this.#services;
    for (let attempt = 0; attempt < maxIdAttempts; attempt += 1) {
      const id = binding.key + base62(random.bytes(8), 11).slice(-ownIdCharacters);
      if (!tokens.find(id)) return id;
    }
    throw new Error(`no free token id in ${maxIdAttempts} attempts`);
  }

  /** What a token is bound to has to be this organisation's. */
  async #foreignFault(binding: Binding): Promise<string | undefined> {
    const { clusters, objects, organisationId } = this.#services;
    if (binding.kind === 'cluster' && !clusters.has(binding.key)) {
      return `the organisation has no cluster ${binding.key}`;
    }
    if (binding.kind !== 'preview') return undefined;
    const owner = await objects.clusterOfLabel(binding.label)?.organisation();
    return owner === organisationId
      ? undefined
      : `the organisation has no preview ${binding.label}`;
  }
}

function entryOf({ id, name, kind }: TokenRecord) {
  return { subject: id, details: { name, kind } };
}

function refused(reason: string): Outcome<never> {
  return { ok: false, refusal: { kind: 'refused', reason } };
}
