/** Where the app's identity and secrets go: one for each engine of the edge. */
import type { RegisteredApp } from '#github-app/registration/registered-app.ts';
import type { GitHubPlace } from '#github-app/registration/place.ts';

export interface SetupStore {
  /** Origin of the edge's app host. */
  appUrl: string;
  /** Where it stands, for errors. */
  appUrlWhere: string;
  /** Whole or not at all. @throws Failure when nothing was stored */
  save(app: RegisteredApp, place: GitHubPlace): Promise<Stored>;
}

export interface Stored {
  /** For the result: what was written, without secrets. */
  result: Record<string, unknown>;
  /** The same for people: label and value. */
  rows: [string, string][];
  /** What to do next, before the installation. */
  next: string;
}
