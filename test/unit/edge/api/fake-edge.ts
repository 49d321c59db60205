/**
 * The app host before objects in memory: their stores are the real ones, GitHub's word on members is
 * the test's. Every call that changes something stored is written down.
 */
import { createHash, createHmac } from 'node:crypto';
import type { Hono } from 'hono';
import { appOf, type ApiServices } from '#edge/api/app.ts';
import type { Membership } from '#edge/github/membership.ts';
import type { Grant } from '#edge/login/ports.ts';
import { openSql } from '#edge/node/sql.ts';
import type {
  AccessChange,
  ClusterCalls,
  ClusterRecord,
  Guest,
  IdentityCalls,
  NewPreview,
  Objects,
  OrgCalls,
  Outcome,
  Preview,
  PullCalls,
  PullId,
} from '#edge/objects/calls.ts';
import type { PullEvent } from '#github-app/events.ts';
import type { Received } from '#github-app/inbox.ts';
import { Audit, steps as auditSteps, type AuditEntry } from '#edge/objects/stores/audit.ts';
import { Paces } from '#edge/objects/stores/paces.ts';
import { Policies, steps as policySteps } from '#edge/objects/stores/policy.ts';
import { Tokens, steps as tokenSteps } from '#edge/objects/stores/tokens.ts';
import { makeToken } from '#edge/gate/token.ts';
import { migrate } from '#edge/schema.ts';
import { clusterKeyOfLabel } from '#protocol/label.ts';

export const appUrl = 'https://byway.example.com';
export const operatorToken = 'operator-token-of-the-test';
export const formerOperatorToken = 'operator-token-before-that';
export const acme = { id: 77, login: 'acme' };
export const others = { id: 88, login: 'others' };
export const alice = { id: 1001, login: 'alice' };
export const bob = { id: 1002, login: 'bob' };
export const carol = { id: 1003, login: 'carol' };
export const ingress = { host: 'ingress.internal', port: 443, tls: true, l5: 'shop.example.com' };
export const interceptId = (digit: string): string => digit.repeat(32);

export const random = { bytes: (count: number) => crypto.getRandomValues(new Uint8Array(count)) };
export const tokenHash = {
  of: (token: string) => Promise.resolve(createHmac('sha256', 'k').update(token).digest('hex')),
};

// What answers hold is for each test to know.
// oxlint-disable-next-line typescript/no-explicit-any
type Body = any;
export interface Answer {
  status: number;
  body: Body;
  text: string;
  headers: Headers;
}

export class FakeEdge implements Objects {
  nowMs = Date.UTC(2026, 0, 1);
  readonly clock = { nowMs: () => this.nowMs };
  /** Names of calls, all of them. */
  readonly calls: string[] = [];
  /** Names of calls that change what is stored. */
  readonly changes: string[] = [];
  readonly logged: unknown[] = [];
  readonly faults: Error[] = [];
  readonly orgs = new Map<number, FakeOrg>();
  readonly clusters = new Map<string, FakeCluster>();
  readonly grants = new Map<string, Grant>();
  readonly homes = new Map<string, number>();
  readonly endedPersons: number[] = [];
  readonly paces = new Paces(this.clock);
  maxGuests = 100;
  address = '192.0.2.1';
  app!: Hono;

  async open(more: Partial<ApiServices> = {}): Promise<this> {
    const write = (fields: unknown, message: string) => void this.logged.push([fields, message]);
    this.app = appOf({
      objects: this,
      shards: 1,
      appUrl: () => appUrl,
      originOf: (label) => `https://${label}.preview.example.dev`,
      version: '0.0.0',
      operatorHashes: await Promise.all([operatorToken, formerOperatorToken].map(tokenHash.of)),
      tokenHash,
      clock: this.clock,
      log: { info: write, warn: write },
      addressOf: () => this.address,
      report: (error) => this.faults.push(error),
      ...more,
    });
    return this;
  }

  org(id: number): FakeOrg {
    const org = this.orgs.get(id) ?? new FakeOrg(this, id);
    this.orgs.set(id, org);
    return org;
  }

  /** What pull requests were told, with what they answer. */
  readonly pullNews: { pull: PullId; guid: string; event: PullEvent }[] = [];
  received: Received = 'queued';

