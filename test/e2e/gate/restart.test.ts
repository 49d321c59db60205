/**
 * The edge is killed and started again in the middle of things: logins go on or begin anew, nothing that
 * was taken away comes back, nothing that was given is lost.
 */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Visitor, type Seen } from '#sandbox/visitor.ts';
import { addMembers, ask, auditOf, codeOf, setPolicy } from './crowd.ts';
import { cutOff, endless, openSocket, withSockets } from './open.ts';
import { GateScene, organisation } from './scene.ts';
import { allow, callApi, Terminal } from './terminal.ts';

const scene = new GateScene();
const minuteMs = 60_000;
let origin: string;

beforeAll(async () => {
  await scene.start(endless);
  addMembers(scene, 20);
  withSockets(scene.laptop);
  origin = await scene.preview();
}, 90_000);
afterAll(() => scene.stop());

/** `down`: what happens while the edge is away. */
async function restart(down: () => void | Promise<void> = () => {}): Promise<void> {
  await scene.stack.part('edge').kill();
  await down();
  await scene.stack.startPart('edge');
  await scene.connected();
}

/** Puts the edge’s memory of who is a member back by so much: as if the edge had been away as long. */
function age(ms: number): void {
  let rows = 0;
  for (const file of readdirSync(scene.dir, { recursive: true, encoding: 'utf8' })) {
    if (!file.endsWith('.sqlite')) continue;
    const database = new DatabaseSync(join(scene.dir, file));
    const found = database.prepare("SELECT 1 FROM sqlite_schema WHERE name = 'memberships'").get();
    if (found) {
      const { changes } = database
        .prepare('UPDATE memberships SET checked_ms = checked_ms - ?')
        .run(ms);
      rows += Number(changes);
    }
    database.close();
  }
  if (rows === 0) throw new Error('the edge remembers nobody');
}

/** Each step of a login from the preview and back, one request at a time. */
async function* stepsOf(visitor: Visitor): AsyncGenerator<{ at: string; seen: Seen }> {
  let seen = await visitor.send(`${origin}/deep/link?a=b`);
  yield { at: 'the preview host', seen };
  for (let hop = 0; hop < 10; hop += 1) {
    const { location } = seen.headers;
    if (location !== undefined) seen = await visitor.send(new URL(location, seen.url));
    else if (seen.url.pathname === '/login/oauth/authorize') {
      const body = new URLSearchParams({ login: visitor.login ?? '' }).toString();
      seen = await visitor.send(seen.url, { method: 'POST', body });
    } else return;
    yield { at: `${seen.url.hostname}${seen.url.pathname} ${seen.status}`, seen };
  }
}

describe('a login', () => {
  it('goes on wherever the edge was killed, to the page that was opened', async () => {
    let at = 0;
    for (let isLast = false; !isLast; at += 1) {
      const visitor = new Visitor(`m${String(at + 1).padStart(2, '0')}`);
      let step = 0;
      let where = '';
      const statuses: number[] = [];
      let last: Seen | undefined;
      for await (const { at: place, seen } of stepsOf(visitor)) {
        statuses.push(seen.status);
        last = seen;
        if (step === at) {
          where = place;
          await restart();
        }
        step += 1;
      }
      isLast = at >= step - 1;
      process.stderr.write(`killed after ${where}: ${statuses.join(' ')}\n`);
      expect(statuses.filter((status) => status >= 400)).toEqual([]);
      expect([last?.status, last?.url.href]).toEqual([200, `${origin}/deep/link?a=b`]);
    }
    expect(at).toBeGreaterThan(5);
  }, 120_000);

  it('of a terminal goes on, and what it got stays good', async () => {
    const terminal = new Terminal(scene, 'one');
    const { address, ended } = await terminal.beginLogin();
    await restart();
    const person = new Visitor('m10');
    const page = await person.open(address);
    await restart();
    await allow(person, page);
    const { code, stderr } = await ended;
    expect([code, stderr]).toEqual([0, expect.stringContaining('logged in')]);
    await restart();
    const { status } = await callApi(scene, terminal.stored.access_token, 'GET', '/me');
    expect(status).toBe(200);
  }, 60_000);

  it('that is answered in the middle of it fails closed, with a way to begin again', async () => {
    const visitor = new Visitor('m11');
    // Of no edge’s making: what a wiped or foreign edge would have left in the browser.
    const foreign = `${origin}/.byway/callback?code=${'A'.repeat(43)}&tx=eyJhbGciOiJFZERTQSJ9.e30.AAAA`;
    const seen = await visitor.send(foreign);
    expect(seen.status).toBe(400);
    expect((await visitor.open(`${origin}/`)).status).toBe(200);
  });
});

