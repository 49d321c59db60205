/** What the app host works with; both engines supply it. */
import type { Context } from 'hono';
import type { DashboardParts } from '../dashboard/services.ts';
import type { GitHubConfig } from '../github/config.ts';
import type { LoginServices } from '../login/services.ts';
import type { Objects } from '../objects/calls.ts';
import type { SetupServices } from '../setup/ports.ts';
import type { Clock, Log, TokenHash } from '../ports.ts';

export interface ApiServices {
  objects: Objects;
  /** Of a new cluster. */
  shards: number;
  /** `https://byway.example.com`: the app host's origin. */
  appUrl(): string;
  /** `https://<label>.<preview domain>[:port]` */
  originOf(label: string): string;
  version: string;
  /** Hashes by `tokenHash` of the operator's tokens: the current one, then those being replaced. */
  operatorHashes: readonly string[];
  tokenHash: TokenHash;
  clock: Clock;
  log: Log;
  /** Where a request came from, for limits: an IP address. */
  addressOf(c: Context): string;
  /** Left out: nobody can log in, and its routes are unknown paths. */
  login?: LoginServices;
  /** What the dashboard shows beside what the objects know. */
  dashboard?: DashboardParts;
  /** Left out: no webhooks, and no tokens for workflows. */
  github?: GitHubAccess;
  /** Where there is no `login` yet: the operator's pages to set one up. */
  setup?: SetupServices;
  /** Hears of faults of our own; by default they go to the engine's console. */
  report?(error: Error): void;
}

export interface GitHubAccess {
  config: Pick<GitHubConfig, 'webhookSecrets' | 'webUrl'>;
  /** The engine's own when left out. */
  fetch?: typeof fetch;
  /** Of workflows' tokens (`gate/github-oidc.ts`); no slash at the end. */
  issuer: string;
}
