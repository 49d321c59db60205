/** Apps and where they are installed. */
import { suspended } from '../actor.ts';
import { pageOf } from '../paging.ts';
import { ApiError, notFound, ok } from '../reply.ts';
import { covers, isOutsideCollaborator } from '../roles.ts';
import { appShape, installationShape } from '../shapes/apps.ts';
import { isActiveMember, memberOf, type GitHubState } from '../state.ts';
import type { App, Installation, Organization, Repository } from '../world.ts';
import { namedRepository } from './repository-access.ts';
import { asApp, asUser, param, type Call, type Operations } from './call.ts';

export const installationOperations: Operations = {
  'apps/get-authenticated': asApp((call, { app }) => {
    const owner = call.state.organization(app.owner_id);
    if (owner === undefined) throw notFound();
    return ok(appShape(app, owner, installationsOf(call.state, app).length, call.addresses));
  }),

  'apps/list-installations': asApp((call, { app }) => {
    const { items, headers } = pageOf(installationsOf(call.state, app), call.url);
    return ok(
      items.map((installation) => shapeOf(call, installation)),
      headers,
    );
  }),

  'apps/get-installation': asApp((call, { app }) => ok(shapeOf(call, ownInstallation(call, app)))),

  'apps/get-org-installation': asApp((call, { app }) => {
    const organization = call.state.organizationByLogin(param(call, 'org'));
    return ok(shapeOf(call, installedIn(call, app, organization)));
  }),

  'apps/get-repo-installation': asApp((call, { app }) => {
    const { state } = call;
    const installed = ({ owner_id }: Repository) => state.installationIn(owner_id, app.id);
    const repository = namedRepository(call, (moved) => installed(moved) !== undefined);
    const installation = installed(repository);
    if (installation === undefined || !covers(installation, repository)) throw notFound();
    return ok(shapeOf(call, installation));
  }),

  'apps/list-installations-for-authenticated-user': asUser((call, { app, user }) => {
    const seen = installationsOf(call.state, app).filter((installation) =>
      isSeenBy(user.id, installation, call.state),
    );
    const { items, headers } = pageOf(seen, call.url);
    const installations = items.map((installation) => shapeOf(call, installation));
    return ok({ total_count: seen.length, installations }, headers);
  }),
};

/**
 * "Lists installations of your GitHub App that the authenticated user has explicit permission to
 * access", which a collaborator from outside has too: being listed does not make a member. Without a
 * session of the organisation's single sign-on it is not listed:
 * https://docs.github.com/en/enterprise-cloud@latest/apps/using-github-apps/saml-and-github-apps
 */
function isSeenBy(userId: number, { account_id }: Installation, state: GitHubState): boolean {
  const organization = state.organization(account_id);
  if (organization === undefined || memberOf(organization, userId)?.saml === true) return false;
  if (isActiveMember(organization, userId)) return true;
  return isOutsideCollaborator(organization, userId, state);
}

/** @throws ApiError 404 when it is not one of this app */
export function ownInstallation(call: Call, app: App): Installation {
  const installation = call.state.installation(Number(param(call, 'installation_id')));
  if (installation?.app_id !== app.id) throw notFound();
  return installation;
}

/** @throws ApiError 403 when the organisation has suspended it */
export function requireActive(installation: Installation): void {
  if (installation.suspended_at !== null) throw suspended();
}

function installationsOf(state: GitHubState, app: App): Installation[] {
  return state.world.installations.filter(({ app_id }) => app_id === app.id);
}

function installedIn(call: Call, app: App, organization: Organization | undefined): Installation {
  const installation = organization && call.state.installationIn(organization.id, app.id);
  if (installation === undefined) throw notFound();
  return installation;
}

function shapeOf(call: Call, installation: Installation) {
  const app = call.state.app(installation.app_id);
  const account = call.state.organization(installation.account_id);
  if (app === undefined || account === undefined) {
    throw new ApiError(500, `installation ${installation.id} belongs to nothing`);
  }
  return installationShape(installation, app, account, call.addresses);
}