  pull(pull: PullId): PullCalls {
    return {
      receive: async (guid, _source, _number, event) => {
        this.pullNews.push({ pull, guid, event });
        return this.received;
      },
      changed: async () => {},
    };
  }

  cluster(key: string): ClusterCalls | undefined {
    return this.clusters.get(key)?.asCalls();
  }

  clusterOfLabel(label: string): ClusterCalls | undefined {
    return this.cluster(clusterKeyOfLabel(label));
  }

  identity(): IdentityCalls {
    const calls: Partial<IdentityCalls> = {
      take: async (bucket, rate) => this.paces.take(bucket, rate),
      grantOfAccess: async (token) => {
        this.calls.push('grantOfAccess');
        return this.grants.get(token);
      },
      homeOfToken: async (id) => {
        this.calls.push('homeOfToken');
        return this.homes.get(id);
      },
      endPerson: async (userId) => {
        this.changes.push('endPerson');
        this.endedPersons.push(userId);
      },
    };
    return calls as IdentityCalls;
  }

  /** An access token as `byway login` gets it. */
  login(
    user: Grant['user'],
    organisation: Grant['organisation'] = acme,
    more: Partial<Grant> = {},
  ) {
    const { token } = makeToken('bwu', random);
    const scopes = ['view', 'intercept'] as const;
    this.grants.set(token, { user, organisation, scopes, device: 'laptop', ...more });
    return token;
  }

  /** Registers a cluster by the operator. */
  async newCluster(of = acme, name = 'main'): Promise<string> {
    const { status, body } = await this.call('POST', '/api/v1/clusters', operatorToken, {
      name,
      organisation: of,
    });
    if (status !== 201) throw new Error(JSON.stringify(body));
    return body.key as string;
  }

  /** A preview of that owner, made by the operator. */
  async newPreview(cluster: string, owner: Grant['user'], digit = 'a'): Promise<string> {
    const wish = { cluster, intercept: { id: interceptId(digit), name: 'web' }, owner, ingress };
    const { status, body } = await this.call('POST', '/api/v1/previews', operatorToken, wish);
    if (status !== 201) throw new Error(JSON.stringify(body));
    return body.label as string;
  }

  /** By `bearer`; '' for none. */
  async call(
    method: string,
    path: string,
    bearer: string,
    body?: unknown,
    headers: Record<string, string> = {},
  ): Promise<Answer> {
    const response = await this.app.request(path, {
      method,
      headers: { ...(bearer === '' ? {} : { authorization: `Bearer ${bearer}` }), ...headers },
      ...(body === undefined
        ? {}
        : {
            body:
              typeof body === 'string' || body instanceof Uint8Array
                ? (body as string)
                : JSON.stringify(body),
          }),
    });
    const text = await response.text();
    let parsed: Body;
    try {
      parsed = text === '' ? undefined : JSON.parse(text);
    } catch {
      parsed = undefined;
    }
    return { status: response.status, headers: response.headers, text, body: parsed };
  }

  /** Actions and subjects of the audit log, the oldest first. */
  audited(of = acme.id): AuditEntry[] {
    const listed = this.org(of).log.list();
    return listed.ok ? listed.value.entries.toReversed() : [];
  }
}

class FakeOrg implements OrgCalls {
  readonly #edge: FakeEdge;
  readonly #id: number;
  readonly tokenStore: Tokens;
  readonly policies: Policies;
  readonly log: Audit;
  readonly members = new Map<number, Membership>();
  readonly news: unknown[] = [];
  outcome: 'applied' | 'seen' | 'foreign' | Error = 'applied';

  constructor(edge: FakeEdge, id: number) {
    this.#edge = edge;
    this.#id = id;
    const sql = openSql(':memory:');
    const { clock } = edge;
    migrate(sql, tokenSteps, 'tokens');
    migrate(sql, policySteps, 'policy');
    migrate(sql, auditSteps, 'audit');
    this.tokenStore = new Tokens({ sql, clock, random, tokenHash });
    this.policies = new Policies({ sql });
    this.log = new Audit({ sql, clock });
  }

