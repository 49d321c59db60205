/**
 * Who may change access by a comment, from what GitHub's API says of the person at that moment. The
 * payload's `author_association` knows neither private members nor who may write (threat 46).
 */
import type { Account, Permission, Role } from './ports.ts';

export type GuardedVerb = 'public' | 'private' | 'remove' | 'extend' | 'allow' | 'disallow';

export interface Person {
  id: number;
  /** On the repository of the pull request. */
  permission: Permission;
  /** In the organisation of the previews. */
  role: Role;
}

/** `own`: the previews that the person owns, and no others. */
export type Reach = 'all' | 'own' | 'none';

/** The right column of the table in the design; organisation policy may allow less. */
export function reachOf(verb: GuardedVerb, person: Person): Reach {
  const canWrite = person.permission === 'write' || person.permission === 'admin';
  const isMember = person.role !== 'none';
  const isAdmin = person.role === 'admin';
  switch (verb) {
    case 'public':
      return canWrite && isMember ? 'all' : 'none';
    case 'private':
    case 'remove':
      // Taking away: also by an owner who has left the organisation.
      return canWrite || isAdmin ? 'all' : 'own';
    case 'extend':
      if (isAdmin) return 'all';
      return isMember ? 'own' : 'none';
    case 'allow':
    case 'disallow':
      return canWrite ? 'all' : 'none';
  }
}

export function reaches(reach: Reach, person: { id: number }, owner: Account): boolean {
  return reach === 'all' || (reach === 'own' && owner.id === person.id);
}

/** Why not, for whoever asked. */
export function denialOf(verb: GuardedVerb): string {
  switch (verb) {
    case 'public':
      return 'Only active members of the organisation with write access to this repository can make previews public.';
    case 'private':
    case 'remove':
      return 'Only owners of a preview, organisation admins and people with write access to this repository can do that.';
    case 'extend':
      return 'Only the owner of a preview and organisation admins can extend it.';
    case 'allow':
    case 'disallow':
      return 'Only people with write access to this repository can let somebody in.';
  }
}
