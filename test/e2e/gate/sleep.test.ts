/**
 * On Cloudflare an idle object loses its memory and keeps its sockets. Access that is taken away wakes it,
 * and closes what it had forgotten; on the other engine the same viewers are idle for as long.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { setTimeout as pause } from 'node:timers/promises';
import { Visitor } from '#sandbox/visitor.ts';
import { on } from '../engine.ts';
import { addMembers, ask, previewOnEachShard } from './crowd.ts';
import { allLive, cutOff, endless, openSocket, withSockets, type Open } from './open.ts';
import { GateScene, organisation } from './scene.ts';

/** An idle object is gone after 10 s; asking whether it is would keep it. */
const sleepMs = on({ node: 1_000, cloudflare: 12_000 });

const scene = new GateScene();
let origins: string[];

beforeAll(async () => {
  await scene.start(endless);
  addMembers(scene, 10);
  withSockets(scene.laptop);
  origins = await previewOnEachShard(scene);
}, 90_000);
afterAll(() => scene.stop());

interface Shard {
  shard: string;
  awake_since_ms: number;
}

async function awakeSince(): Promise<number[]> {
  const { stack } = scene;
  const { body } = await stack.api('GET', `/api/v1/clusters/${stack.cluster}`);
  return (body as { shards: Shard[] }).shards.map((each) => each.awake_since_ms);
}

async function everywhere(login: string): Promise<Visitor> {
  const visitor = new Visitor(login);
  for (const origin of origins) await visitor.open(`${origin}/`);
  return visitor;
}

function sockets(by: Visitor | { token: string } | undefined): Promise<Open[]> {
  return Promise.all(origins.map((origin) => openSocket(origin, by)));
}

describe('a WebSocket on an object that sleeps', () => {
  it.each<[string, () => Promise<{ by: Visitor | { token: string }; end: () => Promise<void> }>]>([
    [
      'a removed member’s',
      async () => {
        const login = 'm01';
        const by = await everywhere(login);
        const end = async (): Promise<void> => {
          scene.github.actions.act({ action: 'remove_member', org: organisation.login, login });
        };
        return { by, end };
      },
    ],
    [
      'that of somebody who signs out',
      async () => {
        const by = await everywhere('m02');
        const page = await by.send(`${scene.appUrl}/logout`);
        return { by, end: async () => void (await by.submit(page)) };
      },
    ],
    [
      'a revoked token’s',
      async () => {
        const { id, token } = await scene.token();
        const end = async (): Promise<void> => {
          await scene.stack.api('DELETE', `/api/v1/tokens/${id}`);
        };
        return { by: { token }, end };
      },
    ],
    [
      'that of the app that is suspended',
      async () => {
        const by = await everywhere('m03');
        const end = async (): Promise<void> => {
          scene.github.actions.act({ action: 'suspend', installation_id: 501 });
        };
        return { by, end };
      },
    ],
  ])(
    '%s is closed with 4403, on both shards, and no other; threat 31',
    async (what, make) => {
      const { by, end } = await make();
      const isForAll = what.includes('suspended');
      const other = await scene.token();
      const [theirs, others] = [await sockets(by), await sockets({ token: other.token })];
      const before = await awakeSince();
      await pause(sleepMs);
      const sinceMs = performance.now();
      await end();
      expect(await cutOff(`asleep, ${what}`, sinceMs, theirs)).toEqual([]);
      if (isForAll) {
        expect(await cutOff('asleep, everybody’s', sinceMs, others)).toEqual([]);
        scene.github.actions.act({ action: 'unsuspend', installation_id: 501 });
        await scene.github.webhooks.settled();
      } else expect(await allLive(others)).toBe(true);
      others.forEach((each) => each.drop());
      const after = await awakeSince();
      const slept = after.map((sinceThen, index) => sinceThen > (before[index] ?? 0));
      expect(slept).toEqual([
        on({ node: false, cloudflare: true }),
        on({ node: false, cloudflare: true }),
      ]);
    },
    90_000,
  );

  it('lives on for whoever may stay, and so does a stranger’s until the preview is private', async () => {
    const member = await everywhere('m04');
    const theirs = await sockets(member);
    await pause(sleepMs);
    expect(await allLive(theirs)).toBe(true);
    for (const origin of origins) expect((await ask(member, origin)).status).toBe(200);
    for (const origin of origins) await scene.setAccess(origin, 'public');
    const strangers = await sockets(undefined);
    await pause(sleepMs);
    expect(await allLive(strangers)).toBe(true);
    await pause(sleepMs);
    const sinceMs = performance.now();
    for (const origin of origins) await scene.setAccess(origin, 'private');
    expect(await cutOff('asleep, made private', sinceMs, strangers)).toEqual([]);
  }, 120_000);
});