  async register(name: string, login: string) {
    this.#edge.changes.push('register');
    const mine = await this.clusters();
    if (mine.some((each) => each.name === name)) {
      const refusal = { kind: 'taken' as const, reason: `the name “${name}” is taken` };
      return { ok: false as const, refusal };
    }
    const key = createHash('sha256')
      .update(`${this.#id}/${name}`)
      .digest('hex')
      .replaceAll(/[0189]/g, 'z')
      .slice(0, 8);
    const created_at = new Date(this.#edge.nowMs).toISOString();
    const cluster: ClusterRecord = { key, name, organisation: { id: this.#id, login }, created_at };
    this.#edge.clusters.set(key, new FakeCluster(this.#edge, cluster));
    return { ok: true as const, value: { cluster, token: makeToken('bwc', random).token } };
  }

  async clusters(): Promise<ClusterRecord[]> {
    return [...this.#edge.clusters.values()]
      .map(({ record }) => record)
      .filter(({ organisation }) => organisation.id === this.#id);
  }

  async forget(key: string): Promise<boolean> {
    return this.#edge.clusters.delete(key);
  }

  async admits(): Promise<boolean> {
    return false;
  }

  async installed(): Promise<void> {}

  async repositoryToken() {
    return { kind: 'gone' } as const;
  }

  /** The installation that the organisation has. */
  installationId = 501;

  async isOwn(installationId: number): Promise<boolean> {
    return installationId === this.installationId;
  }

  async findPulls() {
    return { kind: 'gone' } as const;
  }

  async membership(userId: number) {
    this.#edge.calls.push('membership');
    const membership = this.members.get(userId) ?? { kind: 'none' as const };
    return { membership, ageMs: 0, epoch: 0 };
  }

  /** Who may read what: `repository:person`. */
  readonly readers = new Map<string, Membership>();

  async readership(repositoryId: number, userId: number) {
    const membership = this.readers.get(`${repositoryId}:${userId}`) ?? { kind: 'none' as const };
    return { membership, ageMs: 0, epoch: 0 };
  }

  async told(about: unknown, news: unknown) {
    if (this.outcome instanceof Error) throw this.outcome;
    this.#edge.changes.push('told');
    this.news.push({ about, news });
    return this.outcome;
  }

  async makeToken(input: Parameters<OrgCalls['makeToken']>[0], actor: string) {
    this.#edge.changes.push('makeToken');
    const made = await this.tokenStore.make(input);
    if (made.ok) {
      this.#edge.homes.set(made.value.record.id, this.#id);
      this.#note(actor, 'token.create', made.value.record.id);
    }
    return made;
  }

  async tokens(filter: Parameters<OrgCalls['tokens']>[0]) {
    return this.tokenStore.list(filter);
  }

  async token(id: string) {
    return this.tokenStore.find(id);
  }

  async verifyToken(text: string, kind: Parameters<OrgCalls['verifyToken']>[1]) {
    this.#edge.calls.push('verifyToken');
    return this.tokenStore.verify(text, kind);
  }

  async rotateToken(id: string, graceMs: number | undefined, actor: string) {
    this.#edge.changes.push('rotateToken');
    const rotated = await this.tokenStore.rotate(id, graceMs);
    if (rotated.ok) this.#note(actor, 'token.rotate', id);
    return rotated;
  }

  async revokeToken(id: string, actor: string) {
    this.#edge.changes.push('revokeToken');
    const revoked = this.tokenStore.revoke(id);
    if (revoked) this.#note(actor, 'token.revoke', id);
    return revoked;
  }

  async revokePersonal(userId: number): Promise<void> {
    this.tokenStore.revokePersonal(userId);
  }

  async policy() {
    return this.policies.current;
  }

  async setPolicy(patch: unknown, actor: string, action = 'policy.change') {
    this.#edge.changes.push('setPolicy');
    const updated = this.policies.update(patch);
    if (!updated.ok) return updated;
    this.#note(actor, action, 'policy', updated.value.changed);
    return { ok: true as const, value: updated.value.policy };
  }

  async note({ actor, action, subject, details }: Parameters<OrgCalls['note']>[0]): Promise<void> {
    this.#edge.changes.push('note');
    this.#note(actor, action, subject, details);
  }

  async audit(filter: Parameters<OrgCalls['audit']>[0]) {
    return this.log.list(filter);
  }

  #note(actor: string, action: string, subject: string, details = {}): void {
    this.log.append({ actor, action, subject, details });
  }
}

class FakeCluster {
  readonly record: ClusterRecord;
  readonly #edge: FakeEdge;
  readonly #previews = new Map<string, Preview>();
  readonly #ended = new Set<string>();
  #shards = 1;

  constructor(edge: FakeEdge, record: ClusterRecord) {
    this.#edge = edge;
    this.record = record;
  }

  asCalls(): ClusterCalls {
    const { organisation, key } = this.record;
    const calls: Partial<ClusterCalls> = {
      organisation: async () => organisation.id,
      intercepts: async () => [],
      create: async (input) => this.#create(input),
      list: async () => [...this.#previews.values()],
      find: async (label) => this.#previews.get(label),
      setAccess: async (label, change) => this.#setAccess(label, change),
      remove: async (label) => {
        this.#edge.changes.push('remove');
        this.#ended.add(label);
        return this.#previews.delete(label);
      },
      setGate: async (label, gate) => {
        this.#edge.changes.push('setGate');
        const found = this.#previews.get(label);
        if (found) this.#previews.set(label, { ...found, gate });
        return this.#previews.get(label);
      },
      allow: async (label, user, untilMs) => {
        this.#edge.changes.push('allow');
        return this.#setGuests(label, user.id, [{ user, untilMs }]);
      },
      revokeAllow: async (label, userId) => {
        this.#edge.changes.push('revokeAllow');
        return this.#setGuests(label, userId, []);
      },
      askFor: async (label, user) => {
        const found = this.#previews.get(label);
        if (found) {
          this.#previews.set(label, { ...found, askers: [...(found.askers ?? []), user] });
        }
      },
      ending: async () => undefined,
      raiseShards: async (count) => {
        this.#edge.changes.push('raiseShards');
        this.#shards = Math.max(this.#shards, count);
        return { ok: true, value: this.#shards };
      },
      retire: async () => {
        this.#edge.changes.push('retire');
        return this.#edge.clusters.delete(key);
      },
      status: async () => [],
      place: async (label) =>
        this.#previews.has(label) || this.#ended.has(label)
          ? {
              organisationId: organisation.id,
              origin: `https://${label}.preview.example.dev`,
              epoch: 0,
              ended: this.#ended.has(label),
              guests: [],
            }
          : undefined,
    };
    return calls as ClusterCalls;
  }

  #setGuests(label: string, userId: number, added: Guest[]): Preview | undefined {
    const found = this.#previews.get(label);
    if (!found) return undefined;
    const others = (found.guests ?? []).filter(({ user }) => user.id !== userId);
    const askers = (found.askers ?? []).filter(({ id }) => added.length === 0 || id !== userId);
    const room = this.#edge.maxGuests - others.length;
    const changed = { ...found, askers, guests: [...others, ...added.slice(0, room)] };
    this.#previews.set(label, changed);
    return changed;
  }

  #create(input: NewPreview): Outcome<Preview> {
    this.#edge.changes.push('create');
    const { publicForS, lifeS: _lifeS, idleS: _idleS, ...rest } = input;
    const same = [...this.#previews.values()].find(
      ({ intercept, ingress: to }) =>
        intercept.id === input.intercept.id && JSON.stringify(to) === JSON.stringify(input.ingress),
    );
    const changed = same && this.#setAccess(same.label, input);
    if (changed) return { ok: true, value: changed };
    const count = String.fromCharCode(97 + this.#previews.size + this.#ended.size);
    const label = `amber-otter-${this.record.key}a-${count.repeat(20)}`;
    const createdMs = this.#edge.nowMs;
    const publicUntilMs = input.access === 'public' ? createdMs + publicForS * 1000 : 0;
    const gate = rest.gate ?? 'org';
    const preview: Preview = { ...rest, gate, label, createdMs, publicUntilMs, epoch: 0 };
    this.#previews.set(label, preview);
    return { ok: true, value: preview };
  }

  #setAccess(label: string, { access, publicForS }: AccessChange): Preview | undefined {
    this.#edge.changes.push('setAccess');
    const found = this.#previews.get(label);
    if (!found) return undefined;
    const publicUntilMs = access === 'public' ? this.#edge.nowMs + publicForS * 1000 : 0;
    const changed = { ...found, access, publicUntilMs };
    this.#previews.set(label, changed);
    return changed;
  }
}
