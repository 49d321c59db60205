/** What the timeline of a pull request remembers. */
import { newId } from '../ids.ts';
import type { Author, Happening, PullRequest } from '../world.ts';
import type { Doing } from './doing.ts';

export function remember(
  { state }: Doing,
  { repository_id, number }: PullRequest,
  what: Happening['what'],
  { user_id, app_id }: Author,
  { from = null, to = null }: { readonly from?: string | null; readonly to?: string | null } = {},
): void {
  const created_at = state.clock.timestamp();
  const place = { id: newId(), repository_id, number };
  state.world.happenings.push({ ...place, what, from, to, user_id, app_id, created_at });
}
