/**
 * An idle cluster costs nothing on Cloudflare: workerd takes the object's memory after 10 s without an
 * event. Tunnel, previews and idle WebSockets of viewers go on as if nothing had been.
 */
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { WebSocket, WebSocketServer } from 'ws';
import { engine } from './engine.ts';
import { awaited, Scene } from './fidelity/scene.ts';
import { until } from './world.ts';

/** An idle object is gone after 10 s; asking whether it is would keep it. */
const sleepMs = 12_000;

interface Shard {
  shard: string;
  awake_since_ms: number;
  connected: boolean;
  streams: number;
  queued_bytes: number;
  credit_whole: boolean;
}

const scene = new Scene();
const server = new WebSocketServer({ noServer: true });
const laptops: WebSocket[] = [];

beforeAll(async () => {
  await scene.start();
  scene.world.laptop.on('upgrade', (request: IncomingMessage, socket: Duplex, early: Buffer) =>
    server.handleUpgrade(request, socket, early, (webSocket) => {
      laptops.push(webSocket);
      webSocket.on('message', (data: Buffer) => webSocket.send(`laptop: ${data.toString()}`));
    }),
  );
});
afterAll(() => scene.stop());

async function viewerOf(path: string): Promise<WebSocket> {
  const viewer = new WebSocket(`ws://127.0.0.1:${scene.port}${path}`, {
    headers: { Host: scene.host },
    perMessageDeflate: false,
  });
  const open = awaited('the WebSocket opens');
  viewer.once('open', () => open.resolve());
  await open.done;
  return viewer;
}

function message(webSocket: WebSocket): Promise<string> {
  const { done, resolve } = awaited<string>('a message');
  webSocket.once('message', (data: Buffer) => resolve(data.toString()));
  return done;
}

/** The shard of the preview. Asking wakes it. */
async function shard(): Promise<Shard> {
  const { stack } = scene.world;
  const { body } = await stack.api('GET', `/api/v1/clusters/${stack.cluster}`);
  const label = scene.host.split('.')[0]!;
  const name = label.split('-')[2]!.slice(-1);
  return (body as { shards: Shard[] }).shards.find((each) => each.shard === name)!;
}

const asleep = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, sleepMs));

/** How often the connector has dialled. */
function dials(): number {
  const log = scene.world.stack.part('connector').errors();
  return log.match(/"connected":true/g)?.length ?? 0;
}

describe('an idle cluster', () => {
  if (engine === 'node') return staysAwake();
  it('is gone after 12 s, and every socket outlives it', async () => {
    const viewer = await viewerOf('/socket');
    const silent = await viewerOf('/silent');
    viewer.send('before');
    expect(await message(viewer)).toBe('laptop: before');
    const before = await shard();
    expect(before.streams).toBe(2);
    const dialled = dials();

    await asleep();
    // The laptop speaks first: what comes through the tunnel finds its viewer.
    const [first, second] = laptops;
    first!.send('good morning');
    expect(await message(viewer)).toBe('good morning');
    viewer.send('after');
    expect(await message(viewer)).toBe('laptop: after');
    const after = await shard();
    expect(after.awake_since_ms).toBeGreaterThan(before.awake_since_ms);
    expect(after).toMatchObject({ connected: true, streams: 2, credit_whole: true });

    await asleep();
    // The viewer speaks first, and more than any window holds.
    const large = 'x'.repeat(1024 * 1024);
    const echoed = message(silent);
    silent.send(large);
    expect(await echoed).toBe(`laptop: ${large}`);
    expect((await shard()).awake_since_ms).toBeGreaterThan(after.awake_since_ms);

    await asleep();
    // A request that wakes the object finds preview and tunnel.
    expect((await scene.ask()).body.toString()).toBe('laptop');
    expect(dials()).toBe(dialled);

    const closed = awaited<number>('the laptop’s WebSocket closes');
    second!.once('close', (code) => closed.resolve(code));
    await asleep();
    silent.close(4001, 'bye');
    expect(await closed.done).toBe(4001);
    viewer.close();
    await scene.quiet();
    await until(async () => ((await shard()).streams === 0 ? true : undefined), 'streams are left');
  }, 120_000);

  it('stays awake while bytes wait for an app that does not read', async () => {
    const viewer = await viewerOf('/busy');
    const laptop = laptops.at(-1)!;
    let received = 0;
    laptop.removeAllListeners('message');
    laptop.on('message', (data: Buffer) => (received += data.length));
    laptop.pause();
    const part = Buffer.alloc(512 * 1024);
    let sent = 0;
    await until(async () => {
      viewer.send(part);
      sent += part.length;
      return (await shard()).queued_bytes > 4 * part.length ? true : undefined;
    }, 'nothing waits in the edge');
    await asleep();
    laptop.resume();
    await until(async () => (received === sent ? true : undefined), 'bytes are lost');
    viewer.close();
    await scene.quiet();
  }, 120_000);
});

/** One process serves all, and idle sockets cost only memory. */
function staysAwake(): void {
  it('goes on in the same memory', async () => {
    const viewer = await viewerOf('/socket');
    const before = await shard();
    await asleep();
    viewer.send('after');
    expect(await message(viewer)).toBe('laptop: after');
    expect((await shard()).awake_since_ms).toBe(before.awake_since_ms);
    viewer.close();
    await scene.quiet();
  });
}
