/** Carries out what administrators do with an app that is installed. */
import type { Action } from './action-schemas.ts';
import type { Doing } from './deeds/doing.ts';
import { administratorOf } from './organization-actions.ts';
import { covers } from './roles.ts';
import type { Installation, User } from './world.ts';

type InstallationAction = Extract<Action, { installation_id: number }>;

/** @throws Error saying what is not there */
export function actOnInstallation(doing: Doing, action: InstallationAction): void {
  const { state, events } = doing;
  const installation = state.installation(action.installation_id);
  const account = installation && state.organization(installation.account_id);
  if (installation === undefined || account === undefined) {
    throw new Error(`there is no installation ${action.installation_id}`);
  }
  if (action.action === 'set_permissions') {
    installation.permissions = action.permissions;
    return;
  }
  const sender = administratorOf(doing, account);
  if (action.action === 'choose_repositories') {
    choose(doing, installation, action.repository_ids, sender);
    return;
  }
  if (action.action === 'suspend') installation.suspended_at = state.clock.timestamp();
  if (action.action === 'unsuspend') installation.suspended_at = null;
  const change = action.action === 'uninstall' ? 'deleted' : action.action;
  events.installation(change, installation, sender);
  if (action.action !== 'uninstall') return;
  const { world, tokens } = state;
  world.installations = world.installations.filter(({ id }) => id !== installation.id);
  tokens.revokeInstallation(installation.id);
}

function choose(
  { state, events }: Doing,
  installation: Installation,
  repositoryIds: number[] | null,
  sender: User,
): void {
  const covered = () => state.world.repositories.filter((each) => covers(installation, each));
  const before = covered();
  installation.repository_ids = repositoryIds;
  const after = covered();
  const added = after.filter((each) => !before.includes(each));
  const removed = before.filter((each) => !after.includes(each));
  if (added.length > 0) events.installationRepositories('added', installation, added, sender);
  if (removed.length > 0) events.installationRepositories('removed', installation, removed, sender);
}
