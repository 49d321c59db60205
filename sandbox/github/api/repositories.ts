/** Repositories, one by one and as far as an installation goes. */
import { pageOf } from '../paging.ts';
import { notAccessible, ok } from '../reply.ts';
import { covers, roleIn } from '../roles.ts';
import { fullRepositoryShape, repositoryShape } from '../shapes/repositories.ts';
import { asInstallation, asReader, type Operations } from './call.ts';
import { flagsOf } from './collaborators.ts';
import { visibleRepository } from './repository-access.ts';

export const repositoryOperations: Operations = {
  /** A person is also told what they may do there. */
  'repos/get': asReader((call, actor) => {
    const repository = visibleRepository(call, actor);
    const shape = fullRepositoryShape(repository, call.state, call.addresses);
    if (actor.kind !== 'user') return ok(shape);
    const role = roleIn(repository, actor.user.id, call.state);
    return ok({ ...shape, permissions: flagsOf(role) });
  }),

  'apps/list-repos-accessible-to-installation': asInstallation((call, actor) => {
    if (actor.permissions['metadata'] === undefined) throw notAccessible();
    const seen = call.state.world.repositories.filter(
      (repository) =>
        covers(actor.installation, repository) &&
        (actor.repositoryIds?.includes(repository.id) ?? true),
    );
    const { items, headers } = pageOf(seen, call.url);
    const selected =
      actor.repositoryIds !== undefined || actor.installation.repository_ids !== null;
    return ok(
      {
        total_count: seen.length,
        repository_selection: selected ? 'selected' : 'all',
        repositories: items.map((each) => repositoryShape(each, call.state, call.addresses)),
      },
      headers,
    );
  }),
};
