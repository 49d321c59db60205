/** Somebody who is in no organisation asks to be let into one preview, and is. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { byScript, Visitor, type Seen } from '#sandbox/visitor.ts';
import { auditOf } from '../gate/crowd.ts';
import { endless, openSocket, withSockets } from '../gate/open.ts';
import { PullScene, repository } from './scene.ts';

const scene = new PullScene();
let origin: string;
let number: number;

beforeAll(async () => {
  await scene.start(endless);
  withSockets(scene.laptop);
  const sha = scene.push('guests');
  number = scene.openPull('guests');
  const source = { remotes: [repository], owner: 'sandbox', branch: 'guests', sha };
  origin = await scene.previewOf(source);
  await scene.says(number, origin);
}, 90_000);
afterAll(() => scene.stop());

/** The page that denies somebody without what differs by chance. */
function textOf({ status, text }: Seen): string {
  return `${status} ${text.replaceAll(/(?:value|href)="[^"]*"/g, '')}`;
}

describe('an outsider', () => {
  const mallory = new Visitor('mallory');

  it('may ask, and is shown nothing by it; threat 19', async () => {
    const denied = await mallory.open(`${origin}/`);
    expect(denied.text).toContain('Ask for access');
    const asked = await mallory.submit(denied);
    expect(asked.status).toBe(200);
    await scene.says(number, /Asking to be let in: `mallory`/);
    const unknown = origin.replace(/[a-z2-7]{20}(?=\.)/, 'a'.repeat(20));
    const other = new Visitor('mallory');
    const nowhere = await other.open(`${unknown}/`);
    expect(textOf(nowhere)).toBe(textOf(denied));
    expect(textOf(await other.submit(nowhere))).toBe(textOf(asked));
  }, 30_000);

  it('asks three times an hour, from our own page only; threats 39 and 60', async () => {
    const again = new Visitor('mallory');
    const denied = await again.open(`${origin}/`);
    const foreign = await again.send(`${scene.appUrl}/ask`, { method: 'POST', body: 'ticket=x' });
    expect(foreign.headers['x-byway-error']).toBe('BW-6018');
    expect((await again.submit(denied)).status).toBe(200);
    expect((await again.submit(denied)).status).toBe(429);
  }, 30_000);

  it('is let in by a writer’s word, into this preview only', async () => {
    scene.say(number, 'alice', '/preview allow @mallory 2h');
    await scene.says(number, /`mallory` until/);
    expect((await scene.visitor('mallory', origin)).login).toBe('mallory');
    const sha = scene.push('elsewhere');
    const source = { remotes: [repository], owner: 'sandbox', branch: 'elsewhere', sha };
    const elsewhere = await scene.previewOf(source);
    expect((await mallory.open(`${elsewhere}/`)).status).toBe(404);
    expect((await mallory.open(`${scene.appUrl}/dashboard`)).status).toBe(404);
  }, 30_000);

  it('is out at once when that is taken back, open sockets included; threat 37', async () => {
    const guest = await scene.visitor('mallory', origin);
    const socket = await openSocket(origin, guest);
    scene.say(number, 'alice', '/preview disallow @mallory');
    expect((await socket.ended).code).toBe(4403);
    const denied = await guest.open(`${origin}/`);
    expect([denied.status, denied.text.includes('Ask for access')]).toEqual([404, true]);
    expect((await guest.send(`${origin}/`, { headers: byScript })).status).toBe(404);
  }, 30_000);

  it('leaves a row in the audit log for each word, with whose it was and until when', async () => {
    const rows = (await auditOf(scene)).filter(({ action }) => action.endsWith('allow'));
    const about = { user: 1003, pull_request: `2001#${number}` };
    expect(rows).toMatchObject([
      {
        ...{ actor: 'gh:1001', action: 'preview.disallow', subject: scene.labelOf(origin) },
        details: about,
      },
      {
        ...{ actor: 'gh:1001', action: 'preview.allow', subject: scene.labelOf(origin) },
        details: { ...about, user_login: 'mallory', until: expect.any(String) },
      },
    ]);
  });
});

it('is over by a comment, and whose it was is known', async () => {
  await scene.reacted(scene.say(number, 'alice', '/preview remove'), 'rocket');
  const path = `/api/v1/previews/${scene.labelOf(origin)}/ending`;
  const { body } = await scene.stack.api('GET', path);
  expect(body).toMatchObject({ reason: 'removed', ended_by: 'alice' });
}, 30_000);
