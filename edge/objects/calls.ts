/**
 * What objects answer each other and the API. Arguments and results are plain data: on one engine a
 * call stays in the process, on the other it goes to another machine.
 */
import type { Answer, PullId, Repository } from '#github-app/ports.ts';
import type { PullEvent, Source } from '#github-app/events.ts';
import type { Received } from '#github-app/inbox.ts';
import type { Ingress, InterceptReport } from '#protocol/control.ts';
import type { LoginCode } from '../gate/preview-login.ts';
import type { RepositoryToken } from '../github/pulls.ts';
import type { Account } from '../github/shapes.ts';
import type { Grant, LoginPort, PreviewPlace } from '../login/ports.ts';
import type { PreviewLife } from './lives.ts';
import type { PullSearch } from './pull-search.ts';
import type { AuditEntry, AuditFilter, AuditPage } from './stores/audit.ts';
import type { MembershipAnswer } from './stores/memberships.ts';
import type { Policy } from './stores/policy.ts';
import type { NewToken, TokenKind, TokenRecord } from './stores/token-record.ts';
import type { MadeToken, Verified } from './stores/tokens.ts';

export type { Account, PullId, Repository };

export type Access = 'private' | 'public';

/** Who may see a private preview: members of the organisation, or who may read its pull requests' repository. */
export type GateRule = 'org' | 'repo';

/** Of which working copy a preview is; what is missing is not known. */
export interface PreviewSource {
  /** `owner/name` at GitHub of its remotes; the one that pull requests go to first. */
  remotes: string[];
  /** Where a push goes: whose repository, and which branch there. */
  owner?: string | undefined;
  branch?: string | undefined;
  /** Of HEAD. */
  sha?: string | undefined;
  /** The owner's word, which decides alone; a number is one of the first remote. */
  pr?: { repository: string; number: number } | number | 'none' | undefined;
}

/** A pull request that shows a preview. */
export interface PullRef {
  repository: Repository;
  number: number;
  /** Since when. */
  sinceMs: number;
}

/** Somebody who was let into one preview. */
export interface Guest {
  user: Account;
  untilMs: number;
}

export interface NewPreview {
  intercept: { id: string; name: string };
  owner: Account;
  ingress: Ingress;
  access: Access;
  /** How long `public` holds; then it is private again. */
  publicForS: number;
  /** From its beginning; its owner may extend that. */
  lifeS?: number | undefined;
  /** It ends this long after its last use. */
  idleS?: number | undefined;
  /** What its pages say at their bottom; undefined: nothing. */
  banner?: { organisation?: string } | undefined;
  source?: PreviewSource | undefined;
  /** undefined: as it was, and of a new one `org`. */
  gate?: GateRule | undefined;
}

/** Why a preview is over; `left`: with its intercept. */
export const endReasons = ['removed', 'left', 'expired', 'idle', 'pull-request'] as const;
export type EndReason = (typeof endReasons)[number];

/** That a preview is over. */
export interface Ending {
  reason: EndReason;
  /** Milliseconds since 1970. */
  atMs: number;
  /** A login, or what stands for one; missing: nobody's word. */
  by?: string;
}

export interface Preview extends Omit<NewPreview, 'publicForS' | 'lifeS' | 'idleS'> {
  label: string;
  createdMs: number;
  /** While `access` is public: until when. 0 otherwise. */
  publicUntilMs: number;
  /** Goes up when access is taken away: sessions of a lower one are void. */
  epoch: number;
  /** Missing where it is of no account. */
  life?: PreviewLife;
  /** Pull requests that show it; missing: none. */
  pulls?: PullRef[];
  /** What came of the last look for them; missing: nobody has looked. */
  pullSearch?: PullSearch;
  /** Missing: nobody. */
  guests?: Guest[];
  /** Who was denied and asks to be let in; missing: nobody. */
  askers?: Account[];
  /** When it was made private last, by each: `2001#7` is a pull request, '' anybody else. */
  madePrivate?: { by: string; atMs: number }[];
}

