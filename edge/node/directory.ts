/** Objects of the Node engine: made when first asked for, each with its own file. */
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isClusterKey, parseLabel } from '#protocol/label.ts';
import type { Gate } from '../gate/gate.ts';
import { sealerOf } from '../gate/sealer.ts';
import { rootSecretBytes, type Secrets } from '../gate/secrets.ts';
import type { GitHubConfig } from '../github/config.ts';
import type { ClusterCalls, Objects, PullCalls, PullId } from '../objects/calls.ts';
import { ClusterAnswers } from '../objects/cluster-calls.ts';
import { Cluster } from '../objects/cluster.ts';
import { Identity } from '../objects/identity.ts';
import { Org } from '../objects/org.ts';
import { PullObject } from '../objects/pull-requests/pull-object.ts';
import { homeShard, isShard } from '../objects/shards.ts';
import { clusterKeyOfToken } from '../objects/tunnel-request.ts';
import type { Alarm } from '../ports.ts';
import { NodeAlarm } from './alarm.ts';
import { OpenObjects } from './open-objects.ts';
import { openSql, type SqlFile } from './sql.ts';

export interface Shared extends Omit<Gate, 'ring' | 'objects' | 'canSignIn'> {
  version: string;
  features: readonly string[];
  secrets: Secrets;
  github: GitHubConfig | undefined;
  /** Objects of pull requests that are open at a time; 256 by default. */
  maxOpenPulls?: number;
}

/** What an object of any kind works with. */
type Services = Pick<Shared, 'clock' | 'random' | 'log' | 'github'> &
  Pick<Secrets, 'tokenHash' | 'formerTokenHash'> & {
    alarm: NodeAlarm;
    sql: SqlFile;
    objects: NodeDirectory;
  };

const alarmRetryMs = 30_000;
/** Each has a file or three open and some pages in memory. */
const maxOpenPulls = 256;

/** Labels whose check was done; only live ones are remembered, so that guesses do not fill it. */
const maxRememberedLabels = 10_000;

export class NodeDirectory implements Objects {
  readonly gate: Gate;
  readonly #dir: string;
  readonly #shared: Shared;
  /** By name of the object. */
  readonly #files = new Map<string, SqlFile>();
  readonly #alarms = new Map<string, NodeAlarm>();
  #github: GitHubConfig | undefined;
  #pulls: OpenObjects<PullObject> | undefined;
  readonly #clusters = new Map<string, Cluster>();
  readonly #labels = new Map<string, Cluster>();
  readonly #orgs = new Map<number, Org>();
  readonly #edge: SqlFile;
  #identity: Identity | undefined;
  #closed = false;

  /** @throws Error when another edge uses `dir` */
  constructor(dir: string, shared: Shared) {
    this.#dir = dir;
    this.#shared = shared;
    const { clock, random, log, appOrigin, originOf, secrets, github } = shared;
    const canSignIn = (): boolean => this.#github !== undefined;
    this.#github = github;
    this.gate = {
      ...{ clock, random, log, appOrigin, originOf },
      ring: secrets.ring,
      objects: this,
      get canSignIn() {
        return canSignIn();
      },
    };
    this.#pulls = github && this.#openPulls(github);
    try {
      this.#edge = this.#open('edge');
      this.#edge.run('CREATE TABLE IF NOT EXISTS due_pulls (name TEXT PRIMARY KEY)');
    } catch (error) {
      throw new Error(`data_dir ${dir}: another edge uses it, or it cannot be written`, {
        cause: error,
      });
    }
  }

