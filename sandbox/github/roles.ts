/** What a person may do in a repository, and which repositories an installation is for. */
import { isActiveMember, memberOf, type GitHubState } from './state.ts';
import type { Installation, Repository } from './world.ts';

/** From little to much. */
export const roles = ['none', 'read', 'triage', 'write', 'maintain', 'admin'] as const;
export type Role = (typeof roles)[number];

export function reaches(role: Role, rung: Role): boolean {
  return roles.indexOf(role) >= roles.indexOf(rung);
}

export function roleIn(repository: Repository, userId: number, state: GitHubState): Role {
  if (repository.owner_id === userId) return 'admin';
  const owner = state.organization(repository.owner_id);
  const active = owner !== undefined && isActiveMember(owner, userId);
  if (active && memberOf(owner, userId)?.role === 'admin') return 'admin';
  const own = repository.collaborators.find(({ user_id }) => user_id === userId);
  if (own !== undefined) return own.role_name;
  // The base permission of a new organisation is read.
  return active || !repository.private ? 'read' : 'none';
}

/** Whether the installation is for the repository. */
export function covers(
  { account_id, repository_ids }: Installation,
  { id, owner_id }: Repository,
): boolean {
  return account_id === owner_id && (repository_ids === null || repository_ids.includes(id));
}
