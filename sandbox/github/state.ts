/** Everything that the sandbox remembers, and the questions that are asked of it all the time. */
import { Clock } from './clock.ts';
import { GrantStore } from './grants.ts';
import { ManifestStore } from './manifests.ts';
import { worldOf } from './world-of.ts';
import { TokenStore } from './tokens.ts';
import type {
  Account,
  App,
  Installation,
  Member,
  Organization,
  Repository,
  User,
  World,
} from './world.ts';

export class GitHubState {
  readonly clock = new Clock();
  readonly tokens = new TokenStore(this.clock);
  readonly grants = new GrantStore(this.clock);
  readonly manifests = new ManifestStore(this.clock);
  world: World;

  /** @throws Error saying what is wrong with the seed */
  constructor(seed: unknown) {
    this.world = worldOf(seed);
  }

  /** Replaces the world; tokens and codes of the old one are void. */
  replace(seed: unknown): void {
    this.world = worldOf(seed);
    this.tokens.clear();
    this.grants.clear();
    this.manifests.clear();
    this.clock.reset();
  }

  /** Logins are compared without case, as GitHub does. */
  userByLogin(login: string): User | undefined {
    return this.world.users.find((user) => same(user.login, login));
  }

  user(id: number): User | undefined {
    return this.world.users.find((user) => user.id === id);
  }

  organizationByLogin(login: string): Organization | undefined {
    return this.world.organizations.find((organization) => same(organization.login, login));
  }

  organization(id: number): Organization | undefined {
    return this.world.organizations.find((organization) => organization.id === id);
  }

  app(id: number): App | undefined {
    return this.world.apps.find((app) => app.id === id);
  }

  appByClientId(clientId: string): App | undefined {
    return this.world.apps.find((app) => app.client_id === clientId);
  }

  installation(id: number): Installation | undefined {
    return this.world.installations.find((installation) => installation.id === id);
  }

  installationIn(accountId: number, appId: number): Installation | undefined {
    return this.world.installations.find(
      ({ account_id, app_id }) => account_id === accountId && app_id === appId,
    );
  }

  /** A person or an organisation. */
  account(id: number): Account | undefined {
    return this.organization(id) ?? this.user(id);
  }

  accountByLogin(login: string): Account | undefined {
    return this.organizationByLogin(login) ?? this.userByLogin(login);
  }

  repository(id: number): Repository | undefined {
    return this.world.repositories.find((repository) => repository.id === id);
  }

  repositoryByName(owner: string, name: string): Repository | undefined {
    const account = this.accountByLogin(owner);
    return this.world.repositories.find(
      (repository) => repository.owner_id === account?.id && same(repository.name, name),
    );
  }

  /** The one that had the name before; a name that somebody else has taken leads there. */
  repositoryByFormerName(owner: string, name: string): Repository | undefined {
    return this.world.repositories.find(({ former_names }) =>
      former_names.some((former) => same(former.owner, owner) && same(former.name, name)),
    );
  }
}

export function memberOf(organization: Organization, userId: number): Member | undefined {
  return organization.members.find(({ user_id }) => user_id === userId);
}

/**
 * Whether somebody counts among the members: one who is only invited does not, and neither does a
 * billing manager, who has a membership but none of a member's rights.
 */
export function isActiveMember(organization: Organization, userId: number): boolean {
  const member = memberOf(organization, userId);
  return member?.state === 'active' && member.role !== 'billing_manager';
}

function same(left: string, right: string): boolean {
  return left.toLowerCase() === right.toLowerCase();
}
