/** Whether a token sees a repository, and whether it may do there what it asks for. */
import type { InstallationActor, UserActor } from '../actor.ts';
import { ApiError, notAccessible, notFound } from '../reply.ts';
import { covers, reaches, roleIn, type Role } from '../roles.ts';
import type { Permissions, Repository } from '../world.ts';
import { param, type Call } from './call.ts';
import { meets, needOf, type Subject } from './repository-needs.ts';

export type Reader = InstallationActor | UserActor;

/**
 * A private repository that the token does not see is not there: 404, never 403. One that is called
 * otherwise by now is elsewhere, for those who see it.
 * @throws ApiError 301 or 307 when the name is one of before, 404
 */
export function visibleRepository(call: Call, actor: Reader): Repository {
  const repository = namedRepository(call, (found) => sees(call, actor, found));
  if (!sees(call, actor, repository)) throw notFound();
  return repository;
}

/** The repository of a path. @throws ApiError 301 or 307 when it has moved and may be seen, 404 */
export function namedRepository(
  call: Call,
  maySee: (repository: Repository) => boolean,
): Repository {
  const [owner, name] = [param(call, 'owner'), param(call, 'repo')];
  const repository = call.state.repositoryByName(owner, name);
  if (repository !== undefined) return repository;
  const moved = call.state.repositoryByFormerName(owner, name);
  if (moved === undefined || !maySee(moved)) throw notFound();
  throw movedTo(call, moved);
}

/** https://docs.github.com/en/rest/using-the-rest-api/best-practices-for-using-the-rest-api#follow-redirects */
function movedTo({ url, addresses, method }: Call, { id }: Repository): ApiError {
  const rest = url.href.slice(addresses.api.length).replace(/^\/repos\/[^/]+\/[^/?]+/, '');
  const location = `${addresses.api}/repositories/${id}${rest}`;
  return method === 'GET'
    ? new ApiError(301, 'Moved Permanently', { location }, { url: location })
    : new ApiError(307, 'Temporary Redirect', { location }, { url: location });
}

/** Whether the token sees that the repository is there at all. */
function sees(call: Call, actor: Reader, repository: Repository): boolean {
  if (!repository.private) return true;
  if (permissionsAt(call, actor, repository) === undefined) return false;
  return actor.kind === 'installation' || roleOf(call, actor, repository) !== 'none';
}

/**
 * What the token may do in the repository: the app's permissions there. Undefined: the app is not
 * installed there, or not for it.
 */
function permissionsAt(
  { state }: Call,
  actor: Reader,
  repository: Repository,
): Permissions | undefined {
  if (actor.kind === 'installation') {
    const chosen = actor.repositoryIds?.includes(repository.id) ?? true;
    return chosen && covers(actor.installation, repository) ? actor.permissions : undefined;
  }
  const installation = state.installationIn(repository.owner_id, actor.app.id);
  if (installation?.suspended_at !== null || !covers(installation, repository)) return undefined;
  return installation.permissions;
}

/** @throws ApiError 403, in GitHub's words, when the token may not; what is public may be read */
export function requireInRepository(
  call: Call,
  actor: Reader,
  repository: Repository,
  subject: Subject = 'repository',
): void {
  const need = needOf(call.operationId, subject);
  if (need === undefined) return;
  const open = !repository.private && need.level === 'read' && subject !== 'repository';
  const permissions = permissionsAt(call, actor, repository);
  if (!open && (permissions === undefined || !meets(permissions, need))) throw notAccessible();
  const role = need.role ?? 'read';
  if (actor.kind === 'user' && !reaches(roleOf(call, actor, repository), role)) {
    throw new ApiError(403, need.refusal ?? 'Must have push access to repository');
  }
}

function roleOf({ state }: Call, { user }: UserActor, repository: Repository): Role {
  return roleIn(repository, user.id, state);
}

/** Whether somebody else's words may be changed: an app with the permission, a person who may write. */
export function mayModerate(call: Call, actor: Reader, repository: Repository): boolean {
  return actor.kind === 'installation' || reaches(roleOf(call, actor, repository), 'write');
}
