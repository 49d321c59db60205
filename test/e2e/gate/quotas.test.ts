/** What strangers may take out of public previews, and people out of the edge: at the limit, and over it. */
import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Visitor, type Seen } from '#sandbox/visitor.ts';
import { addMembers, ask, codeOf, setPolicy } from './crowd.ts';
import { cutOff, endless, openAnswer, openSocket, withSockets } from './open.ts';
import { GateScene } from './scene.ts';
import { callApi, Terminal, type ApiAnswer } from './terminal.ts';

const scene = new GateScene();
const unlimited = {
  max_public_requests_per_minute: 1e9,
  max_public_bytes_per_day: 1e15,
  max_previews_per_person: 20,
};
let origin: string;

beforeAll(async () => {
  await scene.start(endless);
  addMembers(scene, 5);
  withSockets(scene.laptop);
}, 90_000);
afterAll(() => scene.stop());
// Each counts from nothing.
beforeEach(async () => {
  await setPolicy(scene, unlimited);
  origin = await scene.preview('public');
}, 30_000);

const stranger = (): Promise<Seen> => ask(new Visitor(), origin);

function expectOver(seen: Seen, code: string, atMostS: number): void {
  expect([seen.status, codeOf(seen)]).toEqual([429, code]);
  const retryAfterS = Number(seen.headers['retry-after']);
  expect(retryAfterS).toBeGreaterThanOrEqual(1);
  expect(retryAfterS).toBeLessThanOrEqual(atMostS);
}

describe('requests of strangers to a public preview', () => {
  it('are 429 above the minute’s number; members and tokens are not counted; threat 59', async () => {
    const perMinute = 10;
    const member = await scene.visitor('m01', await scene.preview());
    await member.open(`${origin}/`);
    const { token } = await scene.token();
    await setPolicy(scene, { max_public_requests_per_minute: perMinute });
    const headers = { 'x-byway-token': token };
    for (let count = 0; count < perMinute; count += 1) {
      expect((await stranger()).status).toBe(200);
      expect((await new Visitor().send(`${origin}/`, { headers })).status).toBe(200);
    }
    expectOver(await stranger(), 'BW-1008', 60);
    const page = await new Visitor().send(`${origin}/`);
    expect(page.status).toBe(429);
    expect(page.headers['content-type']).toMatch(/^text\/html/);
    expect(page.text).toContain('BW-1008');
    await expect(openSocket(origin, undefined)).rejects.toThrow('429');
    for (let count = 0; count < 2 * perMinute; count += 1) {
      expect((await new Visitor().send(`${origin}/`, { headers })).status).toBe(200);
    }
    // Another preview has a number of its own.
    expect((await ask(new Visitor(), await scene.preview('public'))).status).toBe(200);
  }, 60_000);

  it('are answered again with more allowed', async () => {
    await setPolicy(scene, { max_public_requests_per_minute: 1 });
    expect((await stranger()).status).toBe(200);
    expect((await stranger()).status).toBe(429);
    await setPolicy(scene, { max_public_requests_per_minute: 1000 });
    await expect.poll(async () => (await stranger()).status, { timeout: 10_000 }).toBe(200);
  }, 30_000);
});

describe('bytes to strangers from a public preview', () => {
  it('are 429 above the day’s number, and what is at it arrives whole; threat 59', async () => {
    const text = 'laptop /';
    await setPolicy(scene, { max_public_bytes_per_day: 3 * text.length });
    for (let count = 0; count < 3; count += 1) {
      expect(await stranger()).toMatchObject({ status: 200, text });
    }
    expectOver(await stranger(), 'BW-1009', 86_400);
    const { token } = await scene.token();
    const headers = { 'x-byway-token': token };
    expect((await new Visitor().send(`${origin}/`, { headers })).status).toBe(200);
  }, 30_000);

  it('end an endless answer and a WebSocket; a member’s go on; threat 59', async () => {
    const quota = 256 * 1024;
    const { token } = await scene.token();
    await setPolicy(scene, { max_public_bytes_per_day: quota });
    const [download, member] = await Promise.all([
      openAnswer(origin, '/download', undefined),
      openAnswer(origin, '/download', { token }),
    ]);
    expect(await cutOff('the day’s bytes', performance.now(), [download])).toEqual([]);
    expect(download.bytes()).toBeLessThanOrEqual(quota + 64 * 1024);
    expectOver(await stranger(), 'BW-1009', 86_400);
    await expect.poll(() => member.bytes(), { timeout: 20_000 }).toBeGreaterThan(quota);
    member.drop();

    origin = await scene.preview('public');
    const socket = await openSocket(origin, undefined);
    const sinceMs = performance.now();
    while (socket.end === undefined && performance.now() - sinceMs < 20_000) {
      await socket.lives('x'.repeat(16 * 1024));
    }
    expect(await cutOff('the day’s bytes', sinceMs, [socket])).toEqual([]);
    expectOver(await stranger(), 'BW-1009', 86_400);
  }, 60_000);

  it('none: not even the first request', async () => {
    await setPolicy(scene, { max_public_bytes_per_day: 0 });
    expectOver(await stranger(), 'BW-1009', 86_400);
  });
});

describe('previews of one person', () => {
  let bearer: string;
  let ingress: unknown;
  const made: string[] = [];

  beforeAll(async () => {
    const terminal = new Terminal(scene, 'owner');
    await terminal.logIn('m02');
    bearer = terminal.stored.access_token;
  });

  async function create(): Promise<ApiAnswer> {
    const answer = await callApi(scene, bearer, 'POST', '/previews', {
      cluster: scene.stack.cluster,
      intercept: { id: randomBytes(16).toString('hex'), name: 'web' },
      ingress,
    });
    if (answer.status === 201) made.push(answer.body.label as string);
    return answer;
  }

  it('are refused above the number, also when they are asked for at once; threat 59', async () => {
    const label = scene.labelOf(origin);
    const { body } = await scene.stack.api('GET', `/api/v1/previews/${label}`);
    ({ ingress } = body as { ingress: unknown });
    await setPolicy(scene, { max_previews_per_person: 3 });
    expect((await create()).status).toBe(201);
    const answers = await Promise.all(Array.from({ length: 8 }, () => create()));
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(2);
    for (const { status, code } of answers) {
      if (status !== 201) expect([status, code]).toEqual([409, 'BW-5011']);
    }
    const path = `/previews?cluster=${scene.stack.cluster}`;
    const list = (await callApi(scene, bearer, 'GET', path)).body.previews as {
      label: string;
      owner: { login: string };
    }[];
    const own = list.filter(({ owner }) => owner.login === 'm02').map((each) => each.label);
    expect(own.toSorted()).toEqual(made.toSorted());
    const [first = ''] = own;
    expect((await callApi(scene, bearer, 'DELETE', `/previews/${first}`)).status).toBe(204);
    expect((await create()).status).toBe(201);
    expect((await create()).code).toBe('BW-5011');
  }, 60_000);
});
