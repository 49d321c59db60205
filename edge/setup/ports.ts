/** What the set-up of an edge without a GitHub App works with. */
import type { Context } from 'hono';
import type { GitHubTexts } from '../github/settings.ts';
import type { IdentityCalls } from '../objects/calls.ts';
import type { Clock, Log, Random, TokenHash } from '../ports.ts';

/** Where the app's identity and secrets go. */
export interface SetupStore {
  /**
   * Whole or not at all; the edge works with it from then on.
   * @throws Error whose message is for the operator, when nothing was stored
   */
  save(texts: GitHubTexts): Promise<{ where: string }>;
}

export interface SetupServices {
  /** undefined: the engine cannot store secrets; the operator is told what to store. */
  store: SetupStore | undefined;
  operatorHashes: readonly string[];
  tokenHash: TokenHash;
  /** 32 bytes each; the first one seals, all open. */
  sealKeys: readonly Uint8Array[];
  identity(): Pick<IdentityCalls, 'take'>;
  appOrigin(): string;
  addressOf(c: Context): string;
  clock: Clock;
  random: Random;
  log: Log;
  /** The engine's own when left out. */
  fetch?: typeof fetch;
  /** Before GitHub is asked again about an app that is new to it. @default 1000 */
  retryDelayMs?: number;
}
