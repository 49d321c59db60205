/** The tunnels to the shards of one edge, which comes and goes. */
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { WebSocketServer, type WebSocket } from 'ws';
import { EdgeTunnels } from '#connector/edge-tunnels.ts';
import { ResetCode } from '#protocol/frame.ts';
import { helloOf } from '#protocol/hello.ts';
import { runtimeOf, type Runtime } from '#protocol/runtime.ts';
import { startSession } from '#protocol/tunnel.ts';

const real = runtimeOf(globalThis);
/** The first wait of a tunnel that was lost, on a runtime whose chance is always `chance`. */
const chance = 0.9;
const firstWaitMs = 100 * chance;

/** An edge of two shards. */
class Edge {
  readonly #server: Server = createServer();
  readonly sockets = new Map<string, WebSocket>();
  dials: string[] = [];

  async start(): Promise<this> {
    const upgrades = new WebSocketServer({ server: this.#server, perMessageDeflate: false });
    upgrades.on('connection', (webSocket, { url = '' }) => {
      const shard = /shard=(\w)/.exec(url)?.[1] ?? 'a';
      this.dials.push(shard);
      this.sockets.set(shard, webSocket);
      const about = { role: 'edge', cluster: 'k', shards: ['a', 'b'] };
      startSession(webSocket, 'accepted', helloOf('test/1', about), real, {
        onHello: () => {},
        onOpen: () => ResetCode.refused,
        onControl: () => {},
        onGoaway: () => {},
        onClose: () => {},
      });
    });
    this.#server.listen(0, '127.0.0.1');
    await once(this.#server, 'listening');
    return this;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  stop(): void {
    for (const webSocket of this.sockets.values()) webSocket.terminate();
    this.#server.close();
  }
}

let edge: Edge;
let tunnels: EdgeTunnels;
/** Waits for the next dial that have begun; they end by hand. */
let waits: (() => void)[];
let onChange: (up: string[]) => void;
const up = new Set<string>();

beforeEach(async () => {
  edge = await new Edge().start();
  waits = [];
  up.clear();
  const runtime: Runtime = {
    ...real,
    random: () => chance,
    after: (delayMs, task) => {
      if (delayMs !== firstWaitMs) return real.after(delayMs, task);
      waits.push(task);
      return () => (waits = waits.filter((each) => each !== task));
    },
  };
  tunnels = new EdgeTunnels({
    edge: { url: edge.url, token: 'bwc_0123456789abcdef', ca: undefined },
    registry: {} as never,
    pool: {} as never,
    allowList: {} as never,
    headTimeoutMs: 1_000,
    runtime,
    version: '0',
    onChange: (shard, connected) => {
      if (connected) up.add(shard);
      else up.delete(shard);
      onChange([...up].toSorted());
    },
    onEnd: () => Promise.resolve(),
  });
});
afterEach(() => {
  tunnels.stop();
  edge.stop();
});

/** Until exactly these shards have tunnels. */
function isUp(...shards: string[]): Promise<void> {
  return new Promise((resolve) => {
    onChange = (now) => {
      if (now.join() === shards.join()) resolve();
    };
    onChange([...up].toSorted());
  });
}

it('come back together when the first of them does', async () => {
  await isUp('a', 'b');
  edge.dials = [];
  for (const webSocket of edge.sockets.values()) webSocket.terminate();
  await isUp();
  expect(waits.length).toBe(2);
  waits.at(0)?.();
  await isUp('a', 'b');
  expect([edge.dials.toSorted(), tunnels.connected]).toEqual([['a', 'b'], true]);
});

it('are dialled one by one when one of them is lost', async () => {
  await isUp('a', 'b');
  edge.dials = [];
  edge.sockets.get('b')?.terminate();
  await isUp('a');
  expect([waits.length, tunnels.connected]).toEqual([1, false]);
  waits.at(0)?.();
  await isUp('a', 'b');
  expect(edge.dials).toEqual(['b']);
});
