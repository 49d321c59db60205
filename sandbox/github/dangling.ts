/** Numbers in a seed that stand for nothing. */
import type { ReadSeed } from './world.ts';

/** @returns the first of them in words, or undefined */
export function danglingReference(seed: ReadSeed): string | undefined {
  return inAccounts(seed) ?? inInstallations(seed) ?? inRepositories(seed) ?? inThreads(seed);
}

const idsOf = (list: readonly { readonly id?: number | undefined }[]) =>
  new Set(list.map(({ id }) => id));

function inAccounts({ users, organizations }: ReadSeed): string | undefined {
  const people = idsOf(users);
  for (const { id, login, members, outside_collaborators } of organizations) {
    if (people.has(id)) return `${login} has the number of a person, ${id}`;
    for (const userId of [...members.map(({ user_id }) => user_id), ...outside_collaborators]) {
      if (!people.has(userId)) return `${login} names user ${userId}, who is not there`;
    }
  }
  return undefined;
}

function inInstallations(seed: ReadSeed): string | undefined {
  const apps = idsOf(seed.apps);
  const organizations = idsOf(seed.organizations);
  const repositories = idsOf(seed.repositories);
  for (const { id, app_id, account_id, repository_ids } of seed.installations) {
    if (!apps.has(app_id)) return `installation ${id} is of app ${app_id}, which is not there`;
    if (!organizations.has(account_id))
      return `installation ${id} is in organisation ${account_id}, which is not there`;
    const missing = (repository_ids ?? []).find((repository) => !repositories.has(repository));
    if (missing !== undefined)
      return `installation ${id} names repository ${missing}, which is not there`;
  }
  return undefined;
}

function inRepositories({ users, organizations, repositories }: ReadSeed): string | undefined {
  const people = idsOf(users);
  const accounts = new Set([...people, ...idsOf(organizations)]);
  const all = idsOf(repositories);
  for (const repository of repositories) {
    const { name, owner_id, collaborators, fork_of } = repository;
    if (repository.internal && (!repository.private || people.has(owner_id)))
      return `repository ${name} is internal, which only private ones of organisations can be`;
    if (!accounts.has(owner_id)) return `repository ${name} has no owner ${owner_id}`;
    const stranger = collaborators.find(({ user_id }) => !people.has(user_id));
    if (stranger) return `repository ${name} names user ${stranger.user_id}, who is not there`;
    if (fork_of !== null && !all.has(fork_of))
      return `repository ${name} is a fork of ${fork_of}, which is not there`;
  }
  return undefined;
}

function inThreads(seed: ReadSeed): string | undefined {
  const people = idsOf(seed.users);
  const repositories = idsOf(seed.repositories);
  const threads = new Set<string>();
  for (const { repository_id, number, user_id } of [...seed.issues, ...seed.pull_requests]) {
    const place = `${repository_id}#${number}`;
    if (!repositories.has(repository_id)) return `${place} is in no repository`;
    if (threads.has(place)) return `${place} is there twice`;
    if (!people.has(user_id)) return `${place} names user ${user_id}, who is not there`;
    threads.add(place);
  }
  const { comments, reactions, happenings } = seed;
  for (const each of [...comments, ...reactions, ...happenings]) {
    const { repository_id, number, user_id, app_id } = each;
    const place = `${repository_id}#${number}`;
    if (!threads.has(place)) return `something is on ${place}, which is not there`;
    if (user_id === null && app_id === null) return `something on ${place} is nobody's`;
  }
  return undefined;
}
