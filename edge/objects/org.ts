/**
 * The object of one GitHub organisation, named by its numeric id: its clusters, its tokens, who is a
 * member, what is allowed, and who did what.
 */
import type { Answer } from '#github-app/ports.ts';
import type { Sealer } from '../gate/sealer.ts';
import type { GitHubConfig } from '../github/config.ts';
import type { Alarm, Log } from '../ports.ts';
import { migrate } from '../schema.ts';
import type {
  Account,
  Actor,
  ClusterRecord,
  Objects,
  OrgCalls,
  OrgNews,
  Outcome,
  PreviewSource,
  PullsFound,
  Told,
} from './calls.ts';
import { Facts, nextDailyMs, steps as factSteps } from './facts.ts';
import { Clusters } from './organisation/clusters.ts';
import { EndedAccess } from './organisation/ended-access.ts';
import { foundPulls } from './organisation/found-pulls.ts';
import { Installation, steps as installationSteps } from './organisation/installation.ts';
import { News } from './organisation/news.ts';
import { OrgTokens } from './organisation/org-tokens.ts';
import { Readers } from './organisation/readers.ts';
import { reconcile } from './organisation/reconciliation.ts';
import { Withdrawals } from './organisation/withdrawals.ts';
import { steps as pushSteps, type Push } from './pushes.ts';
import * as audits from './stores/audit.ts';
import * as deliveries from './stores/deliveries.ts';
import * as memberships from './stores/memberships.ts';
import * as policies from './stores/policy.ts';
import type { StoreServices } from './stores/services.ts';
import type { NewToken, TokenKind, TokenRecord } from './stores/token-record.ts';
import * as tokens from './stores/tokens.ts';

const steps = [
  [
    `CREATE TABLE clusters (
      key TEXT PRIMARY KEY, name TEXT NOT NULL UNIQUE, login TEXT NOT NULL, created_ms INTEGER NOT NULL)`,
    `CREATE TABLE connector_tokens (
      hash TEXT PRIMARY KEY, cluster_key TEXT NOT NULL REFERENCES clusters (key), created_ms INTEGER NOT NULL)`,
  ],
  ['DROP TABLE connector_tokens'],
];

/** After a day's comparison for which GitHub was away. */
const againMs = 3_600_000;

export interface OrgServices extends StoreServices {
  alarm: Alarm;
  log: Log;
  /** 16 bytes: the check in cluster keys. */
  checkKey: Uint8Array;
  /** For tokens of GitHub's at rest. */
  sealer: Sealer;
  objects: Pick<Objects, 'cluster' | 'clusterOfLabel' | 'identity'>;
  /** undefined: nobody is a member of anything. */
  github: GitHubConfig | undefined;
  /** For tests; the engine's own when left out. */
  fetch?: typeof fetch | undefined;
}

export class Org implements OrgCalls {
  readonly #id: number;
  readonly #services: OrgServices;
  readonly #facts: Facts<'daily_ms'>;
  readonly #installation: Installation;
  readonly #memberships: memberships.Memberships;
  readonly #readers: Readers;
  readonly #tokens: tokens.Tokens;
  readonly #orgTokens: OrgTokens;
  readonly #policies: policies.Policies;
  readonly #audit: audits.Audit;
  readonly #deliveries: deliveries.SeenDeliveries;
  readonly #clusters: Clusters;
  readonly #withdrawals: Withdrawals;
  readonly #ended: EndedAccess;
  readonly #news: News;

