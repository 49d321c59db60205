/**
 * Deliveries after which somebody may read less or more of a repository. None is believed: they only
 * make the next question go to GitHub.
 */
import { z } from 'zod';
import type { OrgNews, ReadersChanged } from '../objects/calls.ts';

export interface ReadersNews {
  organisationId: number;
  news: OrgNews & { kind: 'readers-changed' };
}

const id = z.int().positive();
const one = z.object({ id });
const installation = one;
const repository = z.object({ id, owner: one });

/** `member`: a collaborator. */
const member = z
  .object({
    action: z.enum(['added', 'edited', 'removed']),
    member: one,
    repository,
    installation,
  })
  .transform(({ member: user, repository: { id: repositoryId, owner }, installation: of }) =>
    newsFor(owner.id, of.id, { userId: user.id, repositoryId }),
  );

/** `membership`: of a team. */
const membership = z
  .object({
    action: z.enum(['added', 'removed']),
    scope: z.literal('team'),
    member: one,
    organization: one,
    installation,
  })
  .transform(({ member: user, organization, installation: of }) =>
    newsFor(organization.id, of.id, { userId: user.id, repositoryId: undefined }),
  );

/** `team`: where no repository is named, any may be meant. */
const team = z
  .object({
    action: z.enum(['added_to_repository', 'removed_from_repository', 'edited', 'deleted']),
    team: one,
    repository: repository.optional(),
    organization: one,
    installation,
    member: z.undefined().optional(),
  })
  .transform(({ repository: named, organization, installation: of }) =>
    newsFor(organization.id, of.id, { repositoryIds: named ? [named.id] : 'all' }),
  );

/** `repository`: by whom it may be seen, and where it is. `deleted` alone is the action of many events. */
const ofRepository = z
  .strictObject({
    action: z.enum(['privatized', 'publicized', 'transferred', 'deleted']),
    repository,
    installation,
    changes: z
      .object({
        owner: z
          .object({ from: z.object({ organization: one.optional(), user: one.optional() }) })
          .optional(),
      })
      .optional(),
    organization: z.unknown().optional(),
    enterprise: z.unknown().optional(),
    sender: z.unknown().optional(),
  })
  .transform(({ repository: { id: repositoryId, owner }, changes, installation: of }) => {
    const { from } = changes?.owner ?? {};
    const before = from?.organization ?? from?.user ?? owner;
    return newsFor(before.id, of.id, { repositoryIds: [repositoryId] });
  });

/** `installation_repositories`: the app may no longer ask about some. */
const installationRepositories = z
  .object({
    action: z.literal('removed'),
    installation: z.object({ id, account: one, target_type: z.literal('Organization') }),
    repositories_removed: z.array(one).max(10_000),
  })
  .transform(({ installation: of, repositories_removed: gone }) =>
    newsFor(of.account.id, of.id, { repositoryIds: gone.map((each) => each.id) }),
  );

const shape = z.union([member, membership, team, ofRepository, installationRepositories]);

/** undefined: none of them. */
export function readersNewsOf(payload: unknown): ReadersNews | undefined {
  const { success, data } = shape.safeParse(payload);
  return success ? data : undefined;
}

function newsFor(organisationId: number, installationId: number, of: ReadersChanged): ReadersNews {
  return { organisationId, news: { kind: 'readers-changed', installationId, of } };
}
