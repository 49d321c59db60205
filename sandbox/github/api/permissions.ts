/**
 * Which permission an operation in an organisation needs, from the tables of
 * https://docs.github.com/en/rest/authentication/permissions-required-for-github-apps
 */
import type { InstallationActor, UserActor } from '../actor.ts';
import { notAccessible } from '../reply.ts';
import type { GitHubState } from '../state.ts';
import { levels, type Level, type Organization, type Permissions } from '../world.ts';

interface Need {
  readonly permission: string;
  readonly level: Level;
}

const needs: Readonly<Record<string, Need>> = {
  'orgs/list-members': { permission: 'members', level: 'read' },
  'orgs/check-membership-for-user': { permission: 'members', level: 'read' },
  'orgs/get-membership-for-user': { permission: 'members', level: 'read' },
  'orgs/get-membership-for-authenticated-user': { permission: 'members', level: 'read' },
};

export function allows(permissions: Permissions, { permission, level }: Need): boolean {
  const granted = permissions[permission];
  return granted !== undefined && levels.indexOf(granted) >= levels.indexOf(level);
}

/**
 * What the token may do in an organisation: the app's permissions there, for a person only where
 * they belong to it. Undefined: the app is not installed there, or it is not their organisation.
 */
export function permissionsIn(
  organization: Organization,
  actor: InstallationActor | UserActor,
  state: GitHubState,
): Permissions | undefined {
  if (actor.kind === 'installation') {
    return actor.installation.account_id === organization.id ? actor.permissions : undefined;
  }
  const installation = state.installationIn(organization.id, actor.app.id);
  return installation?.suspended_at === null ? installation.permissions : undefined;
}

/** Whether the token may carry out the operation in the organisation. */
export function isPermitted(
  operationId: string,
  organization: Organization,
  actor: InstallationActor | UserActor,
  state: GitHubState,
): boolean {
  const need = needs[operationId];
  const permissions = permissionsIn(organization, actor, state);
  return permissions !== undefined && (need === undefined || allows(permissions, need));
}

/** @throws ApiError 403, in GitHub's words, when the token may not */
export function requirePermission(
  operationId: string,
  organization: Organization,
  actor: InstallationActor | UserActor,
  state: GitHubState,
): void {
  if (!isPermitted(operationId, organization, actor, state)) throw notAccessible();
}
