/**
 * What the GitHub App asks of its host: where to remember, GitHub's API, and the previews. Nothing here
 * throws for what the outside does; every answer says what became of the question.
 */
import type { Command } from './command.ts';

export type SqlValue = string | number | null;
export type Row = Readonly<Record<string, SqlValue>>;

/** Synchronous SQLite of one object; one statement per call, parameters are `?`. */
export interface Store {
  all(statement: string, ...values: SqlValue[]): Row[];
  run(statement: string, ...values: SqlValue[]): void;
  /** All or nothing; may nest. `work` is synchronous. */
  transaction<T>(work: () => T): T;
}

export interface Clock {
  /** Milliseconds since 1970. */
  nowMs(): number;
}

/** One alarm of one object: `PullRequest.alarm` is called at `atMs` or later, perhaps twice. */
export interface Alarm {
  /** Replaces the one that was set. Milliseconds since 1970. */
  set(atMs: number): void;
  clear(): void;
}

export interface Log {
  info(fields: Readonly<Record<string, unknown>>, message: string): void;
  warn(fields: Readonly<Record<string, unknown>>, message: string): void;
}

/** Numeric ids are what counts; a login is for showing, and for GitHub's paths. */
export interface Account {
  id: number;
  login: string;
}

/** `gone`: 404 or 410. `forbidden`: 403 that is no rate limit. */
export type Failure =
  | { kind: 'gone' }
  | { kind: 'forbidden' }
  | { kind: 'unavailable'; retryAfterMs: number };
export type Answer<T> = { kind: 'ok'; value: T } | Failure;

export interface Repository {
  id: number;
  owner: Account;
  name: string;
}

/** A pull request by what never changes. */
export interface PullId {
  repositoryId: number;
  number: number;
}

/**
 * Where GitHub is asked about it. `repository` carries the name that was told last: after a rename the
 * host finds the present one by the id, and never answers for another repository of the old name.
 */
export interface Place {
  repository: Repository;
  number: number;
}

export interface Head {
  sha: string;
  branch: string;
  /** undefined: the fork was deleted. `pushedMs`: the last push to any of its branches. */
  repository: { id: number; owner: Account; pushedMs: number } | undefined;
}

export interface Pull {
  number: number;
  state: 'open' | 'closed';
  /** While it is closed: since when. */
  closedMs: number | undefined;
  author: Account;
  head: Head;
  base: { repository: Repository };
}

export interface Comment {
  id: number;
  body: string;
  /** `User`, `Bot`. */
  authorType: string;
  /** Through which app it was written; a person may write through one too. */
  appId: number | undefined;
}

export type Reaction = 'eyes' | 'rocket' | 'confused';
/** GitHub's `permission`: maintain counts as write, triage as read. */
export type Permission = 'admin' | 'write' | 'read' | 'none';
export type DeploymentState = 'success' | 'inactive';

/** GitHub's API, with the installation's token. */
export interface PullRequests {
  pull(place: Place): Promise<Answer<Pull>>;
  /** Open ones whose head is `owner:branch`; always asked with the owner, or GitHub returns all. */
  pullsByHead(repository: Repository, owner: string, branch: string): Promise<Answer<Pull[]>>;
  /** Empty for commits of forks. */
  pullsOfCommit(repository: Repository, sha: string): Promise<Answer<Pull[]>>;
  comment(place: Place, id: number): Promise<Answer<Comment>>;
  /** All of them, oldest first. */
  comments(place: Place): Promise<Answer<Comment[]>>;
  createComment(place: Place, body: string): Promise<Answer<{ id: number }>>;
  updateComment(place: Place, id: number, body: string): Promise<Answer<unknown>>;
  react(place: Place, commentId: number, reaction: Reaction): Promise<Answer<unknown>>;
  /** `userId`: whom GitHub means by the login now. */
  permission(
    repository: Repository,
    login: string,
  ): Promise<Answer<{ permission: Permission; userId: number }>>;
  user(login: string): Promise<Answer<Account>>;
  createDeployment(
    place: Place,
    deployment: { sha: string; environment: string },
  ): Promise<Answer<{ id: number }>>;
  createDeploymentStatus(
    place: Place,
    deploymentId: number,
    status: { state: DeploymentState; url: string | undefined },
  ): Promise<Answer<unknown>>;
}

