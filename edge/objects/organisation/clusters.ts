/** The clusters of one organisation, by name and key. */
import { makeClusterKey } from '#protocol/label.ts';
import type { Clock, Random, Row, Sql } from '../../ports.ts';
import type { ClusterRecord, Objects } from '../calls.ts';

/** Of 32^5 keys some are taken; that this many in a row are means that chance is broken. */
const maxKeyAttempts = 16;

export interface ClustersServices {
  sql: Sql;
  clock: Clock;
  random: Random;
  /** 16 bytes: the check in cluster keys. */
  checkKey: Uint8Array;
  objects: Pick<Objects, 'cluster'>;
}

export class Clusters {
  readonly #organisationId: number;
  readonly #services: ClustersServices;
  readonly #login: () => string | undefined;

  /** `login`: the organisation's name of today, when it is known. */
  constructor(organisationId: number, services: ClustersServices, login: () => string | undefined) {
    this.#organisationId = organisationId;
    this.#services = services;
    this.#login = login;
  }

  /**
   * A key that was claimed for the organisation. One that belongs to somebody already is not taken:
   * keys are short, and no organisation may get another's cluster.
   */
  async claim(shards: number): Promise<string> {
    const { random, checkKey, objects } = this.#services;
    for (let attempt = 0; attempt < maxKeyAttempts; attempt += 1) {
      const key = makeClusterKey(random.bytes(5), checkKey);
      if (await objects.cluster(key)?.claim(this.#organisationId, shards)) return key;
    }
    throw new Error(`no free cluster key in ${maxKeyAttempts} attempts`);
  }

  insert(key: string, name: string, login: string): ClusterRecord {
    const { sql, clock } = this.#services;
    const created_ms = clock.nowMs();
    sql.run('INSERT INTO clusters VALUES (?, ?, ?, ?)', key, name, login, created_ms);
    return this.#record({ key, name, login, created_ms });
  }

  /** False: there is none of that key. */
  delete(key: string): boolean {
    const found = this.has(key);
    this.#services.sql.run('DELETE FROM clusters WHERE key = ?', key);
    return found;
  }

  has(key: string): boolean {
    return this.#services.sql.all('SELECT 1 FROM clusters WHERE key = ?', key).length > 0;
  }

  hasName(name: string): boolean {
    return this.#services.sql.all('SELECT 1 FROM clusters WHERE name = ?', name).length > 0;
  }

  list(): ClusterRecord[] {
    const rows = this.#services.sql.all('SELECT * FROM clusters ORDER BY created_ms, key');
    return rows.map((row) => this.#record(row));
  }

  get keys(): string[] {
    return this.#services.sql.all('SELECT key FROM clusters').map((row) => String(row.key));
  }

  #record(row: Row): ClusterRecord {
    const login = this.#login() ?? String(row.login);
    return {
      key: String(row.key),
      name: String(row.name),
      organisation: { id: this.#organisationId, login },
      created_at: new Date(Number(row.created_ms)).toISOString(),
    };
  }
}
