/** What stores work with, and how secrets are kept: as keyed hashes only (threat 50). */
import { equalInConstantTime } from '../../gate/constant-time.ts';
import type { Clock, Random, Sql, TokenHash } from '../../ports.ts';

export interface StoreServices {
  sql: Sql;
  clock: Clock;
  random: Random;
  tokenHash: TokenHash;
  /** Under the key before, while the key is being replaced; what it recognises is hashed anew. */
  formerTokenHash?: TokenHash | undefined;
}

/** Under the key of today first; at most two. */
export async function hashesOf(
  { tokenHash, formerTokenHash }: Pick<StoreServices, 'tokenHash' | 'formerTokenHash'>,
  secret: string,
): Promise<readonly [string, ...string[]]> {
  const today = await tokenHash.of(secret);
  return formerTokenHash ? [today, await formerTokenHash.of(secret)] : [today];
}

/** Whether what is stored is one of the hashes; every one is compared, the time tells nothing. */
export function isAmong(stored: unknown, hashes: readonly string[]): boolean {
  if (typeof stored !== 'string' || stored === '') return false;
  let found = false;
  for (const hash of hashes) found = equalInConstantTime(stored, hash) || found;
  return found;
}
