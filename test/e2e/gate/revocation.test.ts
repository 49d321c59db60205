/** Access taken away is gone at once, on all shards, with everything that is open (threats 31 and 32). */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Visitor } from '#sandbox/visitor.ts';
import { addMembers, ask, auditOf, codeOf, idOf, previewOnEachShard } from './crowd.ts';
import { allLive, cutOff, endless, openAll, openSocket, withSockets, type Open } from './open.ts';
import { GateScene, organisation, people } from './scene.ts';
import { callApi, Terminal } from './terminal.ts';

const scene = new GateScene();
const app = 77;
const installation = 501;
let origins: string[];
let other: Visitor;

beforeAll(async () => {
  await scene.start(endless);
  addMembers(scene, 20);
  withSockets(scene.laptop);
  origins = await previewOnEachShard(scene);
  other = await everywhere(people.admin);
}, 90_000);
afterAll(() => scene.stop());

/** Somebody with a session on both previews. */
async function everywhere(login: string): Promise<Visitor> {
  const visitor = new Visitor(login);
  for (const origin of origins) {
    const { status, text } = await visitor.open(`${origin}/`);
    if (status !== 200) throw new Error(`${login} gets ${status}: ${text}`);
  }
  return visitor;
}

async function openEverywhere(by: Visitor | { token: string }): Promise<Open[]> {
  return (await Promise.all(origins.map((origin) => openAll(origin, by)))).flat();
}

const drop = (opens: readonly Open[]): void => opens.forEach((each) => each.drop());

describe('a member who is removed', () => {
  it('is out with the webhook: sockets, streams and downloads on both shards; threats 31 and 32', async () => {
    const login = 'm01';
    const gone = await everywhere(login);
    const [theirs, others] = [await openEverywhere(gone), await openEverywhere(other)];
    const sinceMs = performance.now();
    scene.github.actions.act({ action: 'remove_member', org: organisation.login, login });
    expect(await cutOff('removed member', sinceMs, theirs)).toEqual([]);
    for (const origin of origins) {
      const refused = await ask(gone, origin);
      expect([refused.status, codeOf(refused)]).toEqual([404, 'BW-6002']);
      expect((await gone.open(`${origin}/`)).status).toBe(404);
      await expect(openSocket(origin, gone)).rejects.toThrow('404');
    }
    expect(await allLive(others)).toBe(true);
    drop(others);
    const rows = await auditOf(scene);
    const row = { actor: 'github', action: 'member.removed', subject: `gh:${idOf(login)}` };
    expect(rows).toContainEqual(expect.objectContaining(row));
  }, 60_000);

  it('gets the answer of a stranger to what is under way; threat 32', async () => {
    const login = 'm02';
    const gone = await everywhere(login);
    const arrived = new Promise((resolve) => scene.laptop.once('request', resolve));
    const underWay = ask(gone, origins[0] ?? '', '/silent');
    await arrived;
    scene.github.actions.act({ action: 'remove_member', org: organisation.login, login });
    const { status, text } = await underWay;
    expect(status).toBe(401);
    expect(text).not.toContain('laptop');
  }, 60_000);

  it('gets 401 for a WebSocket that the app has not accepted yet; threat 31', async () => {
    const login = 'm03';
    const gone = await everywhere(login);
    const arrived = new Promise((resolve) => scene.laptop.once('upgrade', resolve));
    const underWay = openSocket(origins[0] ?? '', gone, '/silent');
    const refused = expect(underWay).rejects.toThrow('401');
    await arrived;
    scene.github.actions.act({ action: 'remove_member', org: organisation.login, login });
    await refused;
  }, 60_000);

  it('is not let in by a code from before, nor by an answer of GitHub’s from before; threat 32', async () => {
    const remove = async (login: string): Promise<void> => {
      scene.github.actions.act({ action: 'remove_member', org: organisation.login, login });
      await scene.github.webhooks.settled();
    };
    const [origin = ''] = origins;
    const early = new Visitor('m11');
    const [first = ''] = origins.slice(1);
    expect((await early.open(`${first}/`)).status).toBe(200);
    // Signed in on the app host: two hops to the code, and the third uses it.
    const begun = await early.send(`${origin}/`);
    const coded = await early.send(begun.headers.location ?? '');
    expect(coded.headers.location).toContain('/.byway/callback?code=');
    await remove('m11');
    expect((await early.follow(coded)).status).toBe(404);

    const late = new Visitor('m12');
    const fault = { kind: 'slow', ms: 1500 } as const;
    const path = '/memberships/';
    scene.github.faults.arm({ match: { path }, times: 1, fault });
    const asked = late.open(`${origin}/`);
    await expect
      .poll(() => scene.github.faults.list().length, { timeout: 20_000, interval: 20 })
      .toBe(0);
    await remove('m12');
    expect((await asked).status).toBe(404);
    expect((await late.open(`${origin}/`)).status).toBe(404);
  }, 60_000);
});

