/** Previews end by themselves, or by somebody's word; those who look for one are told why, and by whom. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Visitor } from '#sandbox/visitor.ts';
import { auditOf } from './gate/crowd.ts';
import { GateScene, organisation, people } from './gate/scene.ts';
import { until } from './world.ts';

const scene = new GateScene();
const dayMs = 86_400_000;
let member: Visitor;
let expired: string;
let idle: string;
let removed: string;
let left: string;
let lives: string;

beforeAll(async () => {
  await scene.start();
  expired = await scene.preview();
  idle = await scene.preview();
  removed = await scene.preview();
  left = await scene.preview();
  lives = await scene.preview();
  member = await scene.visitor(people.member, lives);
  for (const origin of [expired, idle, removed, left]) await member.open(`${origin}/`);
}, 90_000);
afterAll(() => scene.stop());

/** As if that much time had gone by for one preview, while the edge was away. */
function age(origin: string, column: 'until_ms' | 'used_ms', ms: number): void {
  let rows = 0;
  for (const file of readdirSync(scene.dir, { recursive: true, encoding: 'utf8' })) {
    if (!file.endsWith('.sqlite')) continue;
    const database = new DatabaseSync(join(scene.dir, file));
    if (database.prepare("SELECT 1 FROM sqlite_schema WHERE name = 'lives'").get()) {
      const update = `UPDATE lives SET ${column} = ${column} - ? WHERE label = ?`;
      rows += Number(database.prepare(update).run(ms, scene.labelOf(origin)).changes);
    }
    database.close();
  }
  if (rows !== 1) throw new Error(`${rows} previews have aged`);
}

interface Own {
  preview: { url: string; state: string; reason?: string; ended_by?: string | null };
}

async function own(origin: string): Promise<Own['preview'] | undefined> {
  const { stdout } = await scene.stack.byway('status', '--output', 'json');
  const { intercepts } = JSON.parse(stdout) as { intercepts: Own[] };
  return intercepts.map(({ preview }) => preview).find(({ url }) => url.startsWith(origin));
}

const api = (method: string, origin: string, more = '') =>
  scene.stack.api(method, `/api/v1/previews/${scene.labelOf(origin)}${more}`);

it('is shown by its owner’s status, with its end', async () => {
  const { stdout } = await scene.stack.byway('status');
  expect(stdout).toContain(`      Preview URL: ${lives}`);
  expect(stdout).toMatch(
    / {6}Access {5}: private\n {6}Ends {7}: in 2 d 23 h unless somebody uses it/,
  );
  expect(await own(lives)).toMatchObject({ state: 'live', hits: 1 });
});

it('ends when its time is up, and when nobody has used it', async () => {
  await scene.stack.part('edge').kill();
  age(expired, 'until_ms', 15 * dayMs);
  age(idle, 'used_ms', 4 * dayMs);
  await scene.stack.startPart('edge');
  for (const [origin, reason, words] of [
    [expired, 'expired', 'its time was up'],
    [idle, 'idle', 'nobody had used it for a while'],
  ] as const) {
    const page = await until(async () => {
      const seen = await member.open(`${origin}/`);
      return seen.status === 410 ? seen : undefined;
    }, `it lives: ${reason}`);
    expect(page.text).toContain(`It is over: ${words}.`);
    expect(page.text).toContain(`BW-6009 (${reason})`);
    const { body } = await api('GET', origin, '/ending');
    expect(body).toMatchObject({ reason, ended_by: null });
    expect(await own(origin)).toMatchObject({ state: 'ended', reason, ended_by: null });
    const noted = await until(async () => {
      const rows = await auditOf(scene);
      const label = scene.labelOf(origin);
      return rows.find((row) => row.subject === label && row.action === 'preview.remove');
    }, 'no row says that it ended');
    expect(noted).toMatchObject({ actor: 'edge', details: { reason } });
  }
  expect(
    (
      await until(async () => {
        const seen = await member.open(`${lives}/`);
        return seen.status === 200 ? seen : undefined;
      }, 'the other one has ended')
    ).status,
  ).toBe(200);
}, 60_000);

it('says who has removed it, and that it went with its intercept', async () => {
  expect((await api('DELETE', removed)).status).toBe(204);
  expect(await own(removed)).toMatchObject({ reason: 'removed', ended_by: 'operator' });
  const { stdout } = await scene.stack.byway('status');
  expect(stdout).toContain('operator has removed it');
  expect((await member.open(`${removed}/`)).text).toContain('somebody has removed it');
  expect((await scene.stack.byway('leave', 'web-4')).code).toBe(0);
  expect((await api('GET', left, '/ending')).body).toMatchObject({ reason: 'left' });
  expect((await member.open(`${left}/`)).text).toContain('its intercept was ended');
});

it('ends with an intercept that is ended at the edge, and both have a row', async () => {
  const { cluster } = scene.stack;
  const { body } = await scene.stack.api('GET', `/api/v1/intercepts?cluster=${cluster}`);
  const { intercepts } = body as { intercepts: { id: string; name: string }[] };
  const { id } = intercepts.find(({ name }) => name === 'web-5')!;
  const ended = await scene.stack.api('DELETE', `/api/v1/intercepts/${cluster}/${id}`);
  expect(ended.status).toBe(204);
  expect((await api('GET', lives, '/ending')).body).toMatchObject({
    reason: 'left',
    ended_by: 'operator',
  });
  expect((await member.open(`${lives}/`)).text).toContain('its intercept was ended');
  const path = `/api/v1/audit?organisation=${organisation.id}&limit=2`;
  const { body: audit } = await scene.stack.api('GET', path);
  expect(audit).toMatchObject({
    entries: [
      {
        actor: 'operator',
        action: 'preview.remove',
        subject: scene.labelOf(lives),
        details: { reason: 'left', intercept: id },
      },
      { action: 'intercept.end', subject: id },
    ],
  });
});
