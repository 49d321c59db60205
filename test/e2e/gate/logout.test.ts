/** Signing out: what it ends, what it does not, and that nothing of it comes back. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { byScript, Visitor } from '#sandbox/visitor.ts';
import { addMembers, ask } from './crowd.ts';
import { GateScene } from './scene.ts';

const scene = new GateScene();
const session = '__Host-byway_session';
const sso = '__Host-byway_sso';
let origins: string[];

beforeAll(async () => {
  await scene.start();
  addMembers(scene, 10);
  origins = [await scene.preview(), await scene.preview()];
}, 90_000);
afterAll(() => scene.stop());

async function signOut(browser: Visitor): Promise<void> {
  const done = await browser.submit(await browser.send(`${scene.appUrl}/logout`));
  expect(done.status).toBe(303);
}

it('ends all sessions, and their cookies are worth nothing to whoever kept them; threat 31', async () => {
  const browser = new Visitor('m01');
  for (const origin of origins) expect((await browser.open(`${origin}/`)).status).toBe(200);
  const kept = new Visitor();
  for (const [origin, jar] of browser.jar) kept.jar.set(origin, new Map(jar));
  await signOut(browser);
  expect(browser.cookies(scene.appUrl).has(sso)).toBe(false);
  for (const origin of origins) {
    expect((await ask(kept, origin)).status).toBe(401);
    // On the way to a new session the old login is no login.
    const begun = await kept.send(`${origin}/`);
    const next = await kept.send(begun.headers.location ?? '');
    expect(new URL(next.headers.location ?? '').port).toBe(String(scene.github.port));
  }
});

it('still holds when the edge has been started again; threat 31', async () => {
  const browser = await scene.visitor('m02', origins[0] ?? '');
  const other = await scene.visitor('m03', origins[0] ?? '');
  const kept = new Visitor();
  for (const [origin, jar] of browser.jar) kept.jar.set(origin, new Map(jar));
  await signOut(browser);
  await scene.stack.part('edge').kill();
  await scene.stack.startPart('edge');
  await scene.connected();
  expect((await ask(other, origins[0] ?? '')).status).toBe(200);
  expect((await ask(kept, origins[0] ?? '')).status).toBe(401);
  expect((await kept.send(`${scene.appUrl}/logout`)).text).not.toContain('m02');
}, 60_000);

it('begins on a preview with a link that ends nothing; its form ends that preview’s session', async () => {
  const [origin = '', another = ''] = origins;
  const browser = new Visitor('m04');
  for (const each of origins) await browser.open(`${each}/`);
  const linked = await browser.send(`${origin}/.byway/logout`);
  expect([linked.status, linked.headers.location]).toEqual([303, `${scene.appUrl}/logout`]);
  expect((await ask(browser, origin)).status).toBe(200);
  const url = `${origin}/.byway/logout`;
  for (const foreign of [another, scene.appUrl, 'null']) {
    const headers = { ...byScript, origin: foreign };
    const seen = await browser.send(url, { method: 'POST', body: '', headers });
    expect([foreign, seen.status]).toEqual([foreign, 403]);
  }
  expect(browser.cookies(origin).has(session)).toBe(true);
  const headers = { ...byScript, origin };
  expect((await browser.send(url, { method: 'POST', body: '', headers })).status).toBe(303);
  expect(browser.cookies(origin).has(session)).toBe(false);
  expect((await ask(browser, another)).status).toBe(200);
});

it('of one person leaves everybody else in', async () => {
  const [origin = ''] = origins;
  const one = await scene.visitor('m05', origin);
  const two = await scene.visitor('m06', origin);
  await signOut(one);
  expect((await ask(one, origin)).status).toBe(401);
  expect((await ask(two, origin)).status).toBe(200);
  expect((await one.open(`${origin}/`)).status).toBe(200);
});
