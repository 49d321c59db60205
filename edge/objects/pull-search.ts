/**
 * What came of looking for a preview's pull requests. `looking`: GitHub has not answered yet. `none`: no
 * open one has its branch or commit; it is shown at one that opens later. Of one that the owner named:
 * `closed`, or `no-pull` by that number. `no-repository`: the app is in none of its repositories that the
 * owner may read. `no-app`: the organisation has no app.
 */
export const pullSearches = [
  'looking',
  'found',
  'none',
  'closed',
  'no-pull',
  'no-repository',
  'no-app',
] as const;
export type PullSearch = (typeof pullSearches)[number];