describe('somebody who takes back what they allowed the app', () => {
  it('is signed out everywhere, in the browser and at the terminal; threat 31', async () => {
    const login = 'm04';
    const terminal = new Terminal(scene, login);
    await terminal.logIn(login);
    const { access_token: bearer, refresh_token: refresh } = terminal.stored;
    expect((await callApi(scene, bearer, 'GET', '/me')).status).toBe(200);
    const gone = await everywhere(login);
    const [theirs, others] = [await openEverywhere(gone), await openEverywhere(other)];
    const sinceMs = performance.now();
    scene.github.actions.act({ action: 'revoke_authorization', app_id: app, login });
    expect(await cutOff('authorization revoked', sinceMs, theirs)).toEqual([]);
    for (const origin of origins) expect((await ask(gone, origin)).status).toBe(401);
    await scene.github.webhooks.settled();
    expect((await callApi(scene, bearer, 'GET', '/me')).status).toBe(401);
    const body = new URLSearchParams({
      grant_type: 'refresh_token',
      client_id: 'byway-cli',
      refresh_token: refresh ?? '',
    });
    const renewed = await new Visitor().send(`${scene.appUrl}/oauth/token`, {
      method: 'POST',
      body: body.toString(),
      headers: { accept: 'application/json' },
    });
    expect(renewed.status).toBe(400);
    expect(await allLive(others)).toBe(true);
    drop(others);
    // Whoever allows it again is in again.
    expect((await gone.open(`${origins[0]}/`)).status).toBe(200);
  }, 60_000);
});

describe('somebody who signs out', () => {
  it('closes all previews in all their browsers, and nobody else’s; threat 31', async () => {
    const login = 'm05';
    const [here, there] = [await everywhere(login), await everywhere(login)];
    const theirs = [...(await openEverywhere(here)), ...(await openEverywhere(there))];
    const others = await openEverywhere(other);
    const page = await here.send(`${scene.appUrl}/logout`);
    expect(page.text).toContain(login);
    const sinceMs = performance.now();
    expect((await here.submit(page)).status).toBe(303);
    expect(await cutOff('sign-out', sinceMs, theirs)).toEqual([]);
    for (const browser of [here, there]) {
      for (const origin of origins) expect((await ask(browser, origin)).status).toBe(401);
    }
    expect(await allLive(others)).toBe(true);
    drop(others);
  }, 60_000);

  it('is signed out by no form of another site and by no link; threat 39', async () => {
    const login = 'm06';
    const here = await everywhere(login);
    const url = `${scene.appUrl}/logout`;
    const headers = { accept: 'text/html', origin: origins[0] ?? '' };
    expect((await here.send(url, { method: 'POST', body: '', headers })).status).toBe(403);
    expect((await here.send(url)).status).toBe(200);
    expect((await ask(here, origins[0] ?? '')).status).toBe(200);
  });
});

