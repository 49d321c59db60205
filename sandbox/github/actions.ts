/** What people do on GitHub that an app cares about: it changes the world, and is told. */
import { z } from 'zod';
import type { GitHubEvents } from './events.ts';
import { isActiveMember, memberOf, type GitHubState } from './state.ts';
import type { App, Organization, User } from './world.ts';

const org = z.string();
const login = z.string();
const id = z.int().positive();
/** False: nobody is told, as when a webhook is lost without a trace. */
const webhook = z.boolean().default(true);
const permissions = z.record(z.string(), z.enum(['read', 'write', 'admin']));

export const actionSchema = z.discriminatedUnion('action', [
  z.strictObject({ action: z.literal('remove_member'), org, login, webhook }),
  /** Makes somebody a member, or changes what kind of member they are. */
  z.strictObject({
    action: z.literal('set_member'),
    org,
    login,
    role: z.enum(['admin', 'member', 'billing_manager']).default('member'),
    state: z.enum(['active', 'pending']).default('active'),
    saml: z.boolean().default(false),
    webhook,
  }),
  z.strictObject({
    action: z.enum(['join_team', 'leave_team']),
    org,
    login,
    team: z.string().default('Preview people'),
    webhook,
  }),
  /** The login goes to nobody; the number stays. */
  z.strictObject({ action: z.literal('rename_user'), login, to: z.string() }),
  z.strictObject({ action: z.literal('rename_organization'), org, to: z.string() }),
  z.strictObject({ action: z.literal('install'), app_id: id, org, webhook }),
  z.strictObject({
    action: z.enum(['suspend', 'unsuspend', 'uninstall']),
    installation_id: id,
    webhook,
  }),
  z.strictObject({ action: z.literal('set_permissions'), installation_id: id, permissions }),
  /** Where the app is reached and what it is signed with; a reset keeps it. */
  z.strictObject({
    action: z.literal('configure_app'),
    app_id: id,
    webhook_url: z.url().nullable().optional(),
    webhook_secret: z.string().min(1).optional(),
    callback_urls: z.array(z.url()).max(10).optional(),
  }),
  /** A person takes back what they allowed an app. */
  z.strictObject({ action: z.literal('revoke_authorization'), app_id: id, login, webhook }),
]);

export type Action = z.output<typeof actionSchema>;
export type ActionSeed = z.input<typeof actionSchema>;

export class Actions {
  readonly #state: GitHubState;
  readonly #events: GitHubEvents;

  constructor(state: GitHubState, events: GitHubEvents) {
    this.#state = state;
    this.#events = events;
  }

  /** @throws Error saying what is not there or not valid */
  act(seed: unknown): void {
    const read = actionSchema.safeParse(seed);
    if (!read.success) throw new Error(`no such action: ${z.prettifyError(read.error)}`);
    const action = read.data;
    if ('org' in action) this.#inOrganization(action);
    else if ('installation_id' in action) this.#onInstallation(action);
    else if (action.action === 'rename_user') this.#user(action.login).login = action.to;
    else if (action.action === 'configure_app') this.#configure(action);
    else this.#revoke(action);
  }

  #inOrganization(action: Extract<Action, { org: string }>): void {
    const organization = this.#organization(action.org);
    if (action.action === 'rename_organization') organization.login = action.to;
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
    if (action.action === 'suspend') installation.suspended_at = this.#state.clock.timestamp();
    if (action.action === 'unsuspend') installation.suspended_at = null;
    const change = action.action === 'uninstall' ? 'deleted' : action.action;
    if (action.webhook) this.#events.installation(change, installation, this.#ownerOf(account));
    if (action.action !== 'uninstall') return;
    const { world, tokens } = this.#state;
    world.installations = world.installations.filter(({ id }) => id !== installation.id);
    tokens.revokeInstallation(installation.id);
  }

  #configure({ app_id, ...values }: Extract<Action, { action: 'configure_app' }>): void {
    const app = this.#app(app_id);
    const { webhook_url = app.webhook_url, webhook_secret, callback_urls } = values;
    app.webhook_url = webhook_url;
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
