/** The access switch: it holds at the next request, is written down, and the organisation overrides it. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Visitor } from '#sandbox/visitor.ts';
import { addMembers, ask, auditOf, codeOf, previewOnEachShard, setPolicy } from './crowd.ts';
import { allLive, cutOff, endless, openAll, withSockets, type Open } from './open.ts';
import { GateScene, organisation } from './scene.ts';
import { callApi, Terminal } from './terminal.ts';

const scene = new GateScene();
let origins: string[];

beforeAll(async () => {
  await scene.start(endless);
  addMembers(scene, 10);
  withSockets(scene.laptop);
  origins = await previewOnEachShard(scene);
}, 90_000);
afterAll(() => scene.stop());

function change(origin: string, body: unknown): Promise<{ status: number; body: unknown }> {
  return scene.stack.api('PATCH', `/api/v1/previews/${scene.labelOf(origin)}`, body);
}

async function openPublic(): Promise<Open[]> {
  for (const origin of origins) await scene.setAccess(origin, 'public');
  return (await Promise.all(origins.map((origin) => openAll(origin, undefined)))).flat();
}

async function expectPrivate(): Promise<void> {
  for (const origin of origins) {
    const seen = await ask(new Visitor(), origin);
    expect([seen.status, codeOf(seen)]).toEqual([401, 'BW-1001']);
  }
}

describe('the switch', () => {
  it('holds at the next request, there and back, ten times; threat 37', async () => {
    const [origin = ''] = origins;
    for (let round = 0; round < 10; round += 1) {
      await scene.setAccess(origin, 'public');
      expect((await ask(new Visitor(), origin)).status).toBe(200);
      await scene.setAccess(origin, 'private');
      expect((await ask(new Visitor(), origin)).status).toBe(401);
    }
  }, 30_000);

  it('leaves a row in the audit log for each change, with who and until when', async () => {
    const [origin = ''] = origins;
    const subject = scene.labelOf(origin);
    await change(origin, { access: 'public', public_for_s: 3600 });
    await scene.setAccess(origin, 'private');
    const rows = (await auditOf(scene)).filter((row) => row.subject === subject).slice(0, 2);
    expect(rows).toMatchObject([
      { actor: 'operator', action: 'preview.private', details: { access: 'private', until: null } },
      { actor: 'operator', action: 'preview.public', details: { access: 'public' } },
    ]);
    const { until } = (rows[1]?.details ?? {}) as { until: string };
    expect(Date.parse(until) - Date.now()).toBeGreaterThan(3500_000);
    expect(Date.parse(until) - Date.now()).toBeLessThan(3601_000);
  });

  it('voids sessions of before for the time after: whoever was in signs in anew', async () => {
    const [origin = ''] = origins;
    await scene.setAccess(origin, 'public');
    const member = new Visitor('m01');
    // A stranger’s page comes first; the session is the one of a private preview.
    await scene.setAccess(origin, 'private');
    expect((await member.open(`${origin}/`)).status).toBe(200);
    expect((await ask(member, origin)).status).toBe(200);
    await scene.setAccess(origin, 'public');
    await scene.setAccess(origin, 'private');
    expect((await ask(member, origin)).status).toBe(401);
    expect((await member.open(`${origin}/`)).status).toBe(200);
  });

  it('is not for other members; threat 36', async () => {
    const [origin = ''] = origins;
    const terminal = new Terminal(scene, 'm02');
    await terminal.logIn('m02');
    const bearer = terminal.stored.access_token;
    const path = `/previews/${scene.labelOf(origin)}`;
    expect((await callApi(scene, bearer, 'PATCH', path, { access: 'public' })).status).toBe(403);
    expect((await callApi(scene, bearer, 'DELETE', path)).status).toBe(403);
    expect(
      (await callApi(scene, bearer, 'PATCH', '/policy', { public_allowed: true })).status,
    ).toBe(403);
    expect((await callApi(scene, bearer, 'POST', '/stop-all')).status).toBe(403);
    expect((await callApi(scene, undefined, 'PATCH', path, { access: 'public' })).status).toBe(401);
    await expectPrivate();
  }, 30_000);
});

describe('time in public', () => {
  it('ends by itself, with what is open; threat 31', async () => {
    const [origin = ''] = origins;
    const { status, body } = await change(origin, { access: 'public', public_for_s: 3 });
    expect(status).toBe(200);
    const { public_until: until } = body as { public_until: string };
    const opens = await openAll(origin, undefined);
    const dueMs = performance.now() + Date.parse(until) - Date.now();
    expect(await cutOff('time in public is over', dueMs, opens)).toEqual([]);
    await expectPrivate();
  }, 60_000);

  it('is no longer than the organisation allows', async () => {
    const [origin = ''] = origins;
    await setPolicy(scene, { longest_public_s: 600 });
    const refused = await change(origin, { access: 'public', public_for_s: 601 });
    expect(refused).toMatchObject({ body: { error: { code: 'BW-5010' } } });
    await expectPrivate();
    const { body } = await change(origin, { access: 'public' });
    const { public_until: until } = body as { public_until: string };
    expect(Date.parse(until) - Date.now()).toBeLessThanOrEqual(600_000);
    await scene.setAccess(origin, 'private');
    await setPolicy(scene, { longest_public_s: 86_400 });
  });
});

describe('an organisation that allows nothing in public', () => {
  it.each(['policy', 'stop-all'])(
    'closes all of it at once by %s, and keeps it closed; threats 37 and 59',
    async (by) => {
      const strangers = await openPublic();
      const [origin = ''] = origins;
      const sinceMs = performance.now();
      if (by === 'policy') await setPolicy(scene, { public_allowed: false });
      else {
        const path = `/api/v1/stop-all?organisation=${organisation.id}`;
        expect((await scene.stack.api('POST', path)).status).toBe(200);
      }
      await expectPrivate();
      expect(await cutOff(`${by} forbids public`, sinceMs, strangers)).toEqual([]);
      const refused = await change(origin, { access: 'public' });
      expect(refused).toMatchObject({ status: 403, body: { error: { code: 'BW-5010' } } });
      await expect(scene.preview('public')).rejects.toThrow('allows no public previews');
      await expectPrivate();
      // Members go on.
      const member = await scene.visitor('m03', origin);
      const theirs = await openAll(origin, member);
      await setPolicy(scene, { public_allowed: true });
      expect(await allLive(theirs)).toBe(true);
      theirs.forEach((each) => each.drop());
      // What was public stays private until somebody says otherwise.
      await expectPrivate();
      const [row] = (await auditOf(scene))
        .filter(({ action }) => ['stop-all', 'policy.change'].includes(action))
        .slice(1);
      expect(row).toMatchObject({
        actor: 'operator',
        action: by === 'policy' ? 'policy.change' : 'stop-all',
        details: { from: { public_allowed: true }, to: { public_allowed: false } },
      });
    },
    60_000,
  );
});
