/**
 * Which deliveries take access away. The event's name is an unsigned header, so the kind is told by
 * the shape of the signed payload alone; each shape below is that of no other event of GitHub's.
 */
import { z } from 'zod';

export type Revocation =
  | { kind: 'member-removed'; organisationId: number; userId: number; installationId: number }
  | { kind: 'installation-gone'; installationId: number; organisationId: number }
  | { kind: 'authorization-revoked'; userId: number };

const id = z.int().positive();

/** `organization`, action `member_removed`. */
const memberRemoved = z.object({
  action: z.literal('member_removed'),
  membership: z.object({ user: z.object({ id }) }),
  organization: z.object({ id }),
  installation: z.object({ id }),
});

/** `installation`: the only event that carries the whole installation; others have just its id. */
const installationGone = z.object({
  action: z.enum(['deleted', 'suspend']),
  installation: z.object({
    id,
    account: z.object({ id }),
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
 * undefined: takes nothing away. Whether `installationId` is that of the organisation is for the
 * caller to compare: any installation can make GitHub sign a payload.
 */
export function revocationOf(payload: unknown): Revocation | undefined {
  const removed = memberRemoved.safeParse(payload);
  if (removed.success) {
    const { membership, organization, installation } = removed.data;
    return {
      kind: 'member-removed',
      organisationId: organization.id,
      userId: membership.user.id,
      installationId: installation.id,
    };
  }
  const gone = installationGone.safeParse(payload);
  if (gone.success) {
    const { installation } = gone.data;
    return {
      kind: 'installation-gone',
      installationId: installation.id,
      organisationId: installation.account.id,
    };
  }
  const revoked = authorizationRevoked.safeParse(payload);
  if (revoked.success) return { kind: 'authorization-revoked', userId: revoked.data.sender.id };
  return undefined;
}
