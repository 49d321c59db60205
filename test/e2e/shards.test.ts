/** A cluster over several objects: one tunnel to each, and previews on all of them. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { on } from './engine.ts';
import { Scene } from './fidelity/scene.ts';
import { call, until } from './world.ts';

const scene = new Scene();
beforeAll(() => scene.start());
afterAll(() => scene.stop());

interface Shard {
  shard: string;
  connected: boolean;
  previews: number;
}

async function shards(): Promise<Shard[]> {
  const { stack } = scene.world;
  const { body } = await stack.api('GET', `/api/v1/clusters/${stack.cluster}`);
  return (body as { shards: Shard[] }).shards;
}

function raise(count: unknown): Promise<{ status: number; body: unknown }> {
  const { stack } = scene.world;
  return stack.api('PATCH', `/api/v1/clusters/${stack.cluster}`, { shards: count });
}

const names = (all: readonly Shard[]): string => all.map(({ shard }) => shard).join('');

it('begins with the engine’s number of them, each with its tunnel', async () => {
  const all = await until(async () => {
    const now = await shards();
    return now.every(({ connected }) => connected) ? now : undefined;
  }, 'a shard without a tunnel');
  expect(names(all)).toBe(on({ node: 'a', cloudflare: 'ab' }));
});

it('gets more while it runs; the connector dials them, and previews land on every one', async () => {
  const before = (await scene.ask()).body.toString();
  expect(before).toBe('laptop');
  expect((await raise(4)).status).toBe(200);
  await until(async () => {
    const now = await shards();
    return names(now) === 'abcd' && now.every(({ connected }) => connected) ? now : undefined;
  }, 'the connector does not dial the new shards');
  const hosts = new Map<string, string>();
  for (let index = 0; hosts.size < 4 && index < 60; index += 1) {
    const made = await scene.world.intercept('--name', `web-${index}`);
    const { host } = new URL(made.preview!.url);
    hosts.set(made.preview!.label.split('-')[2]!.slice(-1), host);
  }
  expect([...hosts.keys()].sort()).toEqual(['a', 'b', 'c', 'd']);
  for (const host of hosts.values()) {
    expect((await call({ port: scene.port, host })).text).toBe('laptop');
  }
  // The one from before is where it was.
  expect((await scene.ask()).body.toString()).toBe('laptop');
}, 120_000);

it('never gets fewer, nor a number that no label can carry', async () => {
  expect((await raise(2)).status).toBe(409);
  for (const count of [0, 33, 1.5, 'many']) expect((await raise(count)).status).toBe(400);
  expect(names(await shards())).toBe('abcd');
});

it('is ended as a whole', async () => {
  const { stack } = scene.world;
  const { status } = await stack.api('DELETE', `/api/v1/clusters/${stack.cluster}`);
  expect(status).toBe(204);
  expect((await scene.ask()).status).toBe(401);
  expect((await stack.api('GET', `/api/v1/clusters/${stack.cluster}`)).status).toBe(404);
});
