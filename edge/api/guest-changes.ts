/** Letting single people into a preview, by one set of rules for API and dashboard. */
import type { Preview } from '../objects/calls.ts';
import { maxGuests } from '../objects/guests.ts';
import { ApiError, noPreview } from './failure.ts';
import type { PreviewAt } from './places.ts';
import { notePreview } from './preview-changes.ts';
import type { Principal } from './principal.ts';
import type { ApiServices } from './services.ts';

type Services = Pick<ApiServices, 'objects' | 'clock'>;

/** As a comment at the pull request has it that names no time. */
export const defaultAllowS = 4 * 60 * 60;

/**
 * Lets in who asked, or is in already, from now on for so long. Nobody else: that a login is theirs was
 * GitHub's word when they asked (threat 34). @throws ApiError
 */
export async function allowGuest(
  { objects, clock }: Services,
  principal: Principal,
  { shard, organisationId, preview }: PreviewAt,
  { user_id: userId, for_s: forS = defaultAllowS }: { user_id: number; for_s?: number | undefined },
): Promise<Preview> {
  const { label } = preview;
  const known = [...(preview.askers ?? []), ...(preview.guests ?? []).map(({ user }) => user)];
  const user = known.find(({ id }) => id === userId);
  if (!user) throw missing(`nobody with the id ${userId} has asked to be let in`);
  const untilMs = clock.nowMs() + forS * 1000;
  const allowed = await shard.allow(label, user, untilMs);
  if (!allowed) throw noPreview(label);
  if (!allowed.guests?.some((each) => each.user.id === userId && each.untilMs === untilMs)) {
    const reason = `${maxGuests} people were let in; take it back from one of them first`;
    throw new ApiError('BW-5004', { reason });
  }
  const until = new Date(untilMs).toISOString();
  const more = { user: user.id, user_login: user.login, until };
  await notePreview({ objects }, principal, organisationId, 'preview.allow', allowed, more);
  return allowed;
}

/** Holds for the next request; what they have open closes. @throws ApiError */
export async function disallowGuest(
  { objects }: Pick<Services, 'objects'>,
  principal: Principal,
  { shard, organisationId, preview }: PreviewAt,
  userId: number,
): Promise<void> {
  const { label, guests = [] } = preview;
  const guest = guests.find(({ user }) => user.id === userId);
  if (!guest) throw missing(`nobody with the id ${userId} was let in`);
  const changed = await shard.revokeAllow(label, userId);
  if (!changed) throw noPreview(label);
  const more = { user: userId, user_login: guest.user.login };
  await notePreview({ objects }, principal, organisationId, 'preview.disallow', changed, more);
}

function missing(reason: string): ApiError {
  return new ApiError('BW-5003', { reason });
}
