/** Who may do what in one repository. */
import { ownerShape } from '../shapes/accounts.ts';
import type { Author, Repository, User } from '../world.ts';
import type { Doing } from './doing.ts';

type RoleName = Repository['collaborators'][number]['role_name'];

/** @param role null: they are a collaborator no more */
export function setCollaborator(
  { state, events }: Doing,
  repository: Repository,
  user: User,
  role: RoleName | null,
  sender: Author,
): void {
  const before = repository.collaborators.find(({ user_id }) => user_id === user.id);
  if (before?.role_name === (role ?? undefined)) return;
  repository.collaborators = repository.collaborators.filter((each) => each !== before);
  if (role !== null) repository.collaborators.push({ user_id: user.id, role_name: role });
  if (before !== undefined && role !== null) return;
  events.inRepository(repository, {
    event: 'member',
    permission: 'members',
    sender,
    payload: {
      action: role === null ? 'removed' : 'added',
      member: ownerShape(user.id, state, events.addresses),
      ...(role === null
        ? {}
        : { changes: { permission: { to: legacy(role) }, role_name: { to: role } } }),
    },
  });
}

function legacy(role: RoleName): 'read' | 'write' | 'admin' {
  if (role === 'maintain') return 'write';
  return role === 'triage' ? 'read' : role;
}
