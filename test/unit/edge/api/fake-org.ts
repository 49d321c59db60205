/** An organisation in memory: tokens, policy and audit log are the real stores, members the test's. */
import { createHash } from 'node:crypto';
import type { Membership } from '#edge/github/membership.ts';
import { makeToken } from '#edge/gate/token.ts';
import { openSql } from '#edge/node/sql.ts';
import type { ClusterRecord, OrgCalls } from '#edge/objects/calls.ts';
import { Audit, steps as auditSteps } from '#edge/objects/stores/audit.ts';
import { Policies, steps as policySteps } from '#edge/objects/stores/policy.ts';
import { Tokens, steps as tokenSteps } from '#edge/objects/stores/tokens.ts';
import { migrate } from '#edge/schema.ts';
import { FakeCluster } from './fake-cluster.ts';
import type { FakeEdge } from './fake-edge.ts';

export class FakeOrg implements OrgCalls {
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
    const { clock, random, tokenHash } = edge;
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
    return {
      ok: true as const,
      value: { cluster, token: makeToken('bwc', this.#edge.random).token },
    };
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