/** A live preview as a pull request shows it. */
export interface PreviewFound extends Preview {
  /** `waiting`: for the laptop. `offline`: the connector is away. */
  state: 'live' | 'waiting' | 'offline';
  /** Name of the workload. */
  service: string;
}

/** Which live previews are asked for. */
export type PreviewQuery =
  | { kind: 'pull'; pull: PullId }
  /** Those at any pull request of the repository. */
  | { kind: 'repository'; repositoryId: number }
  /** Made from that head, not at the pull request yet, and free to be. */
  | {
      kind: 'head';
      pull: PullId;
      /** `owner/name` and ids of the pull request's two repositories, as far as they are known. */
      names: string[];
      repositoryIds: number[];
      owner: string | undefined;
      branch: string;
      sha: string;
    };

/** To which pull requests a preview belongs. `named`: by its owner's word. */
export interface PullsFound {
  outcome: PullSearch;
  installationId: number;
  /** Repositories of the organisation among its remotes. */
  repositoryIds: number[];
  named: { repository: Repository; number: number } | undefined;
  pulls: { repository: Repository; number: number }[];
}

/** An intercept as its connector reported it, with a preview or without. */
export interface InterceptView extends InterceptReport {
  /** False: the connector is away, and this is what it said last. */
  connected: boolean;
}

/** Who may see a preview from now on. `by`: a comment at that pull request says so. */
export type AccessChange = Pick<NewPreview, 'access' | 'publicForS'> & { by?: PullId };

export interface ClusterRecord {
  key: string;
  name: string;
  organisation: Account;
  created_at: string;
}

/** `taken`: the name is in use; `refused`: the connector's no; `missing`: there is no such cluster. */
export interface Refusal {
  kind: 'taken' | 'refused' | 'missing';
  reason: string;
}

export type Outcome<T> = { ok: true; value: T } | { ok: false; refusal: Refusal };

/** One shard's tunnel and what is open on it. */
export interface ShardStatus {
  shard: string;
  /** When this object was last woken up, in milliseconds since 1970. */
  awake_since_ms: number;
  connected: boolean;
  /** Software and version of the connector; '' while it is away. */
  connector: string;
  previews: number;
  /** Pages since the object woke up: with the banner, with it in plain, and without. */
  banners: { styled: number; plain: number; none: number };
  streams: number;
  queued_bytes: number;
  held_bytes: number;
  credit_whole: boolean;
}

/** What a shard must not believe any more; what is open on it closes (design, rule 1). */
export type Withdrawal =
  /** Membership ended, or must be asked about anew. */
  | { kind: 'person'; userId: number }
  /** The app was removed from the organisation. */
  | { kind: 'everybody' }
  /** Logins that are over, by their `sid`. */
  | { kind: 'logins'; sids: readonly string[] }
  /** Revoked, disabled, or with a new secret. */
  | { kind: 'token'; id: string }
  /** Who may read a repository, or any of them, must be asked about anew. */
  | { kind: 'repository'; repositoryId: number | 'any' }
  /** The same of one person, at one repository or at all. */
  | { kind: 'reader'; userId: number; repositoryId?: number }
  /** What the organisation allows from now on; where nothing may be public, nothing stays it. */
  | { kind: 'policy'; policy: Policy };

