/** What happens on the sandbox, told to the apps that may hear of it. */
import type { Addresses } from './addresses.ts';
import { covers } from './roles.ts';
import { accountShape, authorShape, nodeId, organizationShape } from './shapes/accounts.ts';
import { installationShape } from './shapes/apps.ts';
import { membershipShape } from './shapes/memberships.ts';
import { repositoryShape, repositoryStub } from './shapes/repositories.ts';
import { teamShape, type Team } from './shapes/teams.ts';
import type { GitHubState } from './state.ts';
import type { Event } from './webhooks.ts';
import type { App, Author, Installation, Member, Organization, Repository, User } from './world.ts';

export interface EventsOptions {
  readonly state: GitHubState;
  /** Under which links in payloads lead to the sandbox. */
  readonly addresses: () => Addresses;
  /** Takes an event for an app; nobody waits for it. */
  readonly send: (app: App, event: Event) => void;
}

export interface RepositoryEvent {
  readonly event: string;
  /** Without it an app is not told. */
  readonly permission: string;
  /** What the event says besides repository, organisation, installation and sender. */
  readonly payload: object;
  readonly sender: Author;
  /** Whose installations hear of it, if not the owner's alone. */
  readonly owners?: readonly number[];
  /** The only app that is told. */
  readonly appId?: number;
}

export class GitHubEvents {
  readonly #options: EventsOptions;

  constructor(options: EventsOptions) {
    this.#options = options;
  }

  /** Somebody has come into an organisation or left it. */
  organization(
    action: 'member_added' | 'member_removed',
    organization: Organization,
    user: User,
    { role }: Pick<Member, 'role'>,
    sender: User,
  ): void {
    const addresses = this.#options.addresses();
    // After a removal too, what they were: the description leaves open what stands here then, so an
    // app has to go by the action.
    const { organization: _whole, ...membership } = membershipShape(
      organization,
      user,
      { role, state: 'active' },
      addresses,
    );
    this.#toOrganization(organization, 'organization', {
      action,
      membership,
      organization: organizationShape(organization, addresses),
      sender: accountShape(sender, addresses),
    });
  }

  /** Somebody has come into a team or left it. Leaving the organisation is another event. */
  membership(
    action: 'added' | 'removed',
    organization: Organization,
    user: User,
    team: Team,
    sender: User,
  ): void {
    const addresses = this.#options.addresses();
    this.#toOrganization(organization, 'membership', {
      action,
      scope: 'team',
      member: accountShape(user, addresses),
      team: teamShape(team, organization, addresses),
      organization: organizationShape(organization, addresses),
      sender: accountShape(sender, addresses),
    });
  }

  /** An app was installed, suspended, allowed again or removed. */
  installation(
    action: 'created' | 'deleted' | 'suspend' | 'unsuspend',
    installation: Installation,
    sender: User,
  ): void {
    const { state, send } = this.#options;
    const addresses = this.#options.addresses();
    const app = state.app(installation.app_id);
    const account = state.organization(installation.account_id);
    if (app === undefined || account === undefined) return;
    const payload = {
      action,
      installation: installationShape(installation, app, account, addresses),
      repositories: state.world.repositories
        .filter((repository) => covers(installation, repository))
        .map((repository) => repositoryStub(repository, state)),
      requester: null,
      sender: accountShape(sender, addresses),
    };
    send(app, { event: 'installation', payload });
  }

  /** A person has taken back what they allowed an app: no installation and no organisation is in it. */
  authorizationRevoked(app: App, user: User): void {
    const sender = accountShape(user, this.#options.addresses());
    this.#options.send(app, {
      event: 'github_app_authorization',
      payload: { action: 'revoked', sender },
    });
  }

  /** The same, heard by nobody. */
  get silent(): GitHubEvents {
    return new GitHubEvents({ ...this.#options, send: () => undefined });
  }

  get addresses(): Addresses {
    return this.#options.addresses();
  }

  /** An organisation is called otherwise. */
  organizationRenamed(organization: Organization, from: string, sender: User): void {
    const { addresses } = this;
    this.#toOrganization(organization, 'organization', {
      action: 'renamed',
      changes: { login: { from } },
      organization: organizationShape(organization, addresses),
      sender: accountShape(sender, addresses),
    });
  }

  /** Repositories were put into an installation's hands, or taken out of them. */
  installationRepositories(
    action: 'added' | 'removed',
    installation: Installation,
    repositories: readonly Repository[],
    sender: User,
  ): void {
    const { state, send } = this.#options;
    const { addresses } = this;
    const app = state.app(installation.app_id);
    const account = state.organization(installation.account_id);
    if (app === undefined || account === undefined) return;
    const stubs = repositories.map((repository) => repositoryStub(repository, state));
    const shape = installationShape(installation, app, account, addresses);
    const payload = {
      action,
      installation: shape,
      repository_selection: shape.repository_selection,
      repositories_added: action === 'added' ? stubs : [],
      repositories_removed: action === 'removed' ? stubs : [],
      requester: null,
      sender: accountShape(sender, addresses),
    };
    send(app, { event: 'installation_repositories', payload });
  }

  /**
   * Something happened in a repository: to each app that is installed there, has asked for the event
   * and has the permission for it.
   */
  inRepository(
    repository: Repository,
    { event, permission, payload, sender, owners = [repository.owner_id], appId }: RepositoryEvent,
  ): void {
    const { state, send } = this.#options;
    const { addresses } = this;
    const organization = state.organization(repository.owner_id);
    const whole = {
      ...payload,
      repository: repositoryShape(repository, state, addresses),
      ...(organization === undefined
        ? {}
        : { organization: organizationShape(organization, addresses) }),
      sender: authorShape(sender, state, addresses),
    };
    for (const installation of state.world.installations) {
      const there = covers({ ...installation, account_id: repository.owner_id }, repository);
      if (!owners.includes(installation.account_id) || !there) continue;
      if (installation.permissions[permission] === undefined) continue;
      if (appId !== undefined && installation.app_id !== appId) continue;
      const app = this.#listener(installation, event);
      const { id } = installation;
      const stub = { id, node_id: nodeId('Installation', id) };
      if (app !== undefined) send(app, { event, payload: { ...whole, installation: stub } });
    }
  }

  /** To each app that is installed there, has asked for the event, and may see members. */
  #toOrganization(organization: Organization, event: string, payload: object): void {
    const { state, send } = this.#options;
    for (const installation of state.world.installations) {
      if (installation.account_id !== organization.id) continue;
      if (installation.permissions['members'] === undefined) continue;
      const app = this.#listener(installation, event);
      if (app === undefined) continue;
      const { id } = installation;
      send(app, {
        event,
        payload: { ...payload, installation: { id, node_id: nodeId('Installation', id) } },
      });
    }
  }

  /** The app, if it hears of the event and is not suspended there. */
  #listener({ app_id, suspended_at }: Installation, event: string): App | undefined {
    const app = this.#options.state.app(app_id);
    return suspended_at === null && app?.events.includes(event) === true ? app : undefined;
  }
}
