/** Repositories, and what a person may do in one. */
import type { InstallationActor, UserActor } from '../actor.ts';
import { notFound, ok } from '../reply.ts';
import { accountShape } from '../shapes/accounts.ts';
import { repositoryShape } from '../shapes/repositories.ts';
import { isActiveMember, memberOf } from '../state.ts';
import type { Organization, Repository } from '../world.ts';
import { asReader, param, type Call, type Operations } from './call.ts';
import { requirePermission, sees } from './permissions.ts';

type Role = 'admin' | 'maintain' | 'write' | 'triage' | 'read' | 'none';

export const repositoryOperations: Operations = {
  'repos/get': asReader((call, actor) => {
    const { repository, owner } = visibleRepository(call, actor);
    return ok(repositoryShape(repository, owner, call.addresses));
  }),

  'repos/get-collaborator-permission-level': asReader((call, actor) => {
    const { repository, owner } = visibleRepository(call, actor);
    requirePermission(call.operationId, owner, actor, call.state);
    const user = call.state.userByLogin(param(call, 'username'));
    if (user === undefined) throw notFound();
    const role = roleIn(repository, owner, user.id);
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
};

/** A private repository that the token does not see is not there: 404, never 403. */
export function visibleRepository(call: Call, actor: InstallationActor | UserActor) {
  const repository = call.state.repositoryByName(param(call, 'owner'), param(call, 'repo'));
  const owner = repository && call.state.organization(repository.owner_id);
  if (repository === undefined || owner === undefined) throw notFound();
  if (!sees(repository, owner, actor, call.state)) throw notFound();
  return { repository, owner };
}

function roleIn(repository: Repository, owner: Organization, userId: number): Role {
  if (isActiveMember(owner, userId) && memberOf(owner, userId)?.role === 'admin') return 'admin';
  const own = repository.collaborators.find(({ user_id }) => user_id === userId);
  if (own !== undefined) return own.role_name;
  // The base permission of a new organisation is read.
  return isActiveMember(owner, userId) || !repository.private ? 'read' : 'none';
}

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
  const ladder: readonly Role[] = ['none', 'read', 'triage', 'write', 'maintain', 'admin'];
  const reaches = (rung: Role): boolean => ladder.indexOf(role) >= ladder.indexOf(rung);
  return {
    pull: reaches('read'),
    triage: reaches('triage'),
    push: reaches('write'),
    maintain: reaches('maintain'),
    admin: reaches('admin'),
  };
}
