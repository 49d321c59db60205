/** The upgrade request of a connector's tunnel. */
import { parseToken } from '../gate/token.ts';
import { homeShard, isShard } from './shards.ts';

/** Path of the connectors' tunnel on the app host; `?shard=` names the shard. */
export const tunnelPath = '/api/v1/tunnel';

/** The shard that the target asks for; undefined: it is no tunnel's, or names none. */
export function tunnelShard(target: string): string | undefined {
  if (target === tunnelPath) return homeShard;
  const shard = target.startsWith(`${tunnelPath}?shard=`) ? target.slice(-1) : '';
  return target.length === tunnelPath.length + 8 && isShard(shard) ? shard : undefined;
}

export function bearerOf(authorization: string | null | undefined): string | undefined {
  return /^Bearer ([\x21-\x7e]{1,512})$/.exec(authorization ?? '')?.[1];
}

/** The cluster that a connector token says it is for; whether it is, its organisation knows. */
export function clusterKeyOfToken(token: string): string | undefined {
  const name = parseToken(token);
  return name?.prefix === 'bwc' ? /^[a-z2-7]{8}/.exec(name.id)?.[0] : undefined;
}