/** One shard of a cluster; `a` is the home of the cluster and answers for all. */
export interface ClusterCalls {
  /** Takes the key, or the shard of it, for an organisation. False: it was taken before. */
  claim(organisationId: number, shards: number): Promise<boolean>;
  /** Home only: creates a preview on one of the shards, or returns the live one like it. */
  create(input: NewPreview): Promise<Outcome<Preview>>;
  createHere(input: NewPreview): Promise<Outcome<Preview>>;
  /** The live preview of the same intercept and ingress on this shard, with its access changed. */
  reuse(input: NewPreview): Promise<Preview | undefined>;
  /** Home: of all shards. undefined: there is no such cluster. */
  list(): Promise<Preview[] | undefined>;
  listHere(): Promise<Preview[]>;
  find(label: string): Promise<Preview | undefined>;
  /** undefined: there is no such live preview. */
  setAccess(label: string, change: AccessChange): Promise<Preview | undefined>;
  /** What is open ends. undefined: there is no such live preview. */
  setGate(label: string, gate: GateRule): Promise<Preview | undefined>;
  /** `by`: whose word it is, as `Ending` has it. False: there is no such live preview. */
  remove(label: string, reason?: EndReason, by?: string): Promise<boolean>;
  /** undefined: it lives, never was, or ended long ago. */
  ending(label: string): Promise<Ending | undefined>;
  /** It lives that long from now on. undefined: there is no such live preview. */
  extend(label: string, forS: number): Promise<Preview | undefined>;
  /** Home: of all shards. */
  search(query: PreviewQuery): Promise<PreviewFound[]>;
  searchHere(query: PreviewQuery): Promise<PreviewFound[]>;
  /** The pull request shows the preview from now on. False: there is no such live preview. */
  attach(label: string, repository: Repository, number: number): Promise<boolean>;
  /** `end`: the preview ends with the last pull request that shows it. */
  detach(label: string, pull: PullId, end: boolean): Promise<boolean>;
  /** Lets one person in until then. undefined: there is no such live preview. */
  allow(label: string, user: Account, untilMs: number): Promise<Preview | undefined>;
  revokeAllow(label: string, userId: number): Promise<Preview | undefined>;
  /** Somebody asks to be let in; its pull requests and the dashboard show it. */
  askFor(label: string, user: Account): Promise<void>;
  /** Laptops of these intercepts came or went: pull requests on this shard show it. */
  tellPulls(interceptIds: readonly string[]): Promise<void>;
  /** Home only. The new number of shards; a number is never lowered. */
  raiseShards(count: number): Promise<Outcome<number>>;
  /** Home: oldest first. undefined: there is no such cluster. */
  intercepts(): Promise<InterceptView[] | undefined>;
  /**
   * Home: ends an intercept and its previews; its owner is told by whom. `by.login`: printable ASCII
   * without spaces. `refused`: the connector is away or says no.
   */
  endIntercept(id: string, by: { login: string }): Promise<Outcome<true>>;
  /** Home: ends the cluster, its tokens, previews and tunnels. False: there is none. */
  retire(): Promise<boolean>;
  retireHere(): Promise<void>;
  /** Home: of all shards. undefined: there is no such cluster. */
  status(): Promise<ShardStatus[] | undefined>;
  statusHere(): Promise<ShardStatus>;
  /** Whose the cluster is: GitHub's numeric id. undefined: there is no such cluster. */
  organisation(): Promise<number | undefined>;
  /** What a login has to know of a label; undefined: it was never issued here. */
  place(label: string): Promise<PreviewPlace | undefined>;
  /** Home: on all shards, before it resolves. */
  withdraw(what: Withdrawal): Promise<void>;
  withdrawHere(what: Withdrawal): Promise<void>;
}

/** A webhook delivery, verified; the ids tell it from its repetitions. */
export interface Told {
  guid: string;
  /** SHA-256, hex. */
  bodyHash: string;
}

/** What GitHub tells about one organisation. */
export type OrgNews =
  | { kind: 'member-removed' | 'member-added'; userId: number; installationId: number }
  | { kind: 'installation-gone'; installationId: number; suspended: boolean }
  | { kind: 'installed'; installationId: number; login: string }
  /** Who may read those repositories is different: all, or one person. */
  | {
      kind: 'readers-changed';
      installationId: number;
      of: ReadersChanged;
    };

/** Of some repositories everybody, or one person at one repository or at all. */
export type ReadersChanged =
  | { repositoryIds: readonly number[] | 'all' }
  | { userId: number; repositoryId: number | undefined };

/** `gh:<numeric id>`, `token:<id>`, `operator`, `github`, `edge`. */
export type Actor = string;

export interface OrgCalls {
  /** The token is returned this once and kept as a hash. */
  register(
    name: string,
    login: string,
    shards: number,
  ): Promise<Outcome<{ cluster: ClusterRecord; token: string }>>;
  clusters(): Promise<ClusterRecord[]>;
  /** Forgets a cluster and its tokens; its name is free again. */
  forget(key: string): Promise<boolean>;
  /** Whether the token is a connector token of the cluster. */
  admits(key: string, token: string): Promise<boolean>;

