/**
 * What somebody may do in a repository:
 * https://docs.github.com/en/rest/collaborators/collaborators
 */
import { notFound, ok } from '../reply.ts';
import { grantedRole, reaches, roleIn, type Role } from '../roles.ts';
import { accountShape, authorShape, botOf } from '../shapes/accounts.ts';
import type { App } from '../world.ts';
import { asReader, param, type Call, type Operations } from './call.ts';
import { requireInRepository, visibleRepository } from './repository-access.ts';

export const collaboratorOperations: Operations = {
  /** Whoever was given something: that a public repository is read by everybody does not count. */
  'repos/check-collaborator': asReader((call, actor) => {
    const repository = visibleRepository(call, actor);
    requireInRepository(call, actor, repository);
    const user = call.state.userByLogin(param(call, 'username'));
    if (user === undefined || grantedRole(repository, user.id, call.state) === 'none') {
      throw notFound();
    }
    return { status: 204 };
  }),

  /** 200 for whoever exists, with `none` too. */
  'repos/get-collaborator-permission-level': asReader((call, actor) => {
    const repository = visibleRepository(call, actor);
    requireInRepository(call, actor, repository);
    const login = param(call, 'username');
    const app = call.state.world.apps.find((each) => botOf(each).login === login);
    if (app !== undefined) return ok(permissionShape('none', botShape(app, call)));
    const user = call.state.userByLogin(login);
    if (user === undefined) throw notFound();
    const role = roleIn(repository, user.id, call.state);
    return ok(permissionShape(role, accountShape(user, call.addresses)));
  }),
};

/** An app may do nothing by this count, whatever it was granted, and even where everybody reads. */
function botShape({ id }: App, { state, addresses }: Call) {
  return authorShape({ user_id: null, app_id: id }, state, addresses);
}

function permissionShape(role: Role, account: object) {
  return {
    permission: permissionOf(role),
    role_name: role,
    user: { ...account, role_name: role, permissions: flagsOf(role) },
  };
}

/**
 * The four old levels: "The `permission` attribute provides the legacy base roles of `admin`,
 * `write`, `read`, and `none`, where the `maintain` role is mapped to `write` and the `triage` role
 * is mapped to `read`."
 */
function permissionOf(role: Role): string {
  if (role === 'maintain') return 'write';
  return role === 'triage' ? 'read' : role;
}

export function flagsOf(role: Role) {
  return {
    pull: reaches(role, 'read'),
    triage: reaches(role, 'triage'),
    push: reaches(role, 'write'),
    maintain: reaches(role, 'maintain'),
    admin: reaches(role, 'admin'),
  };
}
