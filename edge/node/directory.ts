/** Objects of the Node engine: made when first asked for, each with its own file. */
import { createHmac, randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isClusterKey, parseLabel } from '#protocol/label.ts';
import type { ClusterCalls, Objects } from '../objects/calls.ts';
import { ClusterAnswers } from '../objects/cluster-calls.ts';
import { Cluster, type ClusterServices } from '../objects/cluster.ts';
import { Org } from '../objects/org.ts';
import { homeShard, isShard } from '../objects/shards.ts';
import { clusterKeyOfToken } from '../objects/tunnel-request.ts';
import type { TokenHash } from '../ports.ts';
import { NodeAlarm } from './alarm.ts';
import { openSql, type SqlFile } from './sql.ts';

type Shared = Omit<ClusterServices, 'sql' | 'objects' | 'alarm'>;

/** Labels whose check was done; only live ones are remembered, so that guesses do not fill it. */
const maxRememberedLabels = 10_000;

export class NodeDirectory implements Objects {
  readonly tokenHash: TokenHash;
  readonly #dir: string;
  readonly #checkKey: Uint8Array;
  readonly #shared: Shared;
  readonly #files: SqlFile[] = [];
  readonly #alarms: NodeAlarm[] = [];
  readonly #clusters = new Map<string, Cluster>();
  readonly #labels = new Map<string, Cluster>();
  readonly #orgs = new Map<number, Org>();

  /** @throws Error when another edge uses `dir` */
  constructor(dir: string, shared: Shared) {
    mkdirSync(dir, { recursive: true, mode: 0o700 });
    this.#dir = dir;
    this.#shared = shared;
    try {
      this.#open('edge').run('CREATE TABLE IF NOT EXISTS running (pid INTEGER)');
    } catch (error) {
      throw new Error(`data_dir ${dir}: another edge uses it, or it cannot be written`, {
        cause: error,
      });
    }
    const secret = secretOf(join(dir, 'secret'));
    this.#checkKey = createHmac('sha256', secret).update('cluster keys').digest().subarray(0, 16);
    const tokenKey = createHmac('sha256', secret).update('tokens').digest();
    this.tokenHash = {
      of: (token) => Promise.resolve(createHmac('sha256', tokenKey).update(token).digest('hex')),
    };
  }

  org(id: number): Org {
    let org = this.#orgs.get(id);
    if (!org) {
      const { clock, random } = this.#shared;
      const checkKey = this.#checkKey;
      const sql = this.#open(`org-${id}`);
      const { tokenHash } = this;
      org = new Org(id, { sql, clock, random, tokenHash, checkKey, objects: this });
      this.#orgs.set(id, org);
    }
    return org;
  }

  cluster(key: string, shard: string = homeShard): ClusterCalls | undefined {
    if (!isClusterKey(key, this.#checkKey) || !isShard(shard)) return undefined;
    return new ClusterAnswers(
      (make) => this.find(key, shard, make),
      () => this,
    );
  }

  clusterOfLabel(label: string): ClusterCalls | undefined {
    const parsed = parseLabel(label, this.#checkKey);
    return parsed && this.cluster(parsed.clusterKey, parsed.shard);
  }

  /** The object itself; undefined: it was never made. */
  find(key: string, shard: string, make = false): Cluster | undefined {
    const name = nameOf(key, shard);
    const open = this.#clusters.get(name);
    if (open) return open;
    if (!isClusterKey(key, this.#checkKey) || !isShard(shard)) return undefined;
    if (!make && !existsSync(this.#file(name))) return undefined;
    const alarm = new NodeAlarm(() => cluster.alarm());
    const sql = this.#open(name);
    const cluster: Cluster = new Cluster(key, shard, {
      ...this.#shared,
      sql,
      alarm,
      objects: this,
    });
    this.#alarms.push(alarm);
    this.#clusters.set(name, cluster);
    return cluster;
  }

  /** The object of a label. */
  ofLabel(label: string): Cluster | undefined {
    const remembered = this.#labels.get(label);
    if (remembered) return remembered;
    const parsed = parseLabel(label, this.#checkKey);
    const cluster = parsed && this.find(parsed.clusterKey, parsed.shard);
    if (cluster?.previews.find(label)) {
      if (this.#labels.size >= maxRememberedLabels) this.#labels.clear();
      this.#labels.set(label, cluster);
    }
    return cluster;
  }

  /** The shard that a connector with this token may serve. */
  async ofToken(token: string, shard: string): Promise<Cluster | undefined> {
    const key = clusterKeyOfToken(token);
    const cluster = key === undefined ? undefined : this.find(key, shard);
    const organisationId = cluster?.previews.organisationId;
    if (!cluster || organisationId === undefined) return undefined;
    return (await this.org(organisationId).admits(cluster.key, token)) ? cluster : undefined;
  }

  /** Objects that are awake. */
  get clusters(): Iterable<Cluster> {
    return this.#clusters.values();
  }

  close(): void {
    for (const alarm of this.#alarms.splice(0)) alarm.clear();
    for (const file of this.#files.splice(0)) file.close();
  }

  #open(name: string): SqlFile {
    const file = openSql(this.#file(name));
    this.#files.push(file);
    return file;
  }

  #file(name: string): string {
    return join(this.#dir, `${name}.sqlite`);
  }
}

/** Files of the home shard have the plain name. */
function nameOf(key: string, shard: string): string {
  return shard === homeShard ? `cluster-${key}` : `cluster-${key}-${shard}`;
}

const secretBytes = 32;

function secretOf(file: string): Buffer {
  if (!existsSync(file))
    writeFileSync(file, randomBytes(secretBytes), { mode: 0o600, flag: 'wx', flush: true });
  const secret = readFileSync(file);
  if (secret.length !== secretBytes) throw new Error(`${file} must hold ${secretBytes} bytes`);
  return secret;
}
