/**
 * The app host before objects in memory: their stores are the real ones, GitHub's word on members is
 * the test's. Every call that changes something stored is written down.
 */
import { createHmac } from 'node:crypto';
import type { Hono } from 'hono';
import { appOf, type ApiServices } from '#edge/api/app.ts';
import type { Grant } from '#edge/login/ports.ts';
import type {
  ClusterCalls,
  IdentityCalls,
  Objects,
  PullCalls,
  PullId,
} from '#edge/objects/calls.ts';
import type { PullEvent } from '#github-app/events.ts';
import type { Received } from '#github-app/inbox.ts';
import type { AuditEntry } from '#edge/objects/stores/audit.ts';
import { Paces } from '#edge/objects/stores/paces.ts';
import { makeToken } from '#edge/gate/token.ts';
import { clusterKeyOfLabel } from '#protocol/label.ts';
import type { FakeCluster } from './fake-cluster.ts';
import { FakeOrg } from './fake-org.ts';

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
  readonly random = random;
  readonly tokenHash = tokenHash;
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
