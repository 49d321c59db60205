/** Calls between objects: stubs of Durable Objects, found by name. */
import { isClusterKey, splitLabel } from '#protocol/label.ts';
import type {
  ClusterCalls,
  IdentityCalls,
  Objects,
  OrgCalls,
  PullCalls,
  PullId,
} from '../objects/calls.ts';
import { pullKey } from '../objects/preview-pulls.ts';
import { homeShard, isShard } from '../objects/shards.ts';
import type { Environment } from './environment.ts';

/** Ids kept for their next use: making one from a name hashes it. A stub belongs to one request. */
const maxRemembered = 10_000;

/** There is one for all. */
const identityName = 'identity';

export class Stubs implements Objects {
  readonly #env: Environment;
  readonly #checkKey: Uint8Array;
  readonly #ids = new Map<string, DurableObjectId>();

  constructor(env: Environment, checkKey: Uint8Array) {
    this.#env = env;
    this.#checkKey = checkKey;
  }

  identity(): IdentityCalls {
    return this.#env.IDENTITY.get(
      this.#env.IDENTITY.idFromName(identityName),
    ) as unknown as IdentityCalls;
  }

  org(id: number): OrgCalls {
    return this.#env.ORG.get(this.#env.ORG.idFromName(String(id))) as unknown as OrgCalls;
  }

  pull(pull: PullId): PullCalls {
    const { PULL_REQUEST: pulls } = this.#env;
    return pulls.get(pulls.idFromName(pullKey(pull))) as unknown as PullCalls;
  }

  cluster(key: string, shard: string = homeShard): ClusterCalls | undefined {
    return this.shard(key, shard) as unknown as ClusterCalls | undefined;
  }

  clusterOfLabel(label: string): ClusterCalls | undefined {
    return this.ofLabel(label) as unknown as ClusterCalls | undefined;
  }

  /** undefined: the key fails its check. */
  shard(key: string, shard: string): DurableObjectStub | undefined {
    if (!isShard(shard)) return undefined;
    let id = this.#ids.get(key + shard);
    if (!id) {
      if (!isClusterKey(key, this.#checkKey)) return undefined;
      id = this.#env.CLUSTER.idFromName(key + shard);
      if (this.#ids.size >= maxRemembered) this.#ids.clear();
      this.#ids.set(key + shard, id);
    }
    return this.#env.CLUSTER.get(id);
  }

  ofLabel(label: string): DurableObjectStub | undefined {
    const parsed = splitLabel(label);
    return parsed && this.shard(parsed.clusterKey, parsed.shard);
  }
}
