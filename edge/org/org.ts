/** The object of one GitHub organisation, named by its numeric id: its clusters and their tokens. */
import { makeClusterKey } from '#protocol/label.ts';
import type { Clock, Random, Sql, TokenHash } from '../ports.ts';
import { migrate } from '../schema.ts';

export interface Account {
  /** GitHub's numeric id. */
  id: number;
  login: string;
}

export interface ClusterRecord {
  key: string;
  name: string;
  organisation: Account;
  created_at: string;
}

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
}

/** A name is taken already. */
export class NameTaken extends Error {}

export class Org {
  readonly #id: number;
  readonly #services: OrgServices;

  constructor(id: number, services: OrgServices) {
    this.#id = id;
    this.#services = services;
    migrate(services.sql, steps);
  }

  /**
   * Registers a cluster; the token is returned this once and kept as a hash. `claim` makes the object
   * of a key, and is false where there is one already: keys are short, and no organisation may get
   * another's cluster by chance. @throws NameTaken
   */
  async register(
    name: string,
    login: string,
    claim: (key: string) => boolean,
  ): Promise<{ cluster: ClusterRecord; token: string }> {
    const { sql, clock, random, tokenHash } = this.#services;
    this.#refuseTaken(name);
    const key = this.#newKey(claim);
    const token = `bwc_${key}_${hex(random.bytes(secretBytes))}`;
    const hash = await tokenHash.of(token);
    // Somebody else may have taken the name meanwhile.
    this.#refuseTaken(name);
    const now = clock.nowMs();
    sql.transaction(() => {
      sql.run('INSERT INTO clusters VALUES (?, ?, ?, ?)', key, name, login, now);
      sql.run('INSERT INTO connector_tokens VALUES (?, ?, ?)', hash, key, now);
    });
    return { cluster: this.#record(key, name, login, now), token };
  }

  /** Forgets a cluster and its tokens; its name is free again. False: there is none. */
  remove(key: string): boolean {
    const { sql } = this.#services;
    return sql.transaction(() => {
      const found = sql.all('SELECT key FROM clusters WHERE key = ?', key).length > 0;
      sql.run('DELETE FROM connector_tokens WHERE cluster_key = ?', key);
      sql.run('DELETE FROM clusters WHERE key = ?', key);
      return found;
    });
  }

  clusters(): ClusterRecord[] {
    const rows = this.#services.sql.all('SELECT * FROM clusters ORDER BY created_ms, key');
    return rows.map((row) =>
      this.#record(String(row.key), String(row.name), String(row.login), Number(row.created_ms)),
    );
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

  #newKey(claim: (key: string) => boolean): string {
    const { random, checkKey } = this.#services;
    for (let attempt = 0; attempt < maxKeyAttempts; attempt += 1) {
      const key = makeClusterKey(random.bytes(5), checkKey);
      if (claim(key)) return key;
    }
    throw new Error(`no free cluster key in ${maxKeyAttempts} attempts`);
  }

  #refuseTaken(name: string): void {
    if (this.#services.sql.all('SELECT 1 FROM clusters WHERE name = ?', name).length > 0) {
      throw new NameTaken(`the organisation has a cluster “${name}” already`);
    }
  }

  #record(key: string, name: string, login: string, createdMs: number): ClusterRecord {
    const created_at = new Date(createdMs).toISOString();
    return { key, name, organisation: { id: this.#id, login }, created_at };
  }
}

function hex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}
