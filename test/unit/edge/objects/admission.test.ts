/** Who a request is from: asked for once, remembered for a while, and never longer than it holds. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { makeToken } from '#edge/gate/token.ts';
import { leaseLifeMs } from '#edge/objects/leases.ts';
import { random } from '../gate/key-ring.ts';
import { alice, hourMs, outcome, ScratchGate, sid, withToken } from '../gate/scratch-gate.ts';

let world: ScratchGate;
let label: string;
let cookie: string[];

beforeEach(async () => {
  world = new ScratchGate();
  label = await world.preview('private', '1');
  await world.connect();
  cookie = await world.cookie(label);
});
afterEach(() => world.stop());

async function ask(fields = cookie, to = label): Promise<string | number> {
  return outcome(await world.ask(to, { fields }));
}

/** What was called since the last time that this was asked. */
function calls(): string[] {
  return world.calls.splice(0).sort();
}

const both = [`loginUntil ${sid}`, `membership ${alice.id}`];

describe('a session', () => {
  it('costs two questions at first, and none for five minutes after', async () => {
    expect(await ask()).toBe('relay');
    expect(calls()).toEqual(both);
    for (let count = 0; count < 20; count += 1) expect(await ask()).toBe('relay');
    expect(calls()).toEqual([]);
    world.nowMs += leaseLifeMs;
    expect(await ask()).toBe('relay');
    expect(calls()).toEqual(both);
  });

  it('costs no more for a hundred requests at once', async () => {
    const all = await Promise.all(Array.from({ length: 100 }, () => ask()));
    expect(new Set(all)).toEqual(new Set(['relay']));
    expect(calls()).toEqual(both);
  });

  it('costs no question when its signature is not good, nor any statement', async () => {
    const before = world.statements;
    for (const text of ['x', 'a.b.c', `${cookie[1]?.slice(0, -3)}AAA`]) {
      expect(await ask(['Cookie', `__Host-byway_session=${text}`])).toBe(401);
    }
    expect(calls()).toEqual([]);
    expect(world.statements).toBe(before);
  });

  it('threat 32: is asked about anew after a restart', async () => {
    await ask();
    calls();
    world.restart();
    await world.connect();
    world.members.delete(alice.id);
    expect(await ask()).toBe(404);
    expect(calls()).toEqual(both);
  });

  it('expires after an hour, also when it was just used', async () => {
    world.nowMs += hourMs - 1;
    expect(await ask()).toBe('relay');
    world.nowMs += 1;
    expect(await ask()).toBe(401);
  });

  it('threat 24: is asked about anew when the clock is set back, and then remembered again', async () => {
    world.nowMs += hourMs;
    expect(await ask(await world.cookie(label))).toBe('relay');
    calls();
    world.nowMs -= 2 * hourMs;
    // Made later than now.
    expect(await ask()).toBe(401);
    expect(calls()).toEqual([]);
    const fields = await world.cookie(label);
    expect(await ask(fields)).toBe('relay');
    expect(calls()).toEqual(both);
    expect(await ask(fields)).toBe('relay');
    expect(calls()).toEqual([]);
  });

  it('of a login that has ended is a stranger’s, not a denial', async () => {
    world.logins.delete(sid);
    expect(await ask()).toBe(401);
    world.logins.set(sid, world.nowMs + hourMs);
    expect(await ask()).toBe('relay');
  });
});

