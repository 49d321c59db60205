/** Shards: a cluster's previews are spread over several objects, each with its own tunnel. */
import { utf8 } from '#protocol/bytes.ts';
import { siphash } from '#protocol/siphash.ts';

const letters = 'abcdefghijklmnopqrstuvwxyz234567';

/** A label has one character for the shard. */
export const maxShards = letters.length;

/** The shard that answers for the whole cluster. */
export const homeShard = 'a';

export function isShard(text: string): boolean {
  return text.length === 1 && letters.includes(text);
}

/** The first `count` shards. */
export function shardsOf(count: number): string[] {
  return [...letters.slice(0, count)];
}

/** Any fixed key: this spreads, it hides nothing. */
const key = new Uint8Array(16);

/** Rendezvous hash: when shards are added, only what goes to a new one changes its place. */
export function shardFor(name: string, count: number): string {
  let best = homeShard;
  let weight = -1n;
  for (const shard of shardsOf(count)) {
    const candidate = siphash(key, utf8(`${shard}:${name}`));
    if (candidate > weight) [best, weight] = [shard, candidate];
  }
  return best;
}
