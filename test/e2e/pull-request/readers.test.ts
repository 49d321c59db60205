/** `--access repo`: whoever may read the pull request's repository may see the preview. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { Visitor } from '#sandbox/visitor.ts';
import { endless, openSocket, withSockets } from '../gate/open.ts';
import { ids } from '../gate/scene.ts';
import { PullScene, repository, waitMs } from './scene.ts';

const scene = new PullScene();
let origin: string;
let number: number;

beforeAll(async () => {
  await scene.start(endless);
  withSockets(scene.laptop);
  // Members of the organisation have the repositories that they are given.
  scene.act({ action: 'set_base_permission', org: 'sandbox', permission: 'none' });
  const sha = scene.push('readers');
  number = scene.openPull('readers');
  const source = { remotes: [repository], owner: 'sandbox', branch: 'readers', sha };
  origin = await scene.previewOf(source, { id: ids.alice, login: 'alice' });
  await scene.says(number, origin);
}, 90_000);
afterAll(() => scene.stop());

const setGate = (gate: string) =>
  scene.stack.api('PATCH', `/api/v1/previews/${scene.labelOf(origin)}`, { gate });
const give = (login: string, role: 'read' | null) =>
  scene.act({ action: 'set_collaborator', repository, person: login, role });

it('is told to the pull request, and takes the members’ access at once; threats 1 and 37', async () => {
  const bob = await scene.visitor('bob', origin);
  const socket = await openSocket(origin, bob);
  const changed = await setGate('repo');
  expect(changed).toMatchObject({ status: 200, body: { gate: 'repo', access: 'private' } });
  await scene.says(number, '🔒 readers of the repository');
  expect((await socket.ended).code).toBeDefined();
  const denied = await bob.open(`${origin}/`);
  expect(denied.headers['x-byway-error']).toBe('BW-6021');
  expect(denied.text).toContain('Ask for access');
}, 60_000);

it('lets in who is given the repository, of the organisation or not', async () => {
  const mallory = new Visitor('mallory');
  expect((await mallory.open(`${origin}/`)).status).toBe(404);
  give('mallory', 'read');
  await told('added', ids.mallory);
  expect((await scene.visitor('mallory', origin)).login).toBe('mallory');
  give('bob', 'read');
  await told('added', ids.bob);
  expect((await scene.visitor('bob', origin)).login).toBe('bob');
}, 60_000);

it('threat 32: is closed to whom it is taken from, open sockets included', async () => {
  const mallory = await scene.visitor('mallory', origin);
  const socket = await openSocket(origin, mallory);
  const atMs = performance.now();
  give('mallory', null);
  const end = await socket.ended;
  expect(end.code).toBe(4403);
  console.info(`a reader's socket closed after ${Math.round(end.atMs - atMs)} ms (limit 10 s)`);
  expect((await mallory.open(`${origin}/`)).status).toBe(404);
  expect((await scene.visitor('bob', origin)).login).toBe('bob');
}, 60_000);

it('of a repository that becomes public it lets in its collaborators only', async () => {
  const before = scene.told('repository').length;
  scene.act({ action: 'set_visibility', repository, private: false });
  await expect
    .poll(() => scene.told('repository').length, { timeout: waitMs })
    .toBeGreaterThan(before);
  expect((await new Visitor('mallory').open(`${origin}/`)).status).toBe(404);
  expect((await scene.visitor('bob', origin)).login).toBe('bob');
}, 60_000);

it('and is the members’ again', async () => {
  give('bob', null);
  await told('removed', ids.bob);
  expect((await new Visitor('bob').open(`${origin}/`)).status).toBe(403);
  expect((await setGate('org')).status).toBe(200);
  await scene.says(number, '🔒 organisation');
  expect((await scene.visitor('bob', origin)).login).toBe('bob');
}, 60_000);

/** Waits until the edge has taken that delivery of `member`. */
async function told(action: string, userId: number): Promise<void> {
  const isThere = (): boolean =>
    scene.told('member').some(({ requestBody, statusCode, action: what }) => {
      const { member } = JSON.parse(requestBody) as { member: { id: number } };
      return statusCode === 202 && what === action && member.id === userId;
    });
  await expect.poll(isThere, { timeout: waitMs }).toBe(true);
}
