/** Carries out what people do in an organisation. */
import type { Action } from './action-schemas.ts';
import type { Doing } from './deeds/doing.ts';
import { isActiveMember, memberOf } from './state.ts';
import type { Account, Organization, User } from './world.ts';

type OrganizationAction = Extract<Action, { org: string }>;
type Of<Name extends OrganizationAction['action']> = Extract<OrganizationAction, { action: Name }>;

/** @throws Error saying what is not there or there already */
export function actInOrganization(doing: Doing, action: OrganizationAction): void {
  const organization = doing.state.organizationByLogin(action.org);
  if (organization === undefined) throw new Error(`there is no organisation ${action.org}`);
  switch (action.action) {
    case 'rename_organization':
      rename(doing, organization, action.to);
      break;
    case 'set_base_permission':
      organization.default_repository_permission = action.permission;
      break;
    case 'install':
      install(doing, organization, action.app_id);
      break;
    case 'remove_member':
      remove(doing, organization, action.login);
      break;
    case 'set_member':
      set(doing, organization, action);
      break;
    default: {
      const change = action.action === 'join_team' ? 'added' : 'removed';
      const user = userCalled(doing, action.login);
      const team = { id: 301, name: action.team };
      const sender = administratorOf(doing, organization, user);
      doing.events.membership(change, organization, user, team, sender);
    }
  }
}

function rename(doing: Doing, organization: Organization, to: string): void {
  const from = organization.login;
  keepNames(doing, organization);
  organization.login = to;
  doing.events.organizationRenamed(organization, from, administratorOf(doing, organization));
}

/** What is under the old name is found there still. */
export function keepNames({ state }: Doing, { id, login }: Account): void {
  for (const { owner_id, name, former_names } of state.world.repositories) {
    if (owner_id === id) former_names.push({ owner: login, name });
  }
}

function remove(doing: Doing, organization: Organization, login: string): void {
  const user = userCalled(doing, login);
  const member = memberOf(organization, user.id);
  if (member === undefined) throw new Error(`${login} is not in ${organization.login}`);
  const sender = administratorOf(doing, organization, user);
  organization.members = organization.members.filter(({ user_id }) => user_id !== user.id);
  takeRepositories(doing, organization, user);
  if (member.state !== 'active') return;
  doing.events.organization('member_removed', organization, user, member, sender);
}

/**
 * What somebody was given in single repositories goes with the membership:
 * https://docs.github.com/en/organizations/managing-membership-in-your-organization/reinstating-a-former-member-of-your-organization
 */
function takeRepositories({ state }: Doing, organization: Organization, { id }: User): void {
  for (const repository of state.world.repositories) {
    if (repository.owner_id !== organization.id) continue;
    repository.collaborators = repository.collaborators.filter(({ user_id }) => user_id !== id);
  }
}

function set(doing: Doing, organization: Organization, action: Of<'set_member'>): void {
  const { role, state, saml } = action;
  const user = userCalled(doing, action.login);
  const before = memberOf(organization, user.id);
  const member = { user_id: user.id, public: before?.public ?? false, role, state, saml };
  organization.members = [
    ...organization.members.filter(({ user_id }) => user_id !== user.id),
    member,
  ];
  if (state !== 'active' || before?.state === 'active') return;
  const sender = administratorOf(doing, organization, user);
  doing.events.organization('member_added', organization, user, member, sender);
}

function install(doing: Doing, organization: Organization, appId: number): void {
  const { state, events } = doing;
  const app = state.app(appId);
  if (app === undefined) throw new Error(`there is no app ${appId}`);
  const { installations } = state.world;
  if (state.installationIn(organization.id, app.id) !== undefined) {
    throw new Error(`${app.slug} is installed in ${organization.login} already`);
  }
  const installation = {
    id: Math.max(500, ...installations.map((each) => each.id)) + 1,
    app_id: app.id,
    account_id: organization.id,
    repository_ids: null,
    permissions: { ...app.permissions },
    suspended_at: null,
  };
  installations.push(installation);
  events.installation('created', installation, administratorOf(doing, organization));
}

/** Who did it: another than the one whom it is about if there is one. @throws Error: nobody could */
export function administratorOf({ state }: Doing, organization: Organization, about?: User): User {
  const owners = organization.members.filter(
    ({ role, user_id }) => role === 'admin' && isActiveMember(organization, user_id),
  );
  const owner = owners.find(({ user_id }) => user_id !== about?.id) ?? owners[0];
  const user = owner && state.user(owner.user_id);
  if (user === undefined) throw new Error(`${organization.login} has no administrator`);
  return user;
}

function userCalled({ state }: Doing, login: string): User {
  const user = state.userByLogin(login);
  if (user === undefined) throw new Error(`there is nobody called ${login}`);
  return user;
}
