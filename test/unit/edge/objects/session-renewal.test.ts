/** A session that is used goes on while its login lives, and not a second longer. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { alice, hourMs, outcome, ScratchGate, sid } from '../gate/scratch-gate.ts';

const halfMs = hourMs / 2;
let world: ScratchGate;
let label: string;
let startMs: number;
let cookie: string[];

beforeEach(async () => {
  world = new ScratchGate();
  startMs = world.nowMs;
  label = await world.preview('private', '1');
  await world.connect();
  cookie = await world.cookie(label);
});
afterEach(() => world.stop());

/** The cookie that goes along with the answer. */
async function renewed(fields = cookie, to = label): Promise<string | undefined> {
  const way = await world.ask(to, { fields });
  if (way.kind !== 'relay') throw new Error(String(outcome(way)));
  return way.passage.setCookie;
}

const pairOf = (setCookie = ''): string[] => ['Cookie', setCookie.split(';', 1)[0] ?? ''];
const maxAgeOf = (setCookie = ''): number => Number(/Max-Age=(\d+)/.exec(setCookie)?.[1]);

describe('a session', () => {
  it('is left alone in the first half of its hour', async () => {
    expect(await renewed()).toBeUndefined();
    world.nowMs = startMs + halfMs - 1;
    expect(await renewed()).toBeUndefined();
  });

  it('is renewed in the second half, for another hour, with all attributes', async () => {
    world.nowMs = startMs + halfMs;
    const setCookie = await renewed();
    expect(setCookie).toMatch(
      /^__Host-byway_session=[\w.-]+; Max-Age=3600; Path=\/; Secure; HttpOnly; SameSite=Lax$/,
    );
    world.nowMs = startMs + hourMs;
    expect(outcome(await world.ask(label, { fields: cookie }))).toBe(401);
    expect(outcome(await world.ask(label, { fields: pairOf(setCookie) }))).toBe('relay');
  });

  it('is renewed by one of many requests, and by another a minute later', async () => {
    world.nowMs = startMs + halfMs;
    const all = await Promise.all(Array.from({ length: 50 }, () => renewed()));
    expect(all.filter((each) => each !== undefined)).toHaveLength(1);
    world.nowMs += 59_999;
    expect(await renewed()).toBeUndefined();
    world.nowMs += 1;
    expect(await renewed()).toBeDefined();
  });

  it('that is used goes on for the twelve hours of its login, and no further', async () => {
    let fields = cookie;
    const endMs = startMs + 12 * hourMs;
    while (world.nowMs + 10 * 60_000 < endMs) {
      world.nowMs += 10 * 60_000;
      const setCookie = await renewed(fields);
      if (setCookie === undefined) continue;
      expect(world.nowMs + maxAgeOf(setCookie) * 1000).toBeLessThanOrEqual(endMs);
      fields = pairOf(setCookie);
    }
    world.nowMs = endMs - 1;
    expect(outcome(await world.ask(label, { fields }))).toBe('relay');
    world.nowMs = endMs;
    expect(outcome(await world.ask(label, { fields }))).toBe(401);
  });

  it('is not renewed in the last second of its login', async () => {
    world.logins.set(sid, startMs + halfMs + 999);
    world.nowMs = startMs + halfMs;
    expect(await renewed()).toBeUndefined();
  });

  it('threat 32: is not renewed once its login has ended, though its lease runs', async () => {
    world.nowMs = startMs + halfMs - 1000;
    expect(await renewed()).toBeUndefined();
    world.logins.delete(sid);
    world.nowMs = startMs + halfMs;
    expect(await renewed()).toBeUndefined();
  });

  it('threat 37: keeps the epoch that it was made with', async () => {
    const shared = await world.preview('public', '2');
    const own = await world.cookie(shared);
    world.nowMs = startMs + halfMs;
    const setCookie = await renewed(own, shared);
    expect(setCookie).toBeDefined();
    world.cluster.setAccess(shared, { access: 'private', publicForS: 0 });
    const fields = pairOf(setCookie);
    expect(outcome(await world.ask(shared, { fields }))).toBe(401);
  });

  it('threat 13: is renewed for its own preview and person', async () => {
    const other = await world.preview('private', '2');
    world.nowMs = startMs + halfMs;
    const fields = pairOf(await renewed());
    expect(outcome(await world.ask(other, { fields }))).toBe(401);
    world.members.delete(alice.id);
    world.cluster.withdraw({ kind: 'person', userId: alice.id });
    expect(outcome(await world.ask(label, { fields }))).toBe(404);
  });
});

it('a request goes on without a new session where none can be made', async () => {
  world.nowMs = startMs + halfMs;
  expect(outcome(await world.ask(label, { fields: await world.cookie(label) }))).toBe('relay');
  world.before = (call) =>
    call.startsWith('loginUntil') ? Promise.reject(new Error('on purpose')) : Promise.resolve();
  expect(await renewed()).toBeUndefined();
  expect(world.warnings).toHaveLength(1);
});

describe('no session is renewed', () => {
  it('of a token: whoever has that makes another one', async () => {
    const { id } = world.token();
    const viewer = { kind: 'token', id } as const;
    const fields = await world.cookie(label, { viewer, sid: '-' });
    world.nowMs = startMs + hourMs - 1000;
    expect(await renewed(fields)).toBeUndefined();
    expect(world.calls).not.toContain('loginUntil -');
  });

  it('threat 55: of a person, in an answer to a token', async () => {
    const { token } = world.token();
    world.nowMs = startMs + halfMs;
    expect(await renewed([...cookie, 'X-Byway-Token', token])).toBeUndefined();
  });

  it('of somebody who is not let in', async () => {
    world.members.delete(alice.id);
    world.nowMs = startMs + halfMs;
    const way = await world.ask(label, { fields: cookie });
    expect(way.kind === 'page' && way.page.fields).not.toContain('Set-Cookie');
    expect(outcome(way)).toBe(404);
  });
});
