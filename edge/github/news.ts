/**
 * What deliveries tell. The event's name is an unsigned header, so the kind is told by the shape of the
 * signed payload alone; each shape below is that of no other event of GitHub's.
 */
import { z } from 'zod';
import type { OrgNews } from '../objects/calls.ts';
import { readersNewsOf } from './readers-news.ts';

export type News =
  | { organisationId: number; news: OrgNews }
  /** Somebody took back what they allowed the app. */
  | { kind: 'authorization-revoked'; userId: number };

const id = z.int().positive();

/** `organization`, action `member_removed`. */
const memberRemoved = z.object({
  action: z.literal('member_removed'),
  membership: z.object({ user: z.object({ id }) }),
  organization: z.object({ id }),
  installation: z.object({ id }),
});

/** `organization`, action `member_added`: somebody has accepted the invitation. */
const memberAdded = memberRemoved.extend({ action: z.literal('member_added') });

/** `installation`: the only event that carries the whole installation; others have just its id. */
const installation = z.object({
  action: z.enum(['created', 'unsuspend', 'new_permissions_accepted', 'deleted', 'suspend']),
  installation: z.object({
    id,
    account: z.object({ id, login: z.string().min(1).max(100) }),
    target_type: z.literal('Organization'),
  }),
});

/** `github_app_authorization`: about its sender and nothing else. */
const authorizationRevoked = z.object({
  action: z.literal('revoked'),
  sender: z.object({ id }),
  // Secret scanning has an action of this name; its sender is somebody else.
  alert: z.undefined().optional(),
  repository: z.undefined().optional(),
});

/**
 * undefined: nothing that matters to who may see what. Whether the installation is that of the
 * organisation, the organisation itself compares: any installation can make GitHub sign a payload.
 */
export function newsOf(payload: unknown): News | undefined {
  const removed = memberRemoved.safeParse(payload);
  if (removed.success) {
    const { membership, organization, installation: of } = removed.data;
    return {
      organisationId: organization.id,
      news: { kind: 'member-removed', userId: membership.user.id, installationId: of.id },
    };
  }
  const added = memberAdded.safeParse(payload);
  if (added.success) {
    const { membership, organization, installation: of } = added.data;
    return {
      organisationId: organization.id,
      news: { kind: 'member-added', userId: membership.user.id, installationId: of.id },
    };
  }
  const changed = installation.safeParse(payload);
  if (changed.success) {
    const { action, installation: of } = changed.data;
    return { organisationId: of.account.id, news: installationNews(action, of) };
  }
  const revoked = authorizationRevoked.safeParse(payload);
  if (revoked.success) return { kind: 'authorization-revoked', userId: revoked.data.sender.id };
  return readersNewsOf(payload);
}

function installationNews(
  action: z.infer<typeof installation>['action'],
  { id: installationId, account }: z.infer<typeof installation>['installation'],
): OrgNews {
  return action === 'deleted' || action === 'suspend'
    ? { kind: 'installation-gone', installationId, suspended: action === 'suspend' }
    : { kind: 'installed', installationId, login: account.login };
}
