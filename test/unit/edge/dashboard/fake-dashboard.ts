/**
 * The dashboard before objects in memory, and people with browsers: cookies, forms, the fields that
 * browsers send. GitHub's word on members is the test's.
 */
import type {
  ClusterCalls,
  ClusterRecord,
  IdentityCalls,
  InterceptView,
  Preview,
  ShardStatus,
} from '#edge/objects/calls.ts';
import type { PreviewLife } from '#edge/objects/lives.ts';
import { KeyRing } from '#edge/gate/signing.ts';
import type { DashboardParts } from '#edge/dashboard/services.ts';
import type { Login, LoginPort } from '#edge/login/ports.ts';
import type { LoginServices } from '#edge/login/services.ts';
import { acme, appUrl, FakeEdge, random } from '../api/fake-edge.ts';

export class FakeDashboard extends FakeEdge {
  readonly logins = new Map<string, Login>();
  readonly intercepts = new Map<string, InterceptView[]>();
  /** By label. */
  readonly lives = new Map<string, PreviewLife>();
  /** By label. */
  readonly pulls = new Map<string, NonNullable<Preview['pulls']>>();
  /** Clusters whose connector is away. */
  readonly away = new Set<string>();
  readonly ended: { id: string; by: string }[] = [];
  ring!: KeyRing;

  async start(parts: DashboardParts = {}): Promise<this> {
    this.ring = await KeyRing.from([{ kid: 'a', seed: new Uint8Array(32).fill(1) }]);
    const port: Partial<LoginPort> = {
      login: async (secret) => this.logins.get(secret),
      membership: async (organisationId, userId) =>
        (await this.org(organisationId).membership(userId)).membership,
      take: async () => ({ allowed: true, retryAfterS: 0 }),
    };
    const login: LoginServices = {
      port: port as LoginPort,
      ring: this.ring,
      sealKeys: [new Uint8Array(32).fill(7)],
      oauth: {
        authorizeUrl: ({ state }) => `https://github.com/login/oauth/authorize?state=${state}`,
        identify: () => Promise.reject(new Error('nobody comes back')),
      },
      appOrigin: () => appUrl,
      addressOf: () => this.address,
      clock: this.clock,
      random,
      log: { info: () => {}, warn: () => {} },
    };
    return this.open({ login, dashboard: parts });
  }

  override identity(): IdentityCalls {
    return {
      ...super.identity(),
      loginUntil: async (sid) =>
        [...this.logins.values()].find((login) => login.sid === sid)?.untilMs,
    };
  }

  override cluster(key: string): ClusterCalls | undefined {
    const calls = super.cluster(key);
    const found = this.clusters.get(key);
    if (!calls || !found) return calls;
    return {
      ...calls,
      list: async () => (await calls.list())?.map((each) => this.#withFacts(each)),
      find: async (label) => {
        const preview = await calls.find(label);
        return preview && this.#withFacts(preview);
      },
      extend: async (label, forS) => {
        this.changes.push('extend');
        this.lives.set(label, { ...this.lives.get(label)!, untilMs: this.nowMs + forS * 1000 });
        return (await this.cluster(key)?.find(label)) ?? undefined;
      },
      intercepts: async () => this.intercepts.get(key) ?? [],
      endIntercept: async (id, { login }) => {
        this.changes.push('endIntercept');
        this.ended.push({ id, by: login });
        const left = (this.intercepts.get(key) ?? []).filter((each) => each.id !== id);
        this.intercepts.set(key, left);
        return { ok: true, value: true };
      },
      status: async () => [this.#status(found.record)],
    };
  }

  #withFacts(preview: Preview): Preview {
    const { label } = preview;
    const [life, pulls] = [this.lives.get(label), this.pulls.get(label)];
    return { ...preview, ...(life && { life }), ...(pulls && { pulls }) };
  }

  readonly banners = { styled: 0, plain: 0, none: 0 };

  #status({ key }: ClusterRecord): ShardStatus {
    const connected = !this.away.has(key);
    const idle = { awake_since_ms: 0, queued_bytes: 0, held_bytes: 0, credit_whole: true };
    return {
      ...idle,
      shard: 'a',
      connected,
      connector: connected ? 'byway-connector/1.2.3' : '',
      previews: 0,
      banners: { ...this.banners },
      streams: 0,
    };
  }

  /** Somebody who is signed in on the app host; the first organisation is the one that is shown. */
  browser(user: Login['user'], organisations: Login['user'][] = [acme]): Browser {
    const secret = `secret-${this.logins.size}`;
    const sid = `sid-${this.logins.size}`;
    this.logins.set(secret, {
      sid,
      user,
      organisations: organisations.map((each) => ({ ...each, installationId: each.id })),
      untilMs: this.nowMs + 12 * 3_600_000,
    });
    return new Browser(this, new Map([['__Host-byway_sso', secret]]));
  }

  stranger(): Browser {
    return new Browser(this, new Map());
  }
}

export interface Seen {
  status: number;
  headers: Headers;
  text: string;
}

const navigation = {
  accept: 'text/html,*/*;q=0.8',
  'sec-fetch-mode': 'navigate',
  'sec-fetch-dest': 'document',
  'sec-fetch-site': 'same-origin',
};

export class Browser {
  readonly cookies: Map<string, string>;
  readonly #edge: FakeDashboard;

  constructor(edge: FakeDashboard, cookies: Map<string, string>) {
    this.#edge = edge;
    this.cookies = cookies;
  }

  /** As it came, for streams. */
  async raw(path: string, init: RequestInit & { headers?: Record<string, string> } = {}) {
    const cookie = [...this.cookies].map((pair) => pair.join('=')).join('; ');
    const headers = { ...navigation, ...(cookie === '' ? {} : { cookie }), ...init.headers };
    // A field that is to be left out.
    for (const [name, value] of Object.entries(headers)) {
      if (value === '-') delete (headers as Record<string, string>)[name];
    }
    const response = await this.#edge.app.request(path, { ...init, headers });
    for (const line of response.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]*)=([^;]*)/.exec(line) ?? [];
      if (/Max-Age=0\b/.test(line)) this.cookies.delete(name);
      else this.cookies.set(name, value);
    }
    return response;
  }

  async get(path: string, headers: Record<string, string> = {}): Promise<Seen> {
    const response = await this.raw(path, { headers });
    return { status: response.status, headers: response.headers, text: await response.text() };
  }

  /** A form of a page of ours; redirects are not followed. */
  async post(
    path: string,
    fields: Record<string, string> | [string, string][] = {},
    headers: Record<string, string> = {},
  ): Promise<Seen> {
    const body = new URLSearchParams(fields).toString();
    const type = 'application/x-www-form-urlencoded';
    const sent = { origin: appUrl, 'content-type': type, ...headers };
    const response = await this.raw(path, { method: 'POST', body, headers: sent });
    return { status: response.status, headers: response.headers, text: await response.text() };
  }
}

export function intercept(
  id: string,
  owner: InterceptView['owner'],
  more: Partial<InterceptView> = {},
): InterceptView {
  return {
    id,
    name: 'orders',
    workload: 'orders',
    namespace: 'shop',
    port: { name: 'http', number: 8080 },
    owner,
    laptop: 'alices-laptop',
    mechanism: 'http',
    headers: ['x-id'],
    state: 'active',
    createdMs: 0,
    waitingSinceMs: null,
    connected: true,
    ...more,
  };
}