describe('what was there before', () => {
  it('is there after: sessions, tokens, policy, access, audit; and what was taken away stays away', async () => {
    const [stays, removed, leaves] = [
      await scene.visitor('m12', origin),
      await scene.visitor('m13', origin),
      await scene.visitor('m14', origin),
    ];
    const revoked = await scene.token();
    const open = await scene.preview('public');
    const closed = await scene.preview('public');
    await scene.setAccess(closed, 'private');
    await setPolicy(scene, { max_previews_per_person: 7 });
    scene.github.actions.act({ action: 'remove_member', org: organisation.login, login: 'm13' });
    await scene.github.webhooks.settled();
    await leaves.submit(await leaves.send(`${scene.appUrl}/logout`));
    await scene.stack.api('DELETE', `/api/v1/tokens/${revoked.id}`);
    const audit = await auditOf(scene);

    await restart();
    expect((await ask(stays, origin)).status).toBe(200);
    const refused = await ask(removed, origin);
    expect([refused.status, codeOf(refused)]).toEqual([404, 'BW-6002']);
    expect((await ask(leaves, origin)).status).toBe(401);
    const headers = { 'x-byway-token': revoked.token };
    expect((await new Visitor().send(`${origin}/`, { headers })).status).toBe(401);
    expect((await ask(new Visitor(), open)).status).toBe(200);
    expect((await ask(new Visitor(), closed)).status).toBe(401);
    const { body } = await scene.stack.api('GET', `/api/v1/policy?organisation=${organisation.id}`);
    expect(body).toMatchObject({ max_previews_per_person: 7 });
    expect(await auditOf(scene)).toEqual(audit);
  }, 60_000);
});

describe('a removal that the edge did not hear of, being away', () => {
  it('holds when the lease is over: GitHub is asked; threat 32', async () => {
    const login = 'm15';
    const gone = await scene.visitor(login, origin);
    const stays = await scene.visitor('m16', origin);
    await restart(async () => {
      scene.github.actions.act({ action: 'remove_member', org: organisation.login, login });
      await scene.github.webhooks.settled();
      age(5 * minuteMs);
    });
    const lost = scene.github.deliveries
      .all()
      .find(({ requestBody }) => requestBody.includes(`"login":"${login}"`));
    expect(lost?.status).not.toBe('OK');
    const refused = await ask(gone, origin);
    expect([refused.status, codeOf(refused)]).toEqual([404, 'BW-6002']);
    expect((await ask(stays, origin)).status).toBe(200);
  }, 60_000);

  it('with GitHub away as well: 5 minutes, then at most 15, then 503; threats 24 and 32', async () => {
    const login = 'm17';
    const visitor = await scene.visitor(login, origin);
    const down = { match: {}, times: 10_000, fault: { kind: 'status', status: 500 } } as const;
    await restart(() => {
      scene.github.faults.arm(down);
      age(6 * minuteMs);
    });
    expect((await ask(visitor, origin)).status).toBe(200);
    const socket = await openSocket(origin, visitor);
    const killedMs = performance.now();
    await restart(() => age(9 * minuteMs));
    expect(await cutOff('the edge is killed', killedMs, [socket], 1006)).toEqual([]);
    const refused = await ask(visitor, origin);
    expect([refused.status, codeOf(refused)]).toEqual([503, 'BW-6008']);
    await expect(openSocket(origin, visitor)).rejects.toThrow('503');
    scene.github.faults.clear();
    await restart();
    expect((await ask(visitor, origin)).status).toBe(200);
  }, 60_000);
});
