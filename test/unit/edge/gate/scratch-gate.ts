/** One cluster's object behind the gate; the other objects answer, fail or hang as the test says. */
import { cookieName } from '#edge/gate/cookies.ts';
import type { Gate } from '#edge/gate/gate.ts';
import { sessionCookie } from '#edge/gate/preview-login.ts';
import type { NewSession } from '#edge/gate/session-token.ts';
import { makeToken } from '#edge/gate/token.ts';
import { wayTo, type Asked, type Way } from '#edge/gate/way.ts';
import type { Membership } from '#edge/github/membership.ts';
import { openSql, type SqlFile } from '#edge/node/sql.ts';
import type { GateRule, IdentityCalls, Objects, OrgCalls, Preview } from '#edge/objects/calls.ts';
import { Cluster } from '#edge/objects/cluster.ts';
import { defaultPolicy } from '#edge/objects/stores/policy.ts';
import type { TokenRecord } from '#edge/objects/stores/token-record.ts';
import type { Verified } from '#edge/objects/stores/tokens.ts';
import type { Sql } from '#edge/ports.ts';
import type { SessionEvents } from '#protocol/transport.ts';
import { connect, ingress, interceptId, type FakeConnector } from '../scratch-edge.ts';
import { appOrigin, random, ring } from './key-ring.ts';

export const organisationId = 77;
export const clusterKey = 'aaaaaaaa';
export const alice = { id: 1001, login: 'alice' };
export const sid = 'login-of-alice';
export const hourMs = 3_600_000;
export const navigation = ['Sec-Fetch-Mode', 'navigate', 'Sec-Fetch-Dest', 'document'];
/** `Membership` of somebody who is one. */
export const member = { kind: 'member', role: 'member' } as const;

export class ScratchGate {
  nowMs = Date.UTC(2030, 0, 1);
  canSignIn = true;
  /** When the alarm is set to. */
  alarmMs: number | undefined;
  /** Calls of other objects, in order. */
  readonly calls: string[] = [];
  /** Statements that were run or asked for. */
  statements = 0;
  /** What each statement fails with. */
  sqlFault: Error | undefined;
  /** Before each call of another object; may throw, or never resolve. */
  before: (call: string) => Promise<void> = () => Promise.resolve();
  /** How old the organisation's answers on members are. */
  ageMs = 0;
  readonly members = new Map<number, Membership>([[alice.id, member]]);
  /** Who may read what: `repository:person`. */
  readonly readers = new Map<string, Membership>();
  readonly logins = new Map<string, number>([[sid, this.nowMs + 12 * hourMs]]);
  readonly tokens = new Map<string, Verified & { kind: 'valid' }>();
  readonly warnings: unknown[] = [];
  readonly gate: Gate;
  cluster!: Cluster;
  readonly #sql: SqlFile = openSql(':memory:');
  #tunnel: FakeConnector | undefined;

  constructor() {
    const objects = this.#objects();
    const canSignIn = (): boolean => this.canSignIn;
    this.gate = {
      ring,
      objects,
      clock: { nowMs: () => this.nowMs },
      random,
      log: { info() {}, warn: (fields) => void this.warnings.push(fields) },
      appOrigin: () => appOrigin,
      originOf: (label) => `https://${label}.preview.example.dev`,
      get canSignIn() {
        return canSignIn();
      },
    };
    this.restart();
    this.cluster.previews.claim(organisationId, 1);
  }

  /** Everything that was in memory is gone. */
  restart(): void {
    this.cluster = new Cluster(clusterKey, 'a', {
      ...this.gate,
      sql: this.#counted(),
      alarm: {
        set: (atMs) => void (this.alarmMs = atMs),
        clear: () => void (this.alarmMs = undefined),
      },
      version: '0.0.0',
      features: [],
      objects: this.#objects(),
    });
  }

  /** Connects a connector; without one nothing is relayed. */
  async connect(onOpen?: SessionEvents['onOpen']): Promise<FakeConnector> {
    const answers = { route: () => ({}), unroute: () => ({}) };
    this.#tunnel = await connect(this.cluster, answers, onOpen);
    return this.#tunnel;
  }

  async stop(): Promise<void> {
    this.#tunnel?.session.close(1000, 'done');
    await this.#tunnel?.closed;
    this.#sql.close();
  }

  async preview(
    access: Preview['access'],
    digit: string,
    more: { gate?: GateRule; owner?: typeof alice } = {},
  ): Promise<string> {
    const made = await this.cluster.createHere({
      intercept: { id: interceptId(digit), name: 'web' },
      owner: alice,
      ingress,
      access,
      publicForS: 86_400,
      ...more,
    });
    if (!made.ok) throw new Error(made.refusal.reason);
    return made.value.label;
  }

  /** What becomes of a request; it is answered once. `cluster` undefined: there is none for the label. */
  ask(label: string, asked: Partial<Omit<Asked, 'label'>> = {}, cluster?: null): Promise<Way> {
    const whole = { label, method: 'GET', target: '/', fields: [], ...asked };
    const text = (): Promise<string> => Promise.resolve('');
    return new Promise((resolve, reject) => {
      let answered = false;
      wayTo(this.gate, cluster === null ? undefined : this.cluster, { text, ...whole }, (way) => {
        if (answered) reject(new Error('answered twice'));
        answered = true;
        // Whoever answers twice does so before the next turn.
        setImmediate(() => resolve(way));
      });
    });
  }

