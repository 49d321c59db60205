/**
 * What objects answer each other and the API. Arguments and results are plain data: on one engine a
 * call stays in the process, on the other it goes to another machine.
 */
import type { Ingress } from '#protocol/control.ts';
import type { Account } from '../github/shapes.ts';

export type { Account };

export type Access = 'private' | 'public';

export interface NewPreview {
  intercept: { id: string; name: string };
  owner: Account;
  ingress: Ingress;
  access: Access;
  /** How long `public` holds; then it is private again. */
  publicForS: number;
}

export interface Preview extends Omit<NewPreview, 'publicForS'> {
  label: string;
  createdMs: number;
  /** While `access` is public: until when. 0 otherwise. */
  publicUntilMs: number;
}

/** Who may see a preview from now on. */
export type AccessChange = Pick<NewPreview, 'access' | 'publicForS'>;

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
  streams: number;
  queued_bytes: number;
  held_bytes: number;
  credit_whole: boolean;
}

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
  /** False: there is no such live preview. */
  remove(label: string): Promise<boolean>;
  /** Home only. The new number of shards; a number is never lowered. */
  raiseShards(count: number): Promise<Outcome<number>>;
  /** Home: ends the cluster, its tokens, previews and tunnels. False: there is none. */
  retire(): Promise<boolean>;
  retireHere(): Promise<void>;
  /** Home: of all shards. undefined: there is no such cluster. */
  status(): Promise<ShardStatus[] | undefined>;
  statusHere(): Promise<ShardStatus>;
}

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
}

/** The way from one object to another. */
export interface Objects {
  org(id: number): OrgCalls;
  /** undefined: the key fails its check, so that no guess wakes an object. */
  cluster(key: string, shard?: string): ClusterCalls | undefined;
  clusterOfLabel(label: string): ClusterCalls | undefined;
}