describe('a token', () => {
  async function session(origin: string, token: string): Promise<Visitor> {
    const browser = new Visitor();
    const headers = { 'x-byway-token': token };
    const { status } = await browser.send(`${origin}/.byway/session`, { method: 'POST', headers });
    expect(status).toBe(204);
    return browser;
  }

  it.each(['revoked', 'rotated without grace'])(
    'that is %s closes what it opened; threat 31',
    async (how) => {
      const [origin = ''] = origins;
      const { id, token } = await scene.token();
      const another = await scene.token();
      const browser = await session(origin, token);
      const theirs = [...(await openEverywhere({ token })), ...(await openAll(origin, browser))];
      const others = await openEverywhere({ token: another.token });
      const sinceMs = performance.now();
      const { status } =
        how === 'revoked'
          ? await scene.stack.api('DELETE', `/api/v1/tokens/${id}`)
          : await scene.stack.api('POST', `/api/v1/tokens/${id}/rotate`, { grace_s: 0 });
      expect(status).toBeLessThan(300);
      expect(await cutOff(`token ${how}`, sinceMs, theirs)).toEqual([]);
      for (const each of origins) {
        const headers = { 'x-byway-token': token };
        const seen = await new Visitor().send(`${each}/`, { headers });
        expect([seen.status, codeOf(seen)]).toEqual([401, 'BW-6017']);
      }
      if (how === 'revoked') expect((await ask(browser, origin)).status).toBe(401);
      expect(await allLive(others)).toBe(true);
      drop(others);
    },
    60_000,
  );

  it('that is rotated with grace goes on until then, by both secrets', async () => {
    const [origin = ''] = origins;
    const { id, token } = await scene.token();
    const { body } = await scene.stack.api('POST', `/api/v1/tokens/${id}/rotate`, {
      grace_s: 3600,
    });
    for (const each of [token, (body as { token: string }).token]) {
      const headers = { 'x-byway-token': each };
      expect((await new Visitor().send(`${origin}/`, { headers })).status).toBe(200);
    }
  });
});

describe('a preview that becomes private', () => {
  it('closes to strangers, and says nothing more; threats 31 and 37', async () => {
    for (const origin of origins) await scene.setAccess(origin, 'public');
    const stranger = new Visitor();
    const theirs = (await Promise.all(origins.map((origin) => openAll(origin, stranger)))).flat();
    for (const origin of origins) expect((await ask(stranger, origin)).status).toBe(200);
    const sinceMs = performance.now();
    await Promise.all(origins.map((origin) => scene.setAccess(origin, 'private')));
    for (const origin of origins) expect((await ask(stranger, origin)).status).toBe(401);
    expect(await cutOff('made private', sinceMs, theirs)).toEqual([]);
  }, 60_000);
});

describe('the app', () => {
  it('that is suspended lets nobody in; unsuspended, members go on where they were; threats 31 and 32', async () => {
    const [one, two] = [await everywhere('m07'), await everywhere('m08')];
    const theirs = [...(await openEverywhere(one)), ...(await openEverywhere(two))];
    const sinceMs = performance.now();
    scene.github.actions.act({ action: 'suspend', installation_id: installation });
    expect(await cutOff('app suspended', sinceMs, theirs)).toEqual([]);
    for (const origin of origins) {
      const refused = await ask(one, origin);
      expect([refused.status, codeOf(refused)]).toEqual([403, 'BW-6005']);
    }
    await scene.github.webhooks.settled();
    scene.github.actions.act({ action: 'unsuspend', installation_id: installation });
    await scene.github.webhooks.settled();
    for (const origin of origins) expect((await ask(one, origin)).status).toBe(200);
  }, 60_000);

  it('that is removed lets nobody in; installed again, members go on; threats 31 and 32', async () => {
    const [one, two] = [await everywhere('m09'), await everywhere('m10')];
    const theirs = [...(await openEverywhere(one)), ...(await openEverywhere(two))];
    const sinceMs = performance.now();
    scene.github.actions.act({ action: 'uninstall', installation_id: installation });
    expect(await cutOff('app removed', sinceMs, theirs)).toEqual([]);
    for (const origin of origins) {
      const refused = await ask(one, origin);
      expect([refused.status, codeOf(refused)]).toEqual([403, 'BW-6004']);
    }
    await scene.github.webhooks.settled();
    scene.github.actions.act({ action: 'install', app_id: app, org: organisation.login });
    await scene.github.webhooks.settled();
    for (const origin of origins) expect((await ask(one, origin)).status).toBe(200);
  }, 60_000);
});
