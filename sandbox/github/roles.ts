/** What a person may do in a repository, and which repositories an installation is for. */
import { isActiveMember, memberOf, type GitHubState } from './state.ts';
import type { Installation, Organization, Repository } from './world.ts';

/** From little to much. */
export const roles = ['none', 'read', 'triage', 'write', 'maintain', 'admin'] as const;
export type Role = (typeof roles)[number];

export function reaches(role: Role, rung: Role): boolean {
  return roles.indexOf(role) >= roles.indexOf(rung);
}

/** The highest of all that they have. */
export function roleIn(repository: Repository, userId: number, state: GitHubState): Role {
  const granted = grantedRole(repository, userId, state);
  return granted === 'none' && isOpenTo(repository, userId, state) ? 'read' : granted;
}

/** What they were given: by owning, by a list, by belonging to the owner; not what everybody has. */
export function grantedRole(repository: Repository, userId: number, state: GitHubState): Role {
  if (repository.owner_id === userId) return 'admin';
  const owner = state.organization(repository.owner_id);
  const own = repository.collaborators.find(({ user_id }) => user_id === userId)?.role_name;
  if (owner === undefined || !isActiveMember(owner, userId)) return own ?? 'none';
  if (memberOf(owner, userId)?.role === 'admin') return 'admin';
  const base = owner.default_repository_permission;
  return own !== undefined && reaches(own, base) ? own : base;
}

/** https://docs.github.com/en/repositories/creating-and-managing-repositories/about-repositories#about-repository-visibility */
function isOpenTo(repository: Repository, userId: number, { world }: GitHubState): boolean {
  if (!repository.private) return true;
  return repository.internal && world.organizations.some((each) => isActiveMember(each, userId));
}

/** Whether somebody has a repository of the organisation without being one of its members. */
export function isOutsideCollaborator(
  organization: Organization,
  userId: number,
  { world }: GitHubState,
): boolean {
  if (isActiveMember(organization, userId)) return false;
  if (organization.outside_collaborators.includes(userId)) return true;
  return world.repositories.some(
    ({ owner_id, collaborators }) =>
      owner_id === organization.id && collaborators.some(({ user_id }) => user_id === userId),
  );
}

/** Whether the installation is for the repository. */
export function covers(
  { account_id, repository_ids }: Installation,
  { id, owner_id }: Repository,
): boolean {
  return account_id === owner_id && (repository_ids === null || repository_ids.includes(id));
}