describe('a token', () => {
  it('costs two questions at first, and none after', async () => {
    const fields = withToken(world.token().token);
    expect(await ask(fields)).toBe('relay');
    expect(calls()).toEqual(['token', 'verifyToken']);
    for (let count = 0; count < 20; count += 1) expect(await ask(fields)).toBe('relay');
    expect(calls()).toEqual([]);
  });

  it('is remembered as a whole: another secret under its id is verified', async () => {
    const { id, token } = world.token();
    expect(await ask(withToken(token))).toBe('relay');
    const forged = makeToken('bws', random, id).token;
    calls();
    expect(await ask(withToken(forged))).toBe(401);
    expect(calls()).toEqual(['verifyToken']);
    expect(await ask(withToken(token))).toBe('relay');
  });

  it('threat 60: costs no question when its checksum is wrong', async () => {
    const { token } = makeToken('bws', random);
    const last = token.endsWith('0') ? '1' : '0';
    expect(await ask(withToken(token.slice(0, -1) + last))).toBe(401);
    expect(calls()).toEqual([]);
  });

  it.each(['bwc', 'bwu'] as const)('threat 51: that is a %s costs no question', async (prefix) => {
    expect(await ask(withToken(makeToken(prefix, random).token))).toBe(401);
    expect(calls()).toEqual([]);
  });

  it('threat 52: with the secret before a rotation without overlap is refused at once', async () => {
    const { id, token } = world.token();
    expect(await ask(withToken(token))).toBe('relay');
    const rotated = makeToken('bws', random, id).token;
    const valid = world.tokens.get(token);
    if (!valid) throw new Error('no token');
    world.tokens.set(rotated, valid);
    world.tokens.delete(token);
    world.cluster.withdraw({ kind: 'token', id });
    expect(await ask(withToken(rotated))).toBe('relay');
    expect(await ask(withToken(token))).toBe(401);
  });

  it('threat 51: ends when it expires, at once', async () => {
    const expiresMs = world.nowMs + 1000;
    const fields = withToken(world.token({ expiresMs }).token);
    expect(await ask(fields)).toBe('relay');
    world.nowMs = expiresMs - 1;
    expect(await ask(fields)).toBe('relay');
    world.nowMs = expiresMs;
    expect(await ask(fields)).toBe(401);
  });

  it('threat 52: with the secret before a rotation ends with the overlap, at once', async () => {
    const formerUntilMs = world.nowMs + 1000;
    const { token } = world.token({ formerUntilMs }, true);
    expect(await ask(withToken(token))).toBe('relay');
    world.nowMs = formerUntilMs;
    // The organisation's object no longer takes it.
    world.tokens.delete(token);
    expect(await ask(withToken(token))).toBe(401);
  });

  it('threat 32: is asked about again after five minutes, and no longer good when it is gone', async () => {
    const { token } = world.token();
    expect(await ask(withToken(token))).toBe('relay');
    world.tokens.delete(token);
    expect(await ask(withToken(token))).toBe('relay');
    world.nowMs += leaseLifeMs;
    expect(await ask(withToken(token))).toBe(401);
  });

  it('threat 51: of a session is bound as the token itself is', async () => {
    const { id } = world.token({ binding: { kind: 'preview', label: 'amber-otter' } });
    const viewer = { kind: 'token', id } as const;
    expect(await ask(await world.cookie(label, { viewer, sid: '-' }))).toBe(401);
  });
});

describe('revocation in the middle of an answer', () => {
  it.each([
    ['a person', `membership ${alice.id}`, { kind: 'person', userId: alice.id }],
    ['a login', `loginUntil ${sid}`, { kind: 'logins', sids: [sid] }],
    ['everybody', `membership ${alice.id}`, { kind: 'everybody' }],
  ] as const)('threat 31: of %s, whenever it comes, is never overtaken', async (_who, at, what) => {
    let times = 0;
    world.before = (call) => {
      if (call === at && times++ === 0) {
        world.members.delete(alice.id);
        world.logins.delete(sid);
        world.cluster.withdraw(what);
      }
      return Promise.resolve();
    };
    expect(await ask()).not.toBe('relay');
    expect(times).toBeGreaterThan(0);
  });

  it('threat 24: that never ends makes it a no, not a loop', async () => {
    world.before = (call) => {
      if (call.startsWith('membership')) {
        world.cluster.withdraw({ kind: 'person', userId: alice.id });
      }
      return Promise.resolve();
    };
    expect(await ask()).not.toBe('relay');
  });
});
