/** What a login leaves behind is worth something to one browser on one preview, once. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { byScript, Visitor, type Seen } from '#sandbox/visitor.ts';
import { addMembers, ask, codeOf } from './crowd.ts';
import { GateScene } from './scene.ts';

const scene = new GateScene();
const session = '__Host-byway_session';
const sso = '__Host-byway_sso';
let origin: string;
let another: string;

beforeAll(async () => {
  await scene.start();
  addMembers(scene, 20);
  origin = await scene.preview();
  another = await scene.preview();
}, 90_000);
afterAll(() => scene.stop());

/** Everything up to the code: what is returned is where the browser is sent with it. */
async function callbackOf(visitor: Visitor): Promise<URL> {
  let now: Seen = await visitor.send(`${origin}/goal`);
  for (let hop = 0; hop < 10; hop += 1) {
    const { location } = now.headers;
    if (location === undefined) {
      const body = new URLSearchParams({ login: visitor.login ?? '' }).toString();
      now = await visitor.send(now.url, { method: 'POST', body });
      continue;
    }
    const next = new URL(location, now.url);
    if (next.pathname === '/.byway/callback') return next;
    now = await visitor.send(next);
  }
  throw new Error('no code comes');
}

/** The same browser once more: what one of them gets the other does not. */
function copyOf(visitor: Visitor): Visitor {
  const copy = new Visitor(visitor.login);
  for (const [name, jar] of visitor.jar) copy.jar.set(name, new Map(jar));
  return copy;
}

describe('a code', () => {
  it('that is redeemed twice at once makes one session, and ends the login; threat 5', async () => {
    for (let round = 0; round < 5; round += 1) {
      const browser = new Visitor('m01');
      const callback = await callbackOf(browser);
      const thieves = [browser, copyOf(browser), copyOf(browser)];
      const seen = await Promise.all(thieves.map((each) => each.send(callback)));
      const winners = thieves.filter((each) => each.cookies(origin).has(session));
      expect(winners).toHaveLength(1);
      expect(seen.map(({ status }) => status).toSorted()).toEqual([303, 400, 400]);
      expect((await ask(winners[0] ?? browser, origin)).status).toBe(401);
      // Nor is the browser signed in on the app host any more.
      expect((await browser.send(`${scene.appUrl}/logout`)).text).not.toContain('m01');
    }
  });

  it('that comes again later ends the login and its session; threat 5', async () => {
    const browser = new Visitor('m02');
    const callback = await callbackOf(browser);
    const thief = copyOf(browser);
    expect((await browser.send(callback)).status).toBe(303);
    expect((await ask(browser, origin)).status).toBe(200);
    expect((await thief.send(callback)).status).toBe(400);
    expect((await ask(browser, origin)).status).toBe(401);
    expect((await browser.open(`${origin}/`)).status).toBe(200);
  });

  it('is worth nothing to another browser, and not used up by it; threats 3 and 6', async () => {
    const browser = new Visitor('m03');
    const callback = await callbackOf(browser);
    const stranger = new Visitor();
    const refused = await stranger.send(callback);
    expect(refused.status).toBe(400);
    expect(refused.headers['set-cookie']).toBeUndefined();
    // Somebody with a login of their own gets no further with it.
    const mate = new Visitor('m04');
    await callbackOf(mate);
    expect((await mate.send(callback)).status).toBe(400);
    expect(mate.cookies(origin).has(session)).toBe(false);
    expect((await browser.follow(await browser.send(callback))).status).toBe(200);
  });

  it('is worth nothing on another preview; threat 13', async () => {
    const browser = new Visitor('m05');
    const callback = await callbackOf(browser);
    browser.jar.set(another, new Map(browser.cookies(origin)));
    const elsewhere = new URL(`${callback.pathname}${callback.search}`, another);
    expect((await browser.send(elsewhere)).status).toBe(400);
    expect(browser.cookies(another).has(session)).toBe(false);
  });

  it('of a login that ended meanwhile is worth nothing; threat 5', async () => {
    const browser = new Visitor('m06');
    const callback = await callbackOf(browser);
    await browser.submit(await browser.send(`${scene.appUrl}/logout`));
    expect((await browser.send(callback)).status).toBe(400);
    expect(browser.cookies(origin).has(session)).toBe(false);
  });
});

describe('a session', () => {
  it('of one preview is none on another, nor on the app host; threat 13', async () => {
    const browser = await scene.visitor('m07', origin);
    const value = browser.cookies(origin).get(session) ?? '';
    const thief = new Visitor();
    thief.cookies(another).set(session, value);
    expect((await ask(thief, another)).status).toBe(401);
    for (const name of [session, sso]) {
      thief.cookies(scene.appUrl).set(name, value);
      expect((await thief.send(`${scene.appUrl}/logout`)).text).not.toContain('m07');
    }
    // On its own it is good, as a thief of a cookie knows.
    thief.cookies(origin).set(session, value);
    expect((await ask(thief, origin)).status).toBe(200);
  });

  it('of a token is none on another preview; threat 13', async () => {
    const { token } = await scene.token();
    const browser = new Visitor();
    const headers = { 'x-byway-token': token };
    await browser.send(`${origin}/.byway/session`, { method: 'POST', headers });
    expect((await ask(browser, origin)).status).toBe(200);
    browser.jar.set(another, new Map(browser.cookies(origin)));
    expect((await ask(browser, another)).status).toBe(401);
  });

  it('that is there twice, or changed by a character, is none; threats 11 and 16', async () => {
    const browser = await scene.visitor('m08', origin);
    const value = browser.cookies(origin).get(session) ?? '';
    const by = (cookie: string): Promise<Seen> =>
      new Visitor().send(`${origin}/`, { headers: { ...byScript, cookie } });
    expect((await by(`${session}=${value}`)).status).toBe(200);
    expect((await by(`${session}=${value}; ${session}=${value}`)).status).toBe(401);
    for (const at of [5, Math.floor(value.length / 2), value.length - 3]) {
      const other = value[at] === 'A' ? 'B' : 'A';
      const changed = value.slice(0, at) + other + value.slice(at + 1);
      const seen = await by(`${session}=${changed}`);
      expect([seen.status, codeOf(seen)]).toEqual([401, 'BW-1001']);
    }
  });
});

describe('a cookie that was there before the login', () => {
  it('with somebody else’s login is replaced, and that login is dead; threat 7', async () => {
    const attacker = await scene.visitor('m09', origin);
    const planted = attacker.cookies(scene.appUrl).get(sso) ?? '';
    const victim = new Visitor('m10');
    victim.cookies(scene.appUrl).set(sso, planted);
    const begun = await victim.send(`${another}/`);
    const chosen = `${begun.headers.location}&account=choose`;
    expect((await victim.open(chosen)).status).toBe(200);
    expect(victim.cookies(scene.appUrl).get(sso)).not.toBe(planted);
    expect((await victim.send(`${scene.appUrl}/logout`)).text).toContain('m10');
    expect((await attacker.send(`${scene.appUrl}/logout`)).text).not.toContain('m09');
    expect((await ask(attacker, origin)).status).toBe(401);
  });

  it('with anything else is replaced; threat 7', async () => {
    const victim = new Visitor('m11');
    victim.cookies(scene.appUrl).set(sso, 'A'.repeat(43));
    victim.cookies(origin).set(session, 'planted.by.attacker');
    expect((await victim.open(`${origin}/`)).status).toBe(200);
    expect(victim.cookies(scene.appUrl).get(sso)).not.toBe('A'.repeat(43));
    expect(victim.cookies(origin).get(session)).not.toBe('planted.by.attacker');
  });
});
