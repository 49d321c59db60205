/** What people do on GitHub that an app cares about: it changes the world, and is told. */
import { z } from 'zod';
import { actionSchema, type Action } from './action-schemas.ts';
import { codeActionSchemas, type CodeAction } from './code-action-schemas.ts';
import { actOnCode } from './code-actions.ts';
import type { GitHubEvents } from './events.ts';
import { isActiveMember, memberOf, type GitHubState } from './state.ts';
import { covers } from './roles.ts';
import type { Account, App, Installation, Organization, User } from './world.ts';

export type { ActionSeed } from './action-schemas.ts';

function isOfCode(action: Action): action is CodeAction {
  return codeActionSchemas.some(({ shape }) => shape.action.safeParse(action.action).success);
}

export class Actions {
  readonly #state: GitHubState;
  readonly #events: GitHubEvents;

  constructor(state: GitHubState, events: GitHubEvents) {
    this.#state = state;
    this.#events = events;
  }

  /**
   * @returns what the action says that it answers with
   * @throws Error saying what is not there or not valid
   */
  act(seed: unknown): object | undefined {
    const read = actionSchema.safeParse(seed);
    if (!read.success) throw new Error(`no such action: ${z.prettifyError(read.error)}`);
    const action = read.data;
    if (isOfCode(action)) {
      const events = action.webhook ? this.#events : this.#events.silent;
      return actOnCode({ state: this.#state, events }, action);
    }
    if ('org' in action) this.#inOrganization(action);
    else if ('installation_id' in action) this.#onInstallation(action);
    else if (action.action === 'rename_user') this.#renameUser(this.#user(action.login), action.to);
    else if (action.action === 'configure_app') this.#configure(action);
    else this.#revoke(action);
    return undefined;
  }

  #inOrganization(action: Extract<Action, { org: string }>): void {
    const organization = this.#organization(action.org);
    if (action.action === 'rename_organization') this.#rename(organization, action.to);
    else if (action.action === 'install') this.#install(organization, action);
    else if (action.action === 'remove_member') this.#remove(organization, action);
    else if (action.action === 'set_member') this.#set(organization, action);
    else {
      const change = action.action === 'join_team' ? 'added' : 'removed';
      const user = this.#user(action.login);
      const team = { id: 301, name: action.team };
      const sender = this.#ownerOf(organization, user);
      if (action.webhook) this.#events.membership(change, organization, user, team, sender);
    }
  }

  #renameUser(user: User, to: string): void {
    this.#keepNames(user);
    user.login = to;
  }

