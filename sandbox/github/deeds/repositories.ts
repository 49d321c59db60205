/** Repositories come, are forked, renamed, given away, shown, hidden and deleted. */
import { newId } from '../ids.ts';
import { randomHex } from '../random-text.ts';
import { ownerShape, organizationShape } from '../shapes/accounts.ts';
import type { Account, Author, Repository } from '../world.ts';
import { nameOf, type Doing } from './doing.ts';

export interface NewRepository {
  readonly owner: Account;
  readonly name: string;
  readonly private: boolean;
}

/** @throws Error when the name is taken */
export function createRepository(
  doing: Doing,
  { owner, name, private: isPrivate }: NewRepository,
  sender: Author,
): Repository {
  const sha = randomHex(40);
  const created_at = doing.state.clock.timestamp();
  const message = 'First commit';
  doing.state.world.commits.push({ sha, parents: [], message, user_id: null, created_at });
  const branches = [{ name: 'main', sha }];
  const repository = add(doing, owner, {
    name,
    private: isPrivate,
    fork_of: null,
    default_branch: 'main',
    branches,
  });
  tell(doing, repository, sender, { action: 'created' });
  return repository;
}

/** With the branches of today. @throws Error when the name is taken */
export function forkRepository(doing: Doing, source: Repository, owner: Account, name: string) {
  const branches = source.branches.map((branch) => ({ ...branch }));
  const { id, private: isPrivate, default_branch } = source;
  return add(doing, owner, {
    name,
    private: isPrivate,
    fork_of: id,
    default_branch,
    branches,
  });
}

function add(
  { state }: Doing,
  owner: Account,
  what: Pick<Repository, 'name' | 'private' | 'fork_of' | 'default_branch' | 'branches'>,
): Repository {
  requireFree(state.repositoryByName(owner.login, what.name), `${owner.login}/${what.name}`);
  const repository: Repository = {
    ...what,
    id: newId(),
    internal: false,
    owner_id: owner.id,
    collaborators: [],
    former_names: [],
  };
  state.world.repositories.push(repository);
  return repository;
}

/** The old name leads to it. @throws Error when the new one is taken */
export function renameRepository(
  doing: Doing,
  repository: Repository,
  name: string,
  sender: Author,
): void {
  const [owner = ''] = nameOf(doing, repository).split('/');
  requireFree(doing.state.repositoryByName(owner, name), `${owner}/${name}`);
  const from = repository.name;
  repository.former_names.push({ owner, name: from });
  repository.name = name;
  tell(doing, repository, sender, {
    action: 'renamed',
    changes: { repository: { name: { from } } },
  });
}

/** Installations on both sides hear of it. @throws Error when they have one of that name */
export function transferRepository(
  doing: Doing,
  repository: Repository,
  owner: Account,
  sender: Author,
): void {
  const { state, events } = doing;
  requireFree(state.repositoryByName(owner.login, repository.name), `${owner.login}/…`);
  const organization = state.organization(repository.owner_id);
  const from =
    organization === undefined
      ? { user: ownerShape(repository.owner_id, state, events.addresses) }
      : { organization: organizationShape(organization, events.addresses) };
  const before = repository.owner_id;
  const [login = ''] = nameOf(doing, repository).split('/');
  repository.former_names.push({ owner: login, name: repository.name });
  repository.owner_id = owner.id;
  repository.internal &&= doing.state.organization(owner.id) !== undefined;
  const what = { action: 'transferred', changes: { owner: { from } } };
  tell(doing, repository, sender, what, [before, owner.id]);
  takeFromInstallations(doing, repository, before);
}

export interface Visibility {
  readonly private: boolean;
  readonly internal: boolean;
}

/**
 * Said twice, it is said once. Of a change between private and internal nothing is described that
 * apps would be told, so they are told nothing.
 * @throws Error when a person's, or a public one, shall be internal
 */
export function showRepository(
  doing: Doing,
  repository: Repository,
  { private: isPrivate, internal }: Visibility,
  sender: Author,
): void {
  if (internal && (!isPrivate || doing.state.organization(repository.owner_id) === undefined)) {
    throw new Error('only private repositories of organisations can be internal');
  }
  repository.internal = internal;
  if (repository.private === isPrivate) return;
  repository.private = isPrivate;
  tell(doing, repository, sender, { action: isPrivate ? 'privatized' : 'publicized' });
}

/** Pull requests from it lose their repository; its own go with it. */
export function deleteRepository(doing: Doing, repository: Repository, sender: Author): void {
  const { world } = doing.state;
  tell(doing, repository, sender, { action: 'deleted' });
  const elsewhere = ({ repository_id }: { readonly repository_id: number }): boolean =>
    repository_id !== repository.id;
  world.repositories = world.repositories.filter(({ id }) => id !== repository.id);
  world.pull_requests = world.pull_requests.filter(elsewhere);
  world.issues = world.issues.filter(elsewhere);
  world.comments = world.comments.filter(elsewhere);
  world.reactions = world.reactions.filter(elsewhere);
  world.happenings = world.happenings.filter(elsewhere);
  world.deployments = world.deployments.filter(elsewhere);
  world.check_runs = world.check_runs.filter(elsewhere);
  for (const { head } of world.pull_requests) {
    if (head.repository_id === repository.id) head.repository_id = null;
  }
  for (const fork of world.repositories) {
    if (fork.fork_of === repository.id) fork.fork_of = repository.fork_of;
  }
  takeFromInstallations(doing, repository, repository.owner_id);
}

function takeFromInstallations({ state }: Doing, { id }: Repository, ownerId: number): void {
  for (const installation of state.world.installations) {
    if (installation.account_id !== ownerId || installation.repository_ids === null) continue;
    installation.repository_ids = installation.repository_ids.filter((each) => each !== id);
  }
}

function tell(
  { events }: Doing,
  repository: Repository,
  sender: Author,
  payload: object,
  owners: readonly number[] = [repository.owner_id],
): void {
  const permission = 'metadata';
  events.inRepository(repository, { event: 'repository', permission, payload, sender, owners });
}

function requireFree(taken: Repository | undefined, name: string): void {
  if (taken !== undefined) throw new Error(`there is a repository ${name} already`);
}
