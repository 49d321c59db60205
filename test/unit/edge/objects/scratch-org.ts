/** An organisation's object over a database in memory, with clusters that remember what they are told. */
import { sealerOf } from '#edge/gate/sealer.ts';
import { createHmac } from 'node:crypto';
import { openSql, type SqlFile } from '#edge/node/sql.ts';
import type { GitHubConfig } from '#edge/github/config.ts';
import type { ClusterCalls, IdentityCalls, Withdrawal } from '#edge/objects/calls.ts';
import { Org } from '#edge/objects/org.ts';

export const checkKey = new Uint8Array(16).fill(3);
export const organisationId = 77;
export const alice = { id: 1001, login: 'alice' };
export const tokenHash = hashUnder('k');

function hashUnder(key: string) {
  const of = (token: string): string => createHmac('sha256', key).update(token).digest('hex');
  return { of: (token: string) => Promise.resolve(of(token)) };
}

export class ScratchOrg {
  readonly sql: SqlFile = openSql(':memory:');
  nowMs = Date.UTC(2026, 0, 1);
  /** When the alarm is set to. */
  alarmMs: number | undefined;
  chance: (count: number) => Uint8Array = (count) => crypto.getRandomValues(new Uint8Array(count));
  claim: (key: string) => boolean = () => true;
  readonly retired: string[] = [];
  /** What each cluster was told, in order. */
  readonly told: { key: string; what: Withdrawal }[] = [];
  /** Clusters that cannot be reached. */
  readonly away = new Set<string>();
  /** Organisations by preview. */
  readonly previews = new Map<string, number>();
  /** Organisation and maker by token id. */
  readonly homes = new Map<string, [number, number | undefined]>();
  placing: () => void = () => {};
  readonly logged: string[] = [];
  org!: Org;
  readonly #id: number;
  readonly #github: GitHubConfig | undefined;

  constructor(github?: GitHubConfig, id: number = organisationId) {
    this.#github = github;
    this.#id = id;
    this.restart();
  }

  /** Everything that was in memory is gone. */
  restart({ today = 'k', former }: { today?: string; former?: string } = {}): Org {
    const keep = (fields: object, message: string): void => {
      this.logged.push(`${message} ${JSON.stringify(fields)}`);
    };
    this.alarmMs = undefined;
    this.org = new Org(this.#id, {
      sql: this.sql,
      clock: { nowMs: () => this.nowMs },
      random: { bytes: (count) => this.chance(count) },
      tokenHash: hashUnder(today),
      formerTokenHash: former === undefined ? undefined : hashUnder(former),
      checkKey,
      sealer: sealerOf([new Uint8Array(32).fill(7)]),
      alarm: {
        set: (atMs) => void (this.alarmMs = atMs),
        clear: () => void (this.alarmMs = undefined),
      },
      log: { info: keep, warn: keep },
      github: this.#github,
      objects: {
        cluster: (key) => this.#cluster(key),
        clusterOfLabel: (label) =>
          this.previews.has(label)
            ? part<ClusterCalls>({ organisation: async () => this.previews.get(label) })
            : undefined,
        identity: () => this.#identity,
      },
    });
    return this.org;
  }

  async register(name: string): Promise<{ key: string; token: string }> {
    const made = await this.org.register(name, 'acme', 1);
    if (!made.ok) throw new Error(made.refusal.kind);
    return { key: made.value.cluster.key, token: made.value.token };
  }

  /** Turns the clock to the alarm and lets it go off. */
  async ring(): Promise<void> {
    if (this.alarmMs === undefined) throw new Error('no alarm is set');
    this.nowMs = Math.max(this.nowMs, this.alarmMs);
    await this.org.alarm();
  }

  async actions(): Promise<string[]> {
    const page = await this.org.audit({});
    if (!page.ok) throw new Error(page.refusal.reason);
    return page.value.entries.map(({ actor, action, subject }) => `${actor} ${action} ${subject}`);
  }

  /** Everything that is stored, as text. */
  dump(): string {
    return this.sql
      .all("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'")
      .map(({ name }) => JSON.stringify(this.sql.all(`SELECT * FROM ${String(name)}`)))
      .join('\n');
  }

  #cluster(key: string): ClusterCalls {
    return part<ClusterCalls>({
      claim: async () => this.claim(key),
      retire: async () => this.retired.push(key) > 0,
      withdraw: async (what) => {
        if (this.away.has(key)) throw new Error(`${key} is away`);
        this.told.push({ key, what });
      },
    });
  }

  readonly #identity = part<IdentityCalls>({
    placeToken: async (id, organisation, userId) => {
      this.placing();
      this.homes.set(id, [organisation, userId]);
    },
    dropToken: async (id) => void this.homes.delete(id),
  });
}

export function part<T>(some: Partial<T>): T {
  return some as T;
}