  #rename(organization: Organization, to: string): void {
    const from = organization.login;
    this.#keepNames(organization);
    organization.login = to;
    this.#events.organizationRenamed(organization, from, this.#ownerOf(organization));
  }

  /** What is under the old name is found there still. */
  #keepNames({ id, login }: Account): void {
    for (const { owner_id, name, former_names } of this.#state.world.repositories) {
      if (owner_id === id) former_names.push({ owner: login, name });
    }
  }

  #remove(organization: Organization, action: Extract<Action, { action: 'remove_member' }>): void {
    const user = this.#user(action.login);
    const member = memberOf(organization, user.id);
    if (member === undefined) throw new Error(`${action.login} is not in ${organization.login}`);
    const sender = this.#ownerOf(organization, user);
    organization.members = organization.members.filter(({ user_id }) => user_id !== user.id);
    if (action.webhook && member.state === 'active') {
      this.#events.organization('member_removed', organization, user, member, sender);
    }
  }

  #set(organization: Organization, action: Extract<Action, { action: 'set_member' }>): void {
    const { role, state, saml } = action;
    const user = this.#user(action.login);
    const before = memberOf(organization, user.id);
    const member = { user_id: user.id, public: before?.public ?? false, role, state, saml };
    organization.members = [
      ...organization.members.filter(({ user_id }) => user_id !== user.id),
      member,
    ];
    if (action.webhook && state === 'active' && before?.state !== 'active') {
      const sender = this.#ownerOf(organization, user);
      this.#events.organization('member_added', organization, user, member, sender);
    }
  }

  #install(organization: Organization, action: Extract<Action, { action: 'install' }>): void {
    const app = this.#app(action.app_id);
    const { installations } = this.#state.world;
    if (this.#state.installationIn(organization.id, app.id) !== undefined) {
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
    if (action.webhook) {
      this.#events.installation('created', installation, this.#ownerOf(organization));
    }
  }

  #onInstallation(action: Extract<Action, { installation_id: number }>): void {
    const installation = this.#state.installation(action.installation_id);
    const account = installation && this.#state.organization(installation.account_id);
    if (installation === undefined || account === undefined) {
      throw new Error(`there is no installation ${action.installation_id}`);
    }
    if (action.action === 'set_permissions') {
      installation.permissions = action.permissions;
      return;
    }
    if (action.action === 'choose_repositories') {
      this.#choose(installation, action, this.#ownerOf(account));
      return;
    }
    if (action.action === 'suspend') installation.suspended_at = this.#state.clock.timestamp();
    if (action.action === 'unsuspend') installation.suspended_at = null;
    const change = action.action === 'uninstall' ? 'deleted' : action.action;
    if (action.webhook) this.#events.installation(change, installation, this.#ownerOf(account));
    if (action.action !== 'uninstall') return;
    const { world, tokens } = this.#state;
    world.installations = world.installations.filter(({ id }) => id !== installation.id);
    tokens.revokeInstallation(installation.id);
  }

  #choose(
    installation: Installation,
    { repository_ids, webhook: told }: Extract<Action, { action: 'choose_repositories' }>,
    sender: User,
  ): void {
    const { repositories } = this.#state.world;
    const covered = () => repositories.filter((each) => covers(installation, each));
    const before = covered();
    installation.repository_ids = repository_ids;
    const after = covered();
    const added = after.filter((each) => !before.includes(each));
    const removed = before.filter((each) => !after.includes(each));
    const events = told ? this.#events : this.#events.silent;
    if (added.length > 0) events.installationRepositories('added', installation, added, sender);
    if (removed.length > 0) {
      events.installationRepositories('removed', installation, removed, sender);
    }
  }

  #configure({ app_id, ...values }: Extract<Action, { action: 'configure_app' }>): void {
    const app = this.#app(app_id);
    const { webhook_url = app.webhook_url, setup_url = app.setup_url } = values;
    const { webhook_secret, callback_urls } = values;
    app.webhook_url = webhook_url;
    app.setup_url = setup_url;
    app.webhook_secret = webhook_secret ?? app.webhook_secret;
    app.callback_urls = callback_urls ?? app.callback_urls;
  }

  #revoke(action: Extract<Action, { action: 'revoke_authorization' }>): void {
    const app = this.#app(action.app_id);
    const user = this.#user(action.login);
    this.#state.tokens.revokeUser(app.id, user.id);
    this.#state.grants.revokeUser(app.id, user.id);
    if (action.webhook) this.#events.authorizationRevoked(app, user);
  }

  #app(appId: number): App {
    const app = this.#state.app(appId);
    if (app === undefined) throw new Error(`there is no app ${appId}`);
    return app;
  }

  #user(name: string): User {
    const user = this.#state.userByLogin(name);
    if (user === undefined) throw new Error(`there is nobody called ${name}`);
    return user;
  }

  #organization(name: string): Organization {
    const organization = this.#state.organizationByLogin(name);
    if (organization === undefined) throw new Error(`there is no organisation ${name}`);
    return organization;
  }

  /** Who did it: an administrator, another than the one whom it is about if there is one. */
  #ownerOf(organization: Organization, about?: User): User {
    const owners = organization.members.filter(
      ({ role, user_id }) => role === 'admin' && isActiveMember(organization, user_id),
    );
    const owner = owners.find(({ user_id }) => user_id !== about?.id) ?? owners[0];
    const user = owner && this.#state.user(owner.user_id);
    if (user === undefined) throw new Error(`${organization.login} has no administrator`);
    return user;
  }
}
