/** The object of one GitHub organisation, named by its numeric id: its clusters and their tokens. */
import { hex } from '#protocol/bytes.ts';
import { makeClusterKey } from '#protocol/label.ts';
import type { Clock, Random, Sql, TokenHash } from '../ports.ts';
import { migrate } from '../schema.ts';
import type { ClusterRecord, Objects, OrgCalls, Outcome } from './calls.ts';

const steps = [
  [
    `CREATE TABLE clusters (
      key TEXT PRIMARY KEY, name TEXT NOT NULL UNIQUE, login TEXT NOT NULL, created_ms INTEGER NOT NULL)`,
    `CREATE TABLE connector_tokens (
      hash TEXT PRIMARY KEY, cluster_key TEXT NOT NULL REFERENCES clusters (key), created_ms INTEGER NOT NULL)`,
  ],
];

const secretBytes = 32;
/** Of 32^5 keys some are taken; that this many in a row are means that chance is broken. */
const maxKeyAttempts = 16;

export interface OrgServices {
  sql: Sql;
  clock: Clock;
  random: Random;
  tokenHash: TokenHash;
  /** 16 bytes: the check in cluster keys. */
  checkKey: Uint8Array;
  objects: Pick<Objects, 'cluster'>;
}

export class Org implements OrgCalls {
  readonly #id: number;
  readonly #services: OrgServices;

  constructor(id: number, services: OrgServices) {
    this.#id = id;
    this.#services = services;
    migrate(services.sql, steps);
  }

  /**
   * Registers a cluster; the token is returned this once and kept as a hash. A key that belongs to
   * somebody already is not taken: keys are short, and no organisation may get another's cluster.
   */
  async register(
    name: string,
    login: string,
    shards: number,
  ): Promise<Outcome<{ cluster: ClusterRecord; token: string }>> {
    const { sql, clock, random, tokenHash } = this.#services;
    if (this.#has(name)) return taken(name);
    const key = await this.#newKey(shards);
    const token = `bwc_${key}_${hex(random.bytes(secretBytes))}`;
    const hash = await tokenHash.of(token);
    // Somebody else may have taken the name meanwhile.
    if (this.#has(name)) {
      await this.#services.objects.cluster(key)?.retire();
      return taken(name);
    }
    const now = clock.nowMs();
    sql.transaction(() => {
      sql.run('INSERT INTO clusters VALUES (?, ?, ?, ?)', key, name, login, now);
      sql.run('INSERT INTO connector_tokens VALUES (?, ?, ?)', hash, key, now);
    });
    return { ok: true, value: { cluster: this.#record(key, name, login, now), token } };
  }

  forget(key: string): Promise<boolean> {
    const { sql } = this.#services;
    const found = sql.transaction(() => {
      const rows = sql.all('SELECT key FROM clusters WHERE key = ?', key);
      sql.run('DELETE FROM connector_tokens WHERE cluster_key = ?', key);
      sql.run('DELETE FROM clusters WHERE key = ?', key);
      return rows.length > 0;
    });
    return Promise.resolve(found);
  }

  clusters(): Promise<ClusterRecord[]> {
    const rows = this.#services.sql.all('SELECT * FROM clusters ORDER BY created_ms, key');
    const records = rows.map((row) =>
      this.#record(String(row.key), String(row.name), String(row.login), Number(row.created_ms)),
    );
    return Promise.resolve(records);
  }

  /** Whether the token is a connector token of the cluster. */
  async admits(clusterKey: string, token: string): Promise<boolean> {
    const hash = await this.#services.tokenHash.of(token);
    const rows = this.#services.sql.all(
      'SELECT 1 AS found FROM connector_tokens WHERE hash = ? AND cluster_key = ?',
      hash,
      clusterKey,
    );
    return rows.length === 1;
  }

  async #newKey(shards: number): Promise<string> {
    const { random, checkKey, objects } = this.#services;
    for (let attempt = 0; attempt < maxKeyAttempts; attempt += 1) {
      const key = makeClusterKey(random.bytes(5), checkKey);
      if (await objects.cluster(key)?.claim(this.#id, shards)) return key;
    }
    throw new Error(`no free cluster key in ${maxKeyAttempts} attempts`);
  }

  #has(name: string): boolean {
    return this.#services.sql.all('SELECT 1 FROM clusters WHERE name = ?', name).length > 0;
  }

  #record(key: string, name: string, login: string, createdMs: number): ClusterRecord {
    const created_at = new Date(createdMs).toISOString();
    return { key, name, organisation: { id: this.#id, login }, created_at };
  }
}

function taken(name: string): Outcome<never> {
  const reason = `the organisation has a cluster “${name}” already`;
  return { ok: false, refusal: { kind: 'taken', reason } };
}
