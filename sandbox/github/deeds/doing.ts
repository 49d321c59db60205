/** What a deed changes and whom it tells. */
import type { GitHubEvents } from '../events.ts';
import { fullNameOf } from '../shapes/repositories.ts';
import type { GitHubState } from '../state.ts';
import type { Author, Repository, User } from '../world.ts';

export interface Doing {
  readonly state: GitHubState;
  readonly events: GitHubEvents;
}

/** A person on GitHub's own pages. */
export function person({ id }: Pick<User, 'id'>): Author {
  return { user_id: id, app_id: null };
}

/** `owner/name` of today. @throws Error when there is none */
export function repositoryCalled({ state }: Doing, fullName: string): Repository {
  const [owner = '', name = ''] = fullName.split('/');
  const repository = state.repositoryByName(owner, name);
  if (repository === undefined) throw new Error(`there is no repository ${fullName}`);
  return repository;
}

export function nameOf({ state }: Doing, repository: Repository): string {
  return fullNameOf(repository, state);
}
