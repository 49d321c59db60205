/** Who may do what in one repository; nobody has to accept it first. */
import { ownerShape } from '../shapes/accounts.ts';
import type { Author, Repository, User } from '../world.ts';
import type { Doing } from './doing.ts';

type RoleName = Repository['collaborators'][number]['role_name'];

/** Said twice, it is said once. @param role null: they are a collaborator no more */
export function setCollaborator(
  { state, events }: Doing,
  repository: Repository,
  user: User,
  role: RoleName | null,
  sender: Author,
): void {
  const before = repository.collaborators.find(({ user_id }) => user_id === user.id);
  if ((before?.role_name ?? null) === role) return;
  repository.collaborators = repository.collaborators.filter((each) => each !== before);
  if (role !== null) repository.collaborators.push({ user_id: user.id, role_name: role });
  events.inRepository(repository, {
    event: 'member',
    permission: 'members',
    sender,
    payload: {
      ...changeOf(before?.role_name ?? null, role),
      member: ownerShape(user.id, state, events.addresses),
    },
  });
}

/** Of the two at least one is not null. */
function changeOf(from: RoleName | null, to: RoleName | null): object {
  if (to === null) return { action: 'removed' };
  const permission = legacy(to);
  if (from === null) {
    return { action: 'added', changes: { permission: { to: permission }, role_name: { to } } };
  }
  const old = legacy(from);
  const changes = { old_permission: { from: old }, permission: { from: old, to: permission } };
  return { action: 'edited', changes };
}

function legacy(role: RoleName): 'read' | 'write' | 'admin' {
  if (role === 'maintain') return 'write';
  return role === 'triage' ? 'read' : role;
}