  /** A GitHub App was set up: organisations begin anew with it, what is open through clusters stays. */
  learn(github: GitHubConfig): void {
    this.#github = github;
    this.#pulls ??= this.#openPulls(github);
    const ids = [...this.#orgs.keys()];
    this.#orgs.clear();
    for (const id of ids) {
      this.#end(`org-${id}`);
      this.org(id);
    }
  }

  /** Objects that have something to do by the clock; the others wake when they are asked for. */
  wake(): void {
    this.identity();
    for (const name of readdirSync(this.#dir)) {
      const [, id] = /^org-(\d+)\.sqlite$/.exec(name) ?? [];
      if (id !== undefined) this.org(Number(id));
    }
    // Of pull requests there are many, and few have anything to do.
    for (const { name } of this.#edge.all('SELECT name FROM due_pulls')) {
      this.#ringPull(String(name));
    }
  }

  identity(): Identity {
    this.#identity ??= this.#waking('identity', (services) => new Identity(services));
    return this.#identity;
  }

  org(id: number): Org {
    let org = this.#orgs.get(id);
    if (!org) {
      const { checkKey, sealKeys } = this.#shared.secrets;
      const own = { checkKey, sealer: sealerOf(sealKeys) };
      org = this.#waking(`org-${id}`, (services) => new Org(id, { ...services, ...own }));
      this.#orgs.set(id, org);
    }
    return org;
  }

  pull(pull: PullId): PullCalls {
    const pulls = this.#pulls;
    if (!pulls) return withoutGitHub;
    const name = nameOfPull(pull);
    return {
      receive: (...told) => pulls.use(name, (object) => object.receive(...told)),
      changed: (...told) => pulls.use(name, (object) => object.changed(...told)),
    };
  }

  cluster(key: string, shard: string = homeShard): ClusterCalls | undefined {
    if (!isClusterKey(key, this.#shared.secrets.checkKey) || !isShard(shard)) return undefined;
    return new ClusterAnswers(
      (make) => this.find(key, shard, make),
      () => this,
    );
  }

  clusterOfLabel(label: string): ClusterCalls | undefined {
    const parsed = parseLabel(label, this.#shared.secrets.checkKey);
    return parsed && this.cluster(parsed.clusterKey, parsed.shard);
  }

  /** The object itself; undefined: it was never made. */
  find(key: string, shard: string, make = false): Cluster | undefined {
    const name = nameOf(key, shard);
    const open = this.#clusters.get(name);
    if (open) return open;
    if (!isClusterKey(key, this.#shared.secrets.checkKey) || !isShard(shard)) return undefined;
    if (!make && !existsSync(this.#file(name))) return undefined;
    const { version, features } = this.#shared;
    const cluster = this.#waking(
      name,
      (services) => new Cluster(key, shard, { ...this.gate, ...services, version, features }),
    );
    this.#clusters.set(name, cluster);
    return cluster;
  }

  /** The object of a label. */
  ofLabel(label: string): Cluster | undefined {
    const remembered = this.#labels.get(label);
    if (remembered) return remembered;
    const parsed = parseLabel(label, this.#shared.secrets.checkKey);
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
    this.#closed = true;
    this.#pulls?.close();
    for (const name of this.#files.keys()) this.#end(name);
  }

  #end(name: string): void {
    this.#alarms.get(name)?.clear();
    this.#alarms.delete(name);
    this.#files.get(name)?.close();
    this.#files.delete(name);
  }

  /** Makes an object that has an alarm. One whose alarm fails is asked again later. */
  #waking<T extends { alarm(): Promise<void> }>(name: string, make: (services: Services) => T): T {
    const { clock, random, log, secrets } = this.#shared;
    const { tokenHash, formerTokenHash } = secrets;
    const ring = (): void => {
      made.alarm().catch((error: unknown) => {
        if (this.#closed || this.#alarms.get(name) !== alarm) return;
        log.warn({ object: name, error: String(error) }, 'an alarm failed');
        alarm.set(clock.nowMs() + alarmRetryMs);
      });
    };
    const alarm = new NodeAlarm(ring);
    const made: T = make({
      ...{ clock, random, log, tokenHash, formerTokenHash, alarm },
      github: this.#github,
      sql: this.#open(name),
      objects: this,
    });
    this.#alarms.set(name, alarm);
    return made;
  }

  #openPulls(github: GitHubConfig): OpenObjects<PullObject> {
    const { clock, log, maxOpenPulls: max = maxOpenPulls } = this.#shared;
    const { appOrigin, originOf } = this.gate;
    return new OpenObjects<PullObject>({
      max,
      open: (name, alarm) => {
        const sql = openSql(this.#file(name));
        const services = { clock, log, sql, github, appOrigin, originOf, objects: this };
        const noted = this.#noted(name, alarm);
        const object = new PullObject(pullOfName(name), { ...services, alarm: noted });
        return { object, close: () => sql.close() };
      },
      onAlarm: (name) => this.#ringPull(name),
    });
  }

  /** It sets its alarm for what is left to do; one whose alarm fails is asked again later. */
  #ringPull(name: string): void {
    const { log } = this.#shared;
    this.#pulls
      ?.use(name, (object) => object.alarm())
      .catch((error: unknown) => {
        if (this.#closed) return;
        log.warn({ object: name, error: String(error) }, 'an alarm failed');
        setTimeout(() => this.#closed || this.#ringPull(name), alarmRetryMs).unref();
      });
  }

  /** After a restart only those are opened whose alarm was set. */
  #noted(name: string, alarm: Alarm): Alarm {
    return {
      set: (atMs) => {
        this.#edge.run('INSERT OR IGNORE INTO due_pulls VALUES (?)', name);
        alarm.set(atMs);
      },
      clear: () => {
        this.#edge.run('DELETE FROM due_pulls WHERE name = ?', name);
        alarm.clear();
      },
    };
  }

  #open(name: string): SqlFile {
    const file = openSql(this.#file(name));
    this.#files.set(name, file);
    return file;
  }

  #file(name: string): string {
    return join(this.#dir, `${name}.sqlite`);
  }
}

function nameOfPull({ repositoryId, number }: PullId): string {
  return `pull-${repositoryId}-${number}`;
}

function pullOfName(name: string): PullId {
  const [, repositoryId, number] = /^pull-(\d+)-(\d+)$/.exec(name) ?? [];
  return { repositoryId: Number(repositoryId), number: Number(number) };
}

/** Nothing is told to pull requests, and nobody tells of them. */
const withoutGitHub: PullCalls = {
  receive: () => Promise.resolve('seen'),
  changed: () => Promise.resolve(),
};

/** Files of the home shard have the plain name. */
function nameOf(key: string, shard: string): string {
  return shard === homeShard ? `cluster-${key}` : `cluster-${key}-${shard}`;
}

/** Made with the directory; everything that the edge ever signs or hashes comes of it. */
export function rootSecretOf(dir: string): Buffer {
  mkdirSync(dir, { recursive: true, mode: 0o700 });
  const file = join(dir, 'secret');
  if (!existsSync(file))
    writeFileSync(file, randomBytes(rootSecretBytes), { mode: 0o600, flag: 'wx', flush: true });
  const secret = readFileSync(file);
  if (secret.length !== rootSecretBytes) {
    throw new Error(`${file} must hold ${rootSecretBytes} bytes`);
  }
  return secret;
}
