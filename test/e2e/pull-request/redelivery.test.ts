/** Webhooks that were lost: the edge asks GitHub for them again, and everything ends as it should have. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { lookEveryMs } from '#edge/objects/redelivery.ts';
import { Visitor } from '#sandbox/visitor.ts';
import { nextSecond, PullScene, repository } from './scene.ts';

const scene = new PullScene();
beforeAll(async () => {
  await scene.start();
  await wake();
}, 90_000);
afterAll(() => scene.stop());

async function statusOf(origin: string): Promise<number> {
  return (await new Visitor().send(`${origin}/`)).status;
}

/** On one of the engines the object that looks is there since somebody signed in. */
async function wake(): Promise<void> {
  await new Visitor('bob').open(`${scene.appUrl}/dashboard`);
}

/** The hour until the edge looks for failures the next time is over; it is stopped meanwhile. */
async function anHourLater(): Promise<void> {
  await scene.stack.part('edge').stop();
  const files = readdirSync(scene.dir, { recursive: true, encoding: 'utf8' });
  let changed = 0;
  for (const file of files.filter((name) => name.endsWith('.sqlite'))) {
    const database = new DatabaseSync(join(scene.dir, file));
    const table = "SELECT 1 FROM sqlite_master WHERE name = 'facts'";
    if (database.prepare(table).get() !== undefined) {
      const sql = "UPDATE facts SET value = value - ? WHERE name = 'look_ms'";
      changed += Number(database.prepare(sql).run(lookEveryMs).changes);
    }
    database.close();
  }
  expect(changed).toBe(1);
  await scene.stack.startPart('edge');
  await wake();
}

it('a lost command and a lost closing take hold an hour later, once', async () => {
  const begun: { origin: string; number: number; sha: string }[] = [];
  for (const branch of ['lost', 'closed']) {
    const sha = scene.push(branch);
    const number = scene.openPull(branch);
    const source = { remotes: [repository], owner: 'sandbox', branch, sha };
    const origin = await scene.previewOf(source);
    await scene.says(number, origin);
    begun.push({ origin, number, sha });
  }
  const [said, closed] = begun as [(typeof begun)[0], (typeof begun)[0]];
  await scene.publish(closed.number);
  await nextSecond();
  scene.github.faults.arm({ times: 100, fault: { kind: 'drop_webhook' } });
  const id = scene.say(said.number, 'alice', `/preview public ${said.sha} 2h`);
  const allowed = scene.say(said.number, 'alice', '/preview allow @mallory 2h');
  const { number } = closed;
  scene.act({ action: 'close_pull_request', repository, number, login: 'alice' });
  await scene.github.webhooks.settled();
  scene.github.faults.clear();
  expect([await statusOf(said.origin), await statusOf(closed.origin)]).toEqual([303, 200]);
  await anHourLater();
  await scene.says(number, 'closed');
  expect(await statusOf(closed.origin)).toBe(303);
  await scene.reacted(id, 'rocket');
  await scene.reacted(allowed, 'rocket');
  await scene.says(said.number, '🌐 public until');
  expect(await statusOf(said.origin)).toBe(200);
  expect((await scene.shown(said.origin)).allowed).toMatchObject([{ user: { login: 'mallory' } }]);
  const again = scene.github.deliveries.all().filter(({ redelivery }) => redelivery);
  expect(again.map(({ statusCode }) => statusCode)).toEqual([202, 202, 202]);
  expect(scene.stickies(said.number)).toHaveLength(1);
}, 90_000);
