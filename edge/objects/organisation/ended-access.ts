/** Access that ends for a person or for everybody: what was known, their tokens, and who is told. */
import type { Sql } from '../../ports.ts';
import type { Actor, ReadersChanged, Withdrawal } from '../calls.ts';
import type { Push } from '../pushes.ts';
import type { Audit, AuditEntry } from '../stores/audit.ts';
import type { Memberships } from '../stores/memberships.ts';
import type { TokenRecord } from '../stores/token-record.ts';
import type { Installation } from './installation.ts';
import type { OrgTokens } from './org-tokens.ts';
import type { Readers } from './readers.ts';
import type { Withdrawals } from './withdrawals.ts';

export interface EndedAccessServices {
  sql: Sql;
  memberships: Memberships;
  readers: Readers;
  installation: Installation;
  tokens: OrgTokens;
  withdrawals: Withdrawals;
  audit: Audit;
}

/** What `settle` has to carry out after the transaction. */
export interface Ended {
  pushes: Push[];
  records: TokenRecord[];
}

export class EndedAccess {
  readonly #services: EndedAccessServices;

  constructor(services: EndedAccessServices) {
    this.#services = services;
  }

  /** Somebody is no member any more. In a transaction; then `settle`. */
  ofPerson(userId: number, actor: Actor): Ended {
    const { sql, memberships, readers, tokens, withdrawals, audit } = this.#services;
    readers.forget({ userId, repositoryId: undefined });
    return sql.transaction(() => {
      memberships.revoke(userId);
      const { records, pushes } = tokens.revokePersonalOf(userId, actor);
      audit.append({ actor, action: 'member.removed', subject: `gh:${userId}` });
      return { records, pushes: [...pushes, ...withdrawals.toAll({ kind: 'person', userId })] };
    });
  }

  /** Who may read repositories is asked about anew. In a transaction; then `settle`. */
  ofReaders(changed: ReadersChanged): Ended {
    const { sql, readers, withdrawals } = this.#services;
    readers.forget(changed);
    const all = withdrawalsOf(changed);
    return sql.transaction(() => ({
      records: [],
      pushes: all.flatMap((each) => withdrawals.toAll(each)),
    }));
  }

  /** The app was removed or suspended. In a transaction; then `settle`. */
  ofEverybody(
    as: 'not-installed' | 'suspended',
    entry: Pick<AuditEntry, 'actor' | 'subject'>,
  ): Ended {
    const { sql, memberships, readers, installation, withdrawals, audit } = this.#services;
    readers.forget({ repositoryIds: 'all' });
    return sql.transaction(() => {
      const members = memberships.revokeAll(as);
      installation.forgetToken();
      const action = as === 'suspended' ? 'installation.suspended' : 'installation.removed';
      audit.append({ ...entry, action, details: { members: members.length } });
      return { records: [], pushes: withdrawals.toAll({ kind: 'everybody' }) };
    });
  }

  /** @throws Error when not every cluster was told; what was taken away stays away */
  settle({ pushes, records }: Ended): Promise<void> {
    return this.#services.tokens.settle(pushes, records);
  }
}

function withdrawalsOf(changed: ReadersChanged): Withdrawal[] {
  if ('userId' in changed) {
    const { userId, repositoryId } = changed;
    return [{ kind: 'reader', userId, ...(repositoryId !== undefined && { repositoryId }) }];
  }
  const { repositoryIds } = changed;
  if (repositoryIds === 'all') return [{ kind: 'repository', repositoryId: 'any' }];
  return repositoryIds.map((repositoryId) => ({ kind: 'repository', repositoryId }));
}
