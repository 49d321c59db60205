/** All tunnels to the edge: one to each shard of the cluster (`docs/scaling.md`). */
import type { Session } from '#protocol/session.ts';
import { EdgeTunnel, homeShard, type EdgeTunnelOptions } from './edge-tunnel.ts';

export class EdgeTunnels {
  readonly #options: EdgeTunnelOptions;
  readonly #tunnels = new Map<string, EdgeTunnel>();

  constructor(options: Omit<EdgeTunnelOptions, 'onShards'>) {
    this.#options = {
      ...options,
      onShards: (shards) => this.#dial(shards),
      onChange: (shard, connected, reason) => {
        options.onChange(shard, connected, reason);
        if (connected) this.#hurry();
      },
    };
    this.#dial([homeShard]);
  }

  /** Key of this cluster at the edge, once it has said so. */
  get cluster(): string | undefined {
    return this.#tunnels.get(homeShard)?.cluster;
  }

  /** Whether every shard is connected. */
  get connected(): boolean {
    return [...this.#tunnels.values()].every((tunnel) => tunnel.connected);
  }

  /** Why not, in words for a person; '' while all are connected. */
  get reason(): string {
    for (const tunnel of this.#tunnels.values()) if (!tunnel.connected) return tunnel.reason;
    return '';
  }

  get sessions(): Session[] {
    return [...this.#tunnels.values()].flatMap(({ session }) => (session ? [session] : []));
  }

  /** No new requests from here on; those that are open go on. */
  drain(): void {
    for (const tunnel of this.#tunnels.values()) tunnel.drain();
  }

  stop(): void {
    for (const tunnel of this.#tunnels.values()) tunnel.stop();
  }

  /** The edge is back: its shards come back together. */
  #hurry(): void {
    for (const tunnel of this.#tunnels.values()) tunnel.hurry();
  }

  /** Shards are added and never taken away. */
  #dial(shards: readonly string[]): void {
    for (const shard of shards) {
      if (!this.#tunnels.has(shard)) this.#tunnels.set(shard, new EdgeTunnel(this.#options, shard));
    }
  }
}