  /** By which installation GitHub is asked, learned at a login; `login` is the name of today. */
  installed(installationId: number, login: string): Promise<void>;
  membership(userId: number): Promise<MembershipAnswer>;
  /** Whether somebody may read a repository of the organisation; `member` says so. */
  readership(repositoryId: number, userId: number): Promise<MembershipAnswer>;
  /** Applies it once; resolves when every shard knows. `foreign`: not of this organisation's installation. */
  told(about: Told, news: OrgNews): Promise<'applied' | 'seen' | 'foreign'>;

  makeToken(input: NewToken, actor: Actor): Promise<Outcome<MadeToken>>;
  tokens(filter: { creatorId?: number; kind?: TokenKind }): Promise<TokenRecord[]>;
  /** Neither expired nor disabled. */
  token(id: string): Promise<TokenRecord | undefined>;
  verifyToken(text: string, kind: TokenKind): Promise<Verified>;
  rotateToken(id: string, graceMs: number | undefined, actor: Actor): Promise<Outcome<MadeToken>>;
  /** False: there is no such token. */
  revokeToken(id: string, actor: Actor): Promise<boolean>;
  /** The personal tokens of somebody who took the app's authorization back. */
  revokePersonal(userId: number): Promise<void>;

  policy(): Promise<Policy>;
  /** `patch`: any JSON; every shard knows when it resolves. */
  setPolicy(patch: unknown, actor: Actor, action?: string): Promise<Outcome<Policy>>;
  /** For what the app does at pull requests. `refused`: a token that GitHub did not take. */
  repositoryToken(repositoryId: number, refused?: string): Promise<RepositoryToken>;
  /** Whether events of that installation are about this organisation, and of any account here (threat 49). */
  isOwn(installationId: number): Promise<boolean>;
  findPulls(owner: Account, source: PreviewSource): Promise<Answer<PullsFound>>;

  /** One row more. */
  note(entry: Pick<AuditEntry, 'actor' | 'action' | 'subject' | 'details'>): Promise<void>;
  audit(filter: AuditFilter): Promise<Outcome<AuditPage>>;
}

/** Who is signed in, everywhere; one object. Whether they may see anything, organisations say. */
export type IdentityCalls = Omit<LoginPort, 'preview' | 'membership' | 'readership' | 'askFor'> & {
  /** Gives a code once, and remembers that the login has a session there (threat 5). */
  consumeCode(hash: string): Promise<LoginCode | undefined>;
  /** When the login ends, milliseconds since 1970; undefined: it has ended. */
  loginUntil(sid: string): Promise<number | undefined>;
  /** Whose an access token is. */
  grantOfAccess(token: string): Promise<Grant | undefined>;
  /** The person took the app's authorization back: logins, grants and personal tokens end. */
  endPerson(userId: number): Promise<void>;
  /** Which organisation a token belongs to: its id alone does not tell. */
  placeToken(id: string, organisationId: number, userId: number | undefined): Promise<void>;
  homeOfToken(id: string): Promise<number | undefined>;
  dropToken(id: string): Promise<void>;
};

/** One pull request; the installation was compared before (threat 49). */
export interface PullCalls {
  /** `guid`: of the delivery. `full`: to be refused, so that it can be redelivered. */
  receive(guid: string, source: Source, number: number, event: PullEvent): Promise<Received>;
  /** Something about its previews is different, or `repository` has another name. */
  changed(repository: Repository, number: number): Promise<void>;
}

/** The way from one object to another. */
export interface Objects {
  identity(): IdentityCalls;
  org(id: number): OrgCalls;
  pull(pull: PullId): PullCalls;
  /** undefined: the key fails its check, so that no guess wakes an object. */
  cluster(key: string, shard?: string): ClusterCalls | undefined;
  clusterOfLabel(label: string): ClusterCalls | undefined;
}