  constructor(id: number, services: OrgServices) {
    const { sql } = services;
    this.#id = id;
    this.#services = services;
    migrate(sql, steps);
    migrate(sql, factSteps, 'facts');
    migrate(sql, installationSteps, 'installation');
    migrate(sql, pushSteps, 'pushes');
    migrate(sql, memberships.steps, 'memberships');
    migrate(sql, tokens.steps, 'tokens');
    migrate(sql, policies.steps, 'policy');
    migrate(sql, audits.steps, 'audit');
    migrate(sql, deliveries.steps, 'deliveries');
    this.#facts = new Facts(sql);
    const name = (): string | undefined => this.#clusters.list()[0]?.organisation.login;
    this.#installation = new Installation(id, services, name);
    this.#memberships = new memberships.Memberships(services, (userId) =>
      this.#installation.membershipOf(userId),
    );
    this.#readers = new Readers(services.clock, (repositoryId, userId) =>
      this.#installation.readershipOf(repositoryId, userId),
    );
    this.#tokens = new tokens.Tokens(services);
    this.#policies = new policies.Policies(services);
    this.#audit = new audits.Audit(services);
    this.#deliveries = new deliveries.SeenDeliveries(services);
    this.#clusters = new Clusters(id, services, () => this.#installation.login);
    this.#withdrawals = new Withdrawals({
      ...services,
      clusters: this.#clusters,
      policy: () => this.#policies.current,
      onChange: () => this.#setAlarm(),
    });
    this.#orgTokens = new OrgTokens({
      ...services,
      organisationId: id,
      tokens: this.#tokens,
      clusters: this.#clusters,
      withdrawals: this.#withdrawals,
      audit: this.#audit,
    });
    const parts = {
      sql,
      installation: this.#installation,
      memberships: this.#memberships,
      readers: this.#readers,
      tokens: this.#orgTokens,
      withdrawals: this.#withdrawals,
      audit: this.#audit,
    };
    this.#ended = new EndedAccess(parts);
    this.#news = new News({ ...parts, deliveries: this.#deliveries, ended: this.#ended });
    // An alarm that went off while nobody listened is set again here.
    this.#setAlarm();
  }

  /** Registers a cluster; the token is returned this once and kept as a hash. */
  async register(
    name: string,
    login: string,
    shards: number,
  ): Promise<Outcome<{ cluster: ClusterRecord; token: string }>> {
    if (this.#clusters.hasName(name)) return taken(name);
    const key = await this.#clusters.claim(shards);
    // Somebody else may have taken the name meanwhile.
    if (this.#clusters.hasName(name)) return this.#giveUp(key, taken(name));
    const cluster = this.#clusters.insert(key, name, login);
    const made = await this.#orgTokens.first(key, name);
    if (!made.ok) return this.#giveUp(key, made);
    return { ok: true, value: { cluster, token: made.value.token } };
  }

  async clusters(): Promise<ClusterRecord[]> {
    return this.#clusters.list();
  }

  async forget(key: string): Promise<boolean> {
    const { found, records } = this.#services.sql.transaction(() => {
      this.#withdrawals.forget(key);
      return {
        found: this.#clusters.delete(key),
        records: this.#orgTokens.revokeOfCluster(key),
      };
    });
    await this.#orgTokens.settle([], records);
    return found;
  }

  async admits(key: string, token: string): Promise<boolean> {
    const verified = await this.#tokens.verify(token, 'connector');
    if (verified.kind !== 'valid') return false;
    const { binding } = verified.record;
    return binding.kind === 'cluster' && binding.key === key;
  }

  async installed(installationId: number, login: string): Promise<void> {
    if (this.#installation.id === installationId) this.#installation.rename(login);
    else if (await this.#installation.fits(installationId)) {
      this.#installation.take(installationId, login);
      this.#memberships.forgetDenials();
      this.#readers.forget({ repositoryIds: 'all' });
    }
    this.#startDays();
  }

  membership(userId: number): Promise<memberships.MembershipAnswer> {
    return this.#memberships.of(userId);
  }

  readership(repositoryId: number, userId: number): Promise<memberships.MembershipAnswer> {
    return this.#readers.of(repositoryId, userId);
  }

  async told(about: Told, news: OrgNews): Promise<'applied' | 'seen' | 'foreign'> {
    const applied = await this.#news.take(about, news);
    if (news.kind === 'installed' && applied === 'applied') this.#startDays();
    return applied;
  }

  makeToken(input: NewToken, actor: Actor): Promise<Outcome<tokens.MadeToken>> {
    return this.#orgTokens.make(input, actor);
  }

  async tokens(filter: { creatorId?: number; kind?: TokenKind }): Promise<TokenRecord[]> {
    return this.#tokens.list(filter);
  }

  async token(id: string): Promise<TokenRecord | undefined> {
    const record = this.#tokens.find(id);
    return record?.disabled ? undefined : record;
  }

  verifyToken(text: string, kind: TokenKind): Promise<tokens.Verified> {
    return this.#tokens.verify(text, kind);
  }

  rotateToken(
    id: string,
    graceMs: number | undefined,
    actor: Actor,
  ): Promise<Outcome<tokens.MadeToken>> {
    return this.#orgTokens.rotate(id, graceMs, actor);
  }

  revokeToken(id: string, actor: Actor): Promise<boolean> {
    return this.#orgTokens.revoke(id, actor);
  }

  async revokePersonal(userId: number): Promise<void> {
    const { pushes, records } = this.#orgTokens.revokePersonalOf(userId, 'github');
    await this.#orgTokens.settle(pushes, records);
  }

  async policy(): Promise<policies.Policy> {
    return this.#policies.current;
  }

  async setPolicy(
    patch: unknown,
    actor: Actor,
    action = 'policy.change',
  ): Promise<Outcome<policies.Policy>> {
    const subject = String(this.#id);
    const pushes: Push[] = [];
    const updated = this.#policies.update(patch, ({ policy, changed }) => {
      const names = Object.keys(changed) as (keyof policies.Policy)[];
      if (names.length === 0) return;
      const to = Object.fromEntries(names.map((name) => [name, policy[name]]));
      this.#audit.append({ actor, action, subject, details: { from: changed, to } });
      pushes.push(...this.#withdrawals.toAll({ kind: 'policy', policy }));
    });
    if (!updated.ok) return updated;
    await this.#withdrawals.deliverAll(pushes);
    return { ok: true, value: updated.value.policy };
  }

  repositoryToken(repositoryId: number, refused?: string) {
    return this.#installation.repositoryToken(repositoryId, refused);
  }

  /** Organisations without a cluster have nothing that a pull request could show. */
  async isOwn(installationId: number): Promise<boolean> {
    return this.#clusters.list().length > 0 && (await this.#installation.isOwn(installationId));
  }

  findPulls(owner: Account, source: PreviewSource): Promise<Answer<PullsFound>> {
    return foundPulls(this.#installation, owner, source);
  }

  async note(entry: Parameters<OrgCalls['note']>[0]): Promise<void> {
    this.#audit.append(entry);
  }

  async audit(filter: audits.AuditFilter): Promise<Outcome<audits.AuditPage>> {
    return this.#audit.list(filter);
  }

  /** What did not arrive is sent again; once a day members are compared and old rows go. */
  async alarm(): Promise<void> {
    try {
      await this.#withdrawals.retry();
      await this.#daily();
    } catch (error) {
      const { log } = this.#services;
      log.warn({ organisation: this.#id, error: String(error) }, 'the upkeep was not finished');
    }
    this.#setAlarm();
  }

  async #daily(): Promise<void> {
    const { clock, log } = this.#services;
    const dueMs = this.#facts.get('daily_ms');
    if (dueMs === undefined || clock.nowMs() < dueMs) return;
    for (const store of [this.#tokens, this.#audit, this.#deliveries]) store.clean();
    // Even if the rest throws, not at once again.
    this.#facts.set('daily_ms', clock.nowMs() + againMs);
    const done = await reconcile({
      installation: this.#installation,
      memberships: this.#memberships,
      tokens: this.#tokens,
      ended: this.#ended,
      log,
    });
    if (!done) return;
    // Not before: whoever is forgotten is not compared.
    this.#memberships.clean();
    this.#facts.set('daily_ms', nextDailyMs(this.#id, clock.nowMs()));
  }

  #startDays(): void {
    if (this.#facts.get('daily_ms') !== undefined) return;
    this.#facts.set('daily_ms', nextDailyMs(this.#id, this.#services.clock.nowMs()));
    this.#setAlarm();
  }

  #setAlarm(): void {
    const dailyMs = this.#facts.get('daily_ms') ?? Infinity;
    const nextMs = Math.min(dailyMs, this.#withdrawals.nextMs);
    if (nextMs < Infinity) this.#services.alarm.set(nextMs);
  }

  async #giveUp(key: string, why: Outcome<never>): Promise<Outcome<never>> {
    await this.forget(key);
    await this.#services.objects.cluster(key)?.retire();
    return why;
  }
}

function taken(name: string): Outcome<never> {
  const reason = `the organisation has a cluster “${name}” already`;
  return { ok: false, refusal: { kind: 'taken', reason } };
}
