/** What the dashboard works with, and what it can show once the objects know it. */
import type { ApiServices } from '../api/services.ts';
import type { AppHealth } from '../github/app-health.ts';
import type { LoginServices } from '../login/services.ts';
import type { Account, Preview } from '../objects/calls.ts';

export interface PullRequestLink {
  /** `acme/shop#12` */
  text: string;
  url: string;
}

/** Left out: the dashboard does without. */
export interface DashboardParts {
  /** By label. */
  pullRequests?(
    organisationId: number,
    previews: readonly Preview[],
  ): Promise<ReadonlyMap<string, PullRequestLink>>;
  /** Asks GitHub. */
  gitHubApp?(organisation: Account): Promise<AppHealth>;
  /** Waits that many milliseconds; the engine's timers when left out. */
  pause?(ms: number): Promise<void>;
}

export interface DashboardServices extends Pick<
  ApiServices,
  'objects' | 'shards' | 'originOf' | 'clock' | 'report' | 'version'
> {
  login: LoginServices;
  parts: DashboardParts;
}
