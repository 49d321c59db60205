/** Objects of the Node engine: made when first asked for, each with its own file. */
import { createHmac, randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CloseCode } from '#protocol/frame.ts';
import { isClusterKey, parseLabel } from '#protocol/label.ts';
import type { Directory } from '../api/app.ts';
import { Cluster, type ClusterServices } from '../cluster/cluster.ts';
import { Org } from '../org/org.ts';
import type { TokenHash } from '../ports.ts';
import { openSql, type SqlFile } from './sql.ts';

type Shared = Omit<ClusterServices, 'sql'>;

/** Labels whose check was done; only live ones are remembered, so that guesses do not fill it. */
const maxRememberedLabels = 10_000;

export class NodeDirectory implements Directory {
  readonly tokenHash: TokenHash;
  readonly #dir: string;
  readonly #checkKey: Uint8Array;
  readonly #shared: Shared;
  readonly #files: SqlFile[] = [];
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
      org = new Org(id, { sql, clock, random, tokenHash: this.tokenHash, checkKey });
      this.#orgs.set(id, org);
    }
    return org;
  }

  cluster(key: string): Cluster | undefined {
    const open = this.#clusters.get(key);
    if (open) return open;
    if (!isClusterKey(key, this.#checkKey) || !existsSync(this.#file(`cluster-${key}`)))
      return undefined;
    return this.#openCluster(key);
  }

  clusterOfLabel(label: string): Cluster | undefined {
    const remembered = this.#labels.get(label);
    if (remembered) return remembered;
    const parsed = parseLabel(label, this.#checkKey);
    const cluster = parsed && this.cluster(parsed.clusterKey);
    if (cluster?.previews.find(label)) {
      if (this.#labels.size >= maxRememberedLabels) this.#labels.clear();
      this.#labels.set(label, cluster);
    }
    return cluster;
  }

  claimCluster(key: string, organisationId: number): boolean {
    if (existsSync(this.#file(`cluster-${key}`))) return false;
    this.#openCluster(key).previews.organisationId = organisationId;
    return true;
  }

  removeCluster(key: string): boolean {
    const cluster = this.cluster(key);
    const organisationId = cluster?.previews.organisationId;
    if (!cluster || organisationId === undefined) return false;
    // The tokens first: nobody comes back while the rest is being ended.
    this.org(organisationId).remove(key);
    cluster.previews.retire(this.#shared.clock.nowMs());
    cluster.session?.close(CloseCode.unauthorized, 'the cluster was removed');
    return true;
  }

  /** Whether a connector with this token may serve its cluster. */
  async clusterOfToken(token: string): Promise<Cluster | undefined> {
    const key = /^bwc_([a-z2-7]{8})_[0-9a-f]{64}$/.exec(token)?.[1];
    const cluster = key === undefined ? undefined : this.cluster(key);
    const organisationId = cluster?.previews.organisationId;
    if (!cluster || organisationId === undefined) return undefined;
    return (await this.org(organisationId).admits(cluster.key, token)) ? cluster : undefined;
  }

  /** Objects that are awake. */
  get clusters(): Iterable<Cluster> {
    return this.#clusters.values();
  }

  close(): void {
    for (const file of this.#files.splice(0)) file.close();
  }

  #openCluster(key: string): Cluster {
    const cluster = new Cluster(key, { ...this.#shared, sql: this.#open(`cluster-${key}`) });
    this.#clusters.set(key, cluster);
    return cluster;
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

const secretBytes = 32;

function secretOf(file: string): Buffer {
  if (!existsSync(file))
    writeFileSync(file, randomBytes(secretBytes), { mode: 0o600, flag: 'wx', flush: true });
  const secret = readFileSync(file);
  if (secret.length !== secretBytes) throw new Error(`${file} must hold ${secretBytes} bytes`);
  return secret;
}
