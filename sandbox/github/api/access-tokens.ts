/** Tokens: given to installations, taken from people. */
import { longInstallationToken, shortInstallationToken } from '../installation-token.ts';
import { ApiError } from '../reply.ts';
import { covers } from '../roles.ts';
import { repositoryShape } from '../shapes/repositories.ts';
import type { Installation, Permissions, Repository } from '../world.ts';
import { asApp, asClient, type Call, type Operations } from './call.ts';
import { ownInstallation, requireActive } from './installations.ts';
import { allows } from './permissions.ts';

interface Narrowing {
  readonly repositories?: readonly string[];
  readonly repository_ids?: readonly number[];
  readonly permissions?: Permissions;
}

export const accessTokenOperations: Operations = {
  'apps/create-installation-access-token': asApp((call, { app }) => {
    const installation = ownInstallation(call, app);
    requireActive(installation);
    const asked = (call.body ?? {}) as Narrowing;
    const permissions = narrowed(installation.permissions, asked.permissions);
    const repositories = chosen(call, installation, asked);
    // https://github.blog/changelog/2026-05-15-github-app-installation-tokens-per-request-override-header/
    const short = call.headers['x-github-stateless-s2s-token'] === 'disabled';
    const token = short ? shortInstallationToken() : longInstallationToken(app.id, installation.id);
    const expiresAtMs = call.state.tokens.addInstallation(token, {
      installationId: installation.id,
      permissions,
      repositoryIds: repositories?.map(({ id }) => id),
    });
    return {
      status: 201,
      body: {
        token,
        expires_at: call.state.clock.timestamp(expiresAtMs),
        permissions,
        repository_selection:
          repositories === undefined && installation.repository_ids === null ? 'all' : 'selected',
        ...(repositories === undefined ? {} : { repositories: shapesOf(call, repositories) }),
      },
    };
  }),

  'apps/delete-token': asClient((call, { app }) => {
    const { token } = theirToken(call, app.id);
    call.state.tokens.revoke(token);
    return { status: 204 };
  }),

  /** Ends what the person allowed; GitHub tells the app of it. */
  'apps/delete-authorization': asClient((call, { app }) => {
    const { userId } = theirToken(call, app.id);
    call.state.tokens.revokeUser(app.id, userId);
    call.state.grants.revokeUser(app.id, userId);
    const user = call.state.user(userId);
    if (user !== undefined) call.events.authorizationRevoked(app, user);
    return { status: 204 };
  }),
};

/** One permission that is not granted refuses the whole token: tellahq/opensession#157. */
function narrowed(granted: Permissions, asked: Permissions | undefined): Permissions {
  if (asked === undefined) return granted;
  for (const [permission, level] of Object.entries(asked)) {
    if (!allows(granted, { permission, level })) {
      throw new ApiError(422, 'The permissions requested are not granted to this installation.');
    }
  }
  // Metadata comes with every permission on repositories.
  return { ...(granted['metadata'] === undefined ? {} : { metadata: 'read' }), ...asked };
}

function chosen(
  call: Call,
  installation: Installation,
  { repositories = [], repository_ids = [] }: Narrowing,
): Repository[] | undefined {
  if (repositories.length + repository_ids.length === 0) return undefined;
  const all = call.state.world.repositories.filter((each) => covers(installation, each));
  const found = all.filter(
    ({ id, name }) => repository_ids.includes(id) || repositories.includes(name),
  );
  const known =
    repositories.every((name) => found.some((repository) => repository.name === name)) &&
    repository_ids.every((id) => found.some((repository) => repository.id === id));
  if (!known) {
    throw new ApiError(
      422,
      'There is at least one repository that does not exist or is not accessible to the parent installation.',
    );
  }
  return found;
}

function shapesOf(call: Call, repositories: readonly Repository[]) {
  return repositories.map((repository) => repositoryShape(repository, call.state, call.addresses));
}

/** @throws ApiError 404 or 422 when the token is none of this app */
function theirToken(call: Call, appId: number): { token: string; userId: number } {
  if (call.params['client_id'] !== call.state.app(appId)?.client_id) {
    throw new ApiError(404, 'Not Found');
  }
  const { access_token: token } = call.body as { access_token: string };
  const known = call.state.tokens.find(token);
  if (known?.kind !== 'user' || known.appId !== appId) throw new ApiError(404, 'Not Found');
  return { token, userId: known.userId };
}