/** Who does something to a preview, for the audit log. */
export type Actor =
  | { kind: 'comment'; user: Account; commentId: number }
  /** The head is no longer the commit that was made public, which is `sha`. */
  | { kind: 'push'; sha: string }
  /** With it `remove` only detaches, while another open pull request holds the preview. */
  | { kind: 'closed'; pull: PullId };

export type Access = 'private' | 'public';

/** `live`: it answers. `waiting`: the laptop is away and may come back. `offline`: the connector is. */
export type PreviewState = 'live' | 'waiting' | 'offline';

/** A live preview as the pull request shows it. */
export interface Preview {
  label: string;
  /** `https://<label>.<preview domain>` */
  url: string;
  /** Name of the intercept, and of the workload or service. */
  name: string;
  service: string;
  owner: Account;
  access: Access;
  /** While it is public. */
  publicUntilMs: number;
  /** Otherwise: readers of its pull requests' repository may see it, instead of the organisation. */
  readersOnly?: boolean;
  /** When it ends by itself; undefined: not by time. */
  endsMs: number | undefined;
  /** Seconds without use after which it ends sooner; left out: it does not. */
  idleS?: number | undefined;
  state: PreviewState;
  /** Since when there is this preview for this pull request: made, or attached by its owner's word. */
  sinceMs: number;
  /** When it was last made private elsewhere than by this pull request; undefined: never. */
  madePrivateMs: number | undefined;
  /** Persons let in one by one. */
  allowed: readonly { user: Account; untilMs: number }[];
  /** Persons who were denied and ask to be let in. */
  askers: readonly Account[];
}

/** `refused`: the organisation's policy says no; `reason` is one line for people. */
export type Changed = Answer<unknown> | { kind: 'refused'; reason: string };

export type Role = 'admin' | 'member' | 'none';

/**
 * The edge. All of it concerns previews of one organisation, the owner of the repository: those of
 * another are never attached, whatever branch or commit they name.
 */
export interface Previews {
  /** The live ones. */
  attached(pull: PullId): Promise<Answer<Preview[]>>;
  /**
   * Live ones that were made from this head (its repository and branch, or its commit) and that this
   * pull request does not hold. Others may: a branch can have several. None whose owner has named
   * another pull request, or wants none.
   */
  attachable(
    organisationId: number,
    pull: PullId,
    head: Head,
  ): Promise<Answer<Pick<Preview, 'label' | 'owner' | 'sinceMs'>[]>>;
  /** Again: no effect. */
  attach(label: string, pull: PullId): Promise<Answer<unknown>>;
  find(label: string): Promise<Answer<Preview>>;
  setAccess(
    label: string,
    access: { access: 'public'; untilMs: number } | { access: 'private' },
    by: Actor,
  ): Promise<Changed>;
  /** Also of one that the pull request was about to hold. */
  remove(label: string, by: Actor): Promise<Changed>;
  /** Never shortens. */
  extend(label: string, untilMs: number, by: Actor): Promise<Changed>;
  allow(label: string, user: Account, untilMs: number, by: Actor): Promise<Changed>;
  revokeAllow(label: string, userId: number, by: Actor): Promise<Changed>;
  /** Active membership; an invitation is none. */
  role(organisationId: number, userId: number): Promise<Answer<Role>>;
}

export interface AppServices {
  store: Store;
  clock: Clock;
  alarm: Alarm;
  log: Log;
  github: PullRequests;
  previews: Previews;
  config: AppConfig;
}

export interface AppConfig {
  appId: number;
  /** Of the dashboard; shown in the comment. */
  dashboardUrl: string;
  /** `https://github.com`, without a slash at the end. */
  webUrl: string;
  /** Whether pull requests get a GitHub Deployment ("View deployment"). */
  deployments: boolean;
}

/** What a comment asks for, by whom. */
export interface Order {
  commentId: number;
  /** GitHub's, in whole seconds. */
  createdMs: number;
  /** Whether the pull request was closed then. */
  atClosed: boolean;
  actor: Account;
  command: Command;
}