  /** A `Cookie` field with a session of alice for that label. */
  async cookie(label: string, change: Partial<NewSession> = {}): Promise<string[]> {
    return ['Cookie', `${cookieName.session}=${await this.session(label, change)}`];
  }

  async session(label: string, change: Partial<NewSession> = {}): Promise<string> {
    const text = await sessionCookie(
      { ...this.gate, appOrigin, nowMs: this.nowMs, label, origin: this.gate.originOf(label) },
      {
        viewer: { kind: 'person', ...alice },
        organisationId,
        sid,
        epoch: 0,
        untilMs: this.nowMs + 12 * hourMs,
        ...change,
      },
    );
    return text.slice(text.indexOf('=') + 1, text.indexOf(';'));
  }

  /** A service token that is good for the whole organisation. */
  token(change: Partial<TokenRecord> = {}, former = false): { id: string; token: string } {
    const { id, token } = makeToken('bws', random);
    const record: TokenRecord = {
      id,
      kind: 'service',
      name: 'test',
      scopes: ['view'],
      binding: { kind: 'organisation' },
      creator: alice,
      createdMs: this.nowMs,
      expiresMs: this.nowMs + 24 * hourMs,
      lastUsedMs: undefined,
      secretMs: this.nowMs,
      formerUntilMs: undefined,
      disabled: false,
      ...change,
    };
    this.tokens.set(token, { kind: 'valid', record, former });
    return { id, token };
  }

  /** Turns the clock to the alarm and lets it go off. */
  async ring(): Promise<void> {
    if (this.alarmMs === undefined) throw new Error('no alarm is set');
    this.nowMs = Math.max(this.nowMs, this.alarmMs);
    await this.cluster.alarm();
  }

  #counted(): Sql {
    const count = (): SqlFile => {
      this.statements += 1;
      if (this.sqlFault) throw this.sqlFault;
      return this.#sql;
    };
    return {
      all: (statement, ...values) => count().all(statement, ...values),
      run: (statement, ...values) => count().run(statement, ...values),
      transaction: (work) => this.#sql.transaction(work),
    };
  }

  async #call<T>(call: string, answer: () => T): Promise<T> {
    this.calls.push(call);
    await this.before(call);
    return answer();
  }

  #objects(): Objects {
    const valid = (text: string): Verified => this.tokens.get(text) ?? { kind: 'unknown' };
    const record = (id: string): TokenRecord | undefined =>
      [...this.tokens.values()].map((each) => each.record).find((each) => each.id === id);
    const identity: Partial<IdentityCalls> = {
      loginUntil: (id) =>
        this.#call(`loginUntil ${id}`, () => {
          const untilMs = this.logins.get(id) ?? 0;
          return untilMs > this.nowMs ? untilMs : undefined;
        }),
      consumeCode: () => this.#call('consumeCode', () => undefined),
    };
    const org: Partial<OrgCalls> = {
      membership: (id) =>
        this.#call(`membership ${id}`, () => ({
          membership: this.members.get(id) ?? { kind: 'none' },
          ageMs: this.ageMs,
          epoch: 0,
        })),
      readership: (repositoryId, userId) =>
        this.#call(`readership ${repositoryId} ${userId}`, () => ({
          membership: this.readers.get(`${repositoryId}:${userId}`) ?? { kind: 'none' },
          ageMs: this.ageMs,
          epoch: 0,
        })),
      verifyToken: (text) => this.#call('verifyToken', () => valid(text)),
      token: (id) => this.#call('token', () => record(id)),
      policy: () => this.#call('policy', () => defaultPolicy),
    };
    return {
      identity: () => identity as IdentityCalls,
      org: () => org as OrgCalls,
      pull: () => never(),
      cluster: () => undefined,
      clusterOfLabel: () => undefined,
    };
  }
}

function never(): never {
  throw new Error('the gate asks no pull request');
}

/** The field that brings a token. */
export const withToken = (token: string): string[] => ['X-Byway-Token', token];

/** Status, reason, fields and body as one text. */
export function bytesOf(way: Way): string {
  if (way.kind !== 'page') throw new Error(`${way.kind} instead of a page`);
  const { status, reason, fields, body } = way.page;
  return JSON.stringify([status, reason, fields, new TextDecoder().decode(body)]);
}

/** `relay`, or the status of the page. */
export function outcome(way: Way): string | number {
  return way.kind === 'page' ? way.page.status : way.kind;
}

/** Of the first field with that name, as it is in a page. */
export function pageField(way: Way, name: string): string | undefined {
  if (way.kind !== 'page') return undefined;
  const { fields } = way.page;
  const at = fields.findIndex((each, index) => index % 2 === 0 && each.toLowerCase() === name);
  return at < 0 ? undefined : fields[at + 1];
}
