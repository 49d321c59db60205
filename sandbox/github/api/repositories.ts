/** Repositories, and what a person may do in one. */
import { pageOf } from '../paging.ts';
import { notAccessible, notFound, ok } from '../reply.ts';
import { covers, reaches, roleIn, type Role } from '../roles.ts';
import { accountShape } from '../shapes/accounts.ts';
import { fullRepositoryShape, repositoryShape } from '../shapes/repositories.ts';
import { asInstallation, asReader, param, type Operations } from './call.ts';
import { requireInRepository, visibleRepository } from './repository-access.ts';

export const repositoryOperations: Operations = {
  'repos/get': asReader((call, actor) => {
    const repository = visibleRepository(call, actor);
    return ok(fullRepositoryShape(repository, call.state, call.addresses));
  }),

  'repos/get-collaborator-permission-level': asReader((call, actor) => {
    const repository = visibleRepository(call, actor);
    requireInRepository(call, actor, repository);
    const user = call.state.userByLogin(param(call, 'username'));
    if (user === undefined) throw notFound();
    const role = roleIn(repository, user.id, call.state);
    return ok({
      permission: permissionOf(role),
      role_name: role,
      user: {
        ...accountShape(user, call.addresses),
        role_name: role,
        permissions: flagsOf(role),
      },
    });
  }),

  'apps/list-repos-accessible-to-installation': asInstallation((call, actor) => {
    if (actor.permissions['metadata'] === undefined) throw notAccessible();
    const seen = call.state.world.repositories.filter(
      (repository) =>
        covers(actor.installation, repository) &&
        (actor.repositoryIds?.includes(repository.id) ?? true),
    );
    const { items, headers } = pageOf(seen, call.url);
    const selected =
      actor.repositoryIds !== undefined || actor.installation.repository_ids !== null;
    return ok(
      {
        total_count: seen.length,
        repository_selection: selected ? 'selected' : 'all',
        repositories: items.map((each) => repositoryShape(each, call.state, call.addresses)),
      },
      headers,
    );
  }),
};

/**
 * The four old levels: "The `permission` attribute provides the legacy base roles of `admin`,
 * `write`, `read`, and `none`, where the `maintain` role is mapped to `write` and the `triage` role
 * is mapped to `read`."
 * https://docs.github.com/en/rest/collaborators/collaborators#get-repository-permissions-for-a-user
 */
function permissionOf(role: Role): string {
  if (role === 'maintain') return 'write';
  return role === 'triage' ? 'read' : role;
}

function flagsOf(role: Role) {
  return {
    pull: reaches(role, 'read'),
    triage: reaches(role, 'triage'),
    push: reaches(role, 'write'),
    maintain: reaches(role, 'maintain'),
    admin: reaches(role, 'admin'),
  };
}
