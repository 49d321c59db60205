/** Tokens: made, listed, rotated and revoked by `byway token`, and what each of them opens and does not. */
import { request } from 'node:http';
import { join } from 'node:path';
import { writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { byScript, navigation, Visitor } from '#sandbox/visitor.ts';
import { openSocket, withSockets } from './open.ts';
import { GateScene, people, portOf, type Echo } from './scene.ts';
import { addRivals, callApi, rivals, Terminal } from './terminal.ts';

// Several commands each, which take their time where cores are few.
vi.setConfig({ testTimeout: 120_000 });

const scene = new GateScene();
let alice: Terminal;
let bob: Terminal;
let origin: string;
let label: string;
/** Another preview, of the operator. */
let other: string;

beforeAll(async () => {
  await scene.start();
  withSockets(scene.laptop);
  addRivals(scene);
  alice = new Terminal(scene, 'alice');
  bob = new Terminal(scene, 'bob');
  await alice.logIn(people.admin);
  await bob.logIn(people.member);
  other = await scene.preview();
  const { preview } = (await bob.json(
    ...['intercept', 'web', '--name', 'bobs', '--http-header', 'x-gate=bob'],
    ...['--port', `${portOf(scene.laptop)}:http`],
  )) as { preview: { url: string } };
  origin = preview.url.replace(/\/$/, '');
  label = scene.labelOf(origin);
}, 60_000);
afterAll(async () => {
  await bob.stop();
  await alice.stop();
  await scene.stop();
});

interface Made {
  id: string;
  token: string;
}

async function create(terminal: Terminal, kind: string, ...more: string[]): Promise<Made> {
  const args = ['token', 'create', '--kind', kind, '--name', `a ${kind}`, ...more];
  return (await terminal.json(...args)) as unknown as Made;
}

async function rotate(terminal: Terminal, id: string, grace: string): Promise<string> {
  return String((await terminal.json('token', 'rotate', id, '--grace', grace)).token);
}

/** What a preview answers to a script with that token. */
function by(token: string, at = origin, path = '/', method = 'GET'): ReturnType<Visitor['send']> {
  const headers = { ...byScript, 'x-byway-token': token };
  return new Visitor().send(`${at}${path}`, { method, headers });
}

/** The status that an upgrade is answered by; what it opens is closed. */
function upgrade(address: string, headers: Record<string, string>): Promise<number> {
  const url = new URL(address);
  return new Promise((resolve, reject) => {
    const outgoing = request({
      host: '127.0.0.1',
      port: url.port,
      path: url.pathname,
      agent: false,
      headers: {
        Host: url.host,
        Connection: 'Upgrade',
        Upgrade: 'websocket',
        'Sec-WebSocket-Version': '13',
        'Sec-WebSocket-Key': 'AAAAAAAAAAAAAAAAAAAAAA==',
        ...headers,
      },
    });
    outgoing.once('error', reject);
    outgoing.once('upgrade', ({ statusCode = 0 }, socket) => {
      socket.destroy();
      resolve(statusCode);
    });
    outgoing.once('response', (response) => {
      response.resume();
      resolve(response.statusCode ?? 0);
    });
    outgoing.end();
  });
}

describe('byway token', () => {
  it('makes a token for a preview of one’s own, lists it, gives it a new secret and ends it', async () => {
    const made = await bob.byway(
      ...['token', 'create', '--kind', 'service', '--name', 'ci', '--preview', label],
      ...['--expires', '1h'],
    );
    expect(made.code).toBe(0);
    const first = made.stdout.trim();
    expect(first).toMatch(/^bws_\w{12}_\w{43}_\w{6}$/);
    expect(made.stderr).not.toContain(first);
    const id = first.slice(4, 16);
    expect((await bob.byway('token', 'list')).stdout).toMatch(
      new RegExp(`^ID .*\n${id} +service +ci +view +${label} +\\S+ +never\n$`),
    );
    expect((await alice.byway('token', 'list')).stdout).toContain(id);
    expect((await by(first)).status).toBe(200);
    const second = await rotate(bob, id, '24h');
    expect((await by(first)).status).toBe(200);
    expect((await by(second)).status).toBe(200);
    const third = await rotate(bob, id, '0s');
    for (const former of [first, second]) expect((await by(former)).status).toBe(401);
    expect((await by(third)).status).toBe(200);
    expect((await bob.byway('token', 'revoke', id)).stdout).toBe(`Revoked ${id}\n`);
    expect((await by(third)).status).toBe(401);
    const again = await bob.byway('token', 'revoke', id);
    expect(again.code).toBe(5);
    expect(again.stderr).toContain(`there is no token “${id}”`);
    expect((await bob.byway('token', 'list')).stdout).toBe('No tokens\n');
  });

  it('makes personal tokens, by which byway login --token works elsewhere', async () => {
    const { id, token } = await create(bob, 'personal');
    expect(token).toMatch(/^bwu_/);
    const elsewhere = new Terminal(scene, 'elsewhere');
    const { code, stderr } = await elsewhere.begin(['login', '--token', '-'], `${token}\n`).ended;
    expect(code).toBe(0);
    expect(stderr).toContain('as bob (sandbox)');
    expect(stderr).not.toContain(token);
    expect((await elsewhere.byway('token', 'list')).stdout).toContain(id);
    const out = await elsewhere.byway('logout');
    expect(out.stderr).toContain('byway token revoke ID');
    expect((await callApi(scene, token, 'GET', '/me')).status).toBe(200);
    await bob.byway('token', 'revoke', id);
    expect((await callApi(scene, token, 'GET', '/me')).status).toBe(401);
    const dead = await elsewhere.begin(['login', '--token', '-'], token).ended;
    expect(dead.code).toBe(3);
    expect(dead.stderr).toContain('does not take the token');
    expect(dead.stderr).not.toContain(token);
  });

  it('logs in a service, which makes intercepts where its scopes allow them', async () => {
    const args = ['--cluster', scene.stack.cluster];
    const seer = await create(alice, 'service', ...args);
    const maker = await create(alice, 'service', ...args, '--scope', 'view,intercept');
    const robot = new Terminal(scene, 'robot');
    const intercept = [
      ...['intercept', 'web', '--name', 'robots', '--http-header', 'x-gate=robot'],
      ...['--port', `${portOf(scene.laptop)}:http`],
    ];
    const login = await robot.begin(['login', '--token', '-'], seer.token).ended;
    expect(login.stderr).toContain('as a service (sandbox)');
    const refused = await robot.byway(...intercept);
    expect(refused.code).toBe(5);
    expect(refused.stderr).toContain('the token lacks the scope “intercept”');
    expect((await robot.begin(['login', '--token', '-'], maker.token).ended).code).toBe(0);
    const { preview } = (await robot.json(...intercept)) as { preview: { url: string } };
    const { body } = await scene.stack.api('GET', `/api/v1/previews/${scene.labelOf(preview.url)}`);
    expect(body).toMatchObject({ owner: { login: 'alice' }, access: 'private' });
    expect((await robot.byway('leave', 'robots')).code).toBe(0);
    const tokens = await robot.byway('token', 'list');
    expect(tokens.code).toBe(5);
    expect(tokens.stderr).toContain('a service token has nothing to do with tokens');
    await robot.stop();
  });

  it('refuses a member what is for owners of the organisation', async () => {
    const wide = ['token', 'create', '--name', 'n', '--kind'];
    for (const args of [
      [...wide, 'connector', '--cluster', scene.stack.cluster],
      [...wide, 'service'],
      [...wide, 'service', '--cluster', scene.stack.cluster],
      [...wide, 'service', '--preview', scene.labelOf(other)],
    ]) {
      const { code, stdout, stderr } = await bob.byway(...args);
      expect({ code, stdout }).toEqual({ code: 5, stdout: '' });
      expect(stderr).toMatch(/owners of the organisation|only alice may make tokens/);
    }
    const payload = { kind: 'connector', name: 'n', cluster: scene.stack.cluster };
    const answer = await callApi(scene, bob.stored.access_token, 'POST', '/tokens', payload);
    expect(answer).toMatchObject({ status: 403, code: 'BW-5007' });
  });
});

describe('a connector’s token', () => {
  it('serves the tunnel of its cluster', async () => {
    const { id, token } = await create(alice, 'connector', '--cluster', scene.stack.cluster);
    const { stack } = scene;
    const before = await by((await create(bob, 'service', '--preview', label)).token);
    expect(before.status).toBe(200);
    await stack.part('connector').stop();
    writeFileSync(join(scene.dir, 'connector.token'), token, { mode: 0o600 });
    await stack.startPart('connector');
    const visitor = new Visitor(people.member);
    // It dials, and the laptop announces the intercept anew.
    for (let status = 0; status !== 200;) status = (await visitor.open(origin)).status;
    const listed = await alice.json('token', 'list');
    const row = (listed.tokens as { id: string; last_used_at: unknown }[]).find(
      (each) => each.id === id,
    );
    expect(row?.last_used_at).toEqual(expect.any(String));
  });

  it('is good twice in a rotation’s grace, then once, and not at all when it is revoked', async () => {
    const address = `${scene.appUrl}/api/v1/tunnel`;
    const dial = (token: string): Promise<number> =>
      upgrade(address, { authorization: `Bearer ${token}` });
    const registered = await callApi(scene, alice.stored.access_token, 'POST', '/clusters', {
      name: 'second',
    });
    expect(registered.status).toBe(201);
    const key = String(registered.body.key);
    const { id, token: first } = await create(alice, 'connector', '--cluster', key);
    expect(await dial(first)).toBe(101);
    const second = await rotate(alice, id, '24h');
    expect([await dial(first), await dial(second)]).toEqual([101, 101]);
    const third = await rotate(alice, id, '0s');
    expect([await dial(first), await dial(second), await dial(third)]).toEqual([401, 401, 101]);
    await alice.byway('token', 'revoke', id);
    expect(await dial(third)).toBe(401);
    expect(await dial(String(registered.body.token))).toBe(101);
  });

  it('threat 57: opens nothing of the API and no preview', async () => {
    const { token } = await create(alice, 'connector', '--cluster', scene.stack.cluster);
    for (const path of ['/me', '/clusters', '/tokens', `/previews/${label}`, '/policy']) {
      expect(await callApi(scene, token, 'GET', path)).toMatchObject({ status: 403 });
    }
    const change = await callApi(scene, token, 'DELETE', `/previews/${label}`);
    expect(change).toMatchObject({ status: 403, code: 'BW-5008' });
    expect((await by(token)).status).toBe(401);
    const terminal = new Terminal(scene, 'thief');
    const login = await terminal.begin(['login', '--token', '-'], token).ended;
    expect(login.code).toBe(2);
    expect(login.stderr).toContain('this is a connector’s token');
  });
});

describe('what tokens may do at the API', () => {
  it('threat 51: the scope view changes nothing; each kind is good where it belongs alone', async () => {
    const { token } = await create(alice, 'service');
    const personal = await create(bob, 'personal', '--scope', 'view');
    for (const bearer of [token, personal.token]) {
      expect((await callApi(scene, bearer, 'GET', `/previews/${label}`)).status).toBe(200);
      const made = { kind: 'personal', name: 'more' };
      for (const [method, path, payload] of [
        ['PATCH', `/previews/${label}`, { access: 'public' }],
        ['DELETE', `/previews/${label}`, undefined],
        ['POST', '/tokens', made],
        ['POST', '/stop-all', undefined],
      ] as const) {
        const answer = await callApi(scene, bearer, method, path, payload);
        expect(answer).toMatchObject({ status: 403 });
      }
    }
    // No session, no operator’s token, no access token opens a preview.
    expect((await by(bob.stored.access_token)).status).toBe(401);
    expect((await by(personal.token)).status).toBe(401);
    expect((await by(scene.stack.operatorToken)).status).toBe(401);
    expect((await callApi(scene, bob.stored.refresh_token ?? '', 'GET', '/me')).status).toBe(401);
    expect((await by(token)).status).toBe(200);
  });

  it('threat 36: another organisation’s things are answered as what never was', async () => {
    const registered = await scene.stack.api('POST', '/api/v1/clusters', {
      name: 'theirs',
      organisation: { id: rivals.id, login: rivals.login },
    });
    const { key } = registered.body as { key: string };
    const eve = new Terminal(scene, 'eve');
    await eve.logIn(rivals.owner);
    const theirs = eve.stored.access_token;
    const made = await callApi(scene, theirs, 'POST', '/previews', {
      cluster: key,
      intercept: { id: 'e'.repeat(32), name: 'hers' },
      ingress: { host: '10.0.0.1', port: 80, tls: false, l5: 'hers.example.com' },
    });
    expect(made.status).toBe(201);
    const hers = String(made.body.label);
    const { id } = await create(eve, 'service');
    const mine = alice.stored.access_token;
    const strange = (text: string): string =>
      `${text.slice(0, -1)}${text.endsWith('a') ? 'b' : 'a'}`;
    const attempts: [string, (thing: string) => string, string, unknown?][] = [
      ['GET', (thing) => `/clusters/${thing}`, key],
      ['PATCH', (thing) => `/clusters/${thing}`, key, { shards: 8 }],
      ['DELETE', (thing) => `/clusters/${thing}`, key],
      ['GET', (thing) => `/previews?cluster=${thing}`, key],
      ['GET', (thing) => `/previews/${thing}`, hers],
      ['PATCH', (thing) => `/previews/${thing}`, hers, { access: 'public' }],
      ['DELETE', (thing) => `/previews/${thing}`, hers],
      ['POST', (thing) => `/tokens/${thing}/rotate`, id],
      ['DELETE', (thing) => `/tokens/${thing}`, id],
    ];
    for (const [method, pathOf, thing, payload] of attempts) {
      const answer = await callApi(scene, mine, method, pathOf(thing), payload);
      const never = await callApi(scene, mine, method, pathOf(strange(thing)), payload);
      expect({ method, thing, status: answer.status }).toEqual({ method, thing, status: 404 });
      expect(answer.text.replaceAll(thing, '·')).toBe(never.text.replaceAll(strange(thing), '·'));
    }
    const payloads = [
      { kind: 'service', name: 'n', preview: hers },
      { kind: 'connector', name: 'n', cluster: key },
      { kind: 'service', name: 'n', organisation: rivals.id },
    ];
    for (const payload of payloads) {
      expect((await callApi(scene, mine, 'POST', '/tokens', payload)).status).toBe(404);
    }
    for (const path of ['/audit', '/policy', '/tokens', '/clusters']) {
      const asked = `${path}?organisation=${rivals.id}`;
      const answer = await callApi(scene, mine, 'GET', asked);
      const never = await callApi(scene, mine, 'GET', `${path}?organisation=999`);
      expect({ path, status: answer.status }).toEqual({ path, status: 404 });
      expect(answer.text.replaceAll(` ${rivals.id}`, '')).toBe(never.text.replaceAll(' 999', ''));
    }
    const service = await create(alice, 'service');
    expect((await callApi(scene, service.token, 'GET', `/previews/${hers}`)).status).toBe(404);
    expect((await by(service.token, origin.replace(label, hers))).status).toBe(401);
    expect((await callApi(scene, theirs, 'GET', `/previews/${hers}`)).status).toBe(200);
    expect((await callApi(scene, theirs, 'GET', `/previews/${label}`)).status).toBe(404);
    expect((await eve.byway('token', 'list')).stdout).toContain(id);
    const audit = await callApi(scene, theirs, 'GET', '/audit');
    expect(audit.text).not.toContain(label);
  });
});

describe('X-Byway-Token on a preview', () => {
  it('opens it for requests and WebSockets, and the app does not see it', async () => {
    const { token } = await create(bob, 'service', '--preview', label);
    const seen = await by(token, origin, '/deep?x=1');
    expect(seen.status).toBe(200);
    const { url, headers } = JSON.parse(seen.text) as Echo;
    expect(url).toBe('/deep?x=1');
    expect(seen.text).not.toContain(token);
    expect(headers.map((each) => each.toLowerCase())).not.toContain('x-byway-token');
    expect(seen.headers['set-cookie']).toBeUndefined();
    const socket = await openSocket(origin, { token });
    expect(await socket.lives()).toBe(true);
    socket.drop();
    // Programs send no Origin; another site’s is refused.
    const status = (more: Record<string, string>): Promise<number> =>
      upgrade(`${origin}/socket`, { 'x-byway-token': token, ...more });
    expect(await status({})).toBe(101);
    expect(await status({ origin: 'https://evil.example.com' })).toBe(403);
  });

  it('threat 55: a bad one is 401 whatever cookies come with it, and sets none', async () => {
    const visitor = await scene.visitor(people.member, origin);
    const good = await create(bob, 'service', '--preview', label);
    const foreign = await scene.token({ preview: scene.labelOf(other) });
    const damaged = `${good.token.slice(0, -1)}${good.token.endsWith('0') ? '1' : '0'}`;
    for (const bad of ['x', damaged, foreign.token, `${good.token},${good.token}`, ' ']) {
      for (const headers of [byScript, navigation]) {
        const sent = { ...headers, 'x-byway-token': bad };
        const seen = await visitor.send(`${origin}/`, { headers: sent });
        expect({ bad, status: seen.status }).toEqual({ bad, status: 401 });
        expect(seen.headers['set-cookie']).toBeUndefined();
        expect(seen.headers.location).toBeUndefined();
      }
      const cookie = [...visitor.cookies(origin)].map((pair) => pair.join('=')).join('; ');
      const socket = { 'x-byway-token': bad, cookie, origin };
      expect(await upgrade(`${origin}/socket`, socket)).toBe(401);
    }
    expect((await visitor.send(`${origin}/`)).status).toBe(200);
    expect((await by(foreign.token, other)).status).toBe(200);
  });

  it('is swapped for a cookie by POST /.byway/session, which opens WebSockets too', async () => {
    const { id, token } = await create(bob, 'service', '--preview', label);
    const browser = new Visitor();
    const swap = { method: 'POST', headers: { 'x-byway-token': token } };
    const swapped = await browser.send(`${origin}/.byway/session`, swap);
    expect(swapped.status).toBe(204);
    const [cookie = ''] = swapped.headers['set-cookie'] ?? [];
    expect(cookie).toMatch(/^__Host-byway_session=\S+; .*Secure/);
    expect(cookie).toMatch(/HttpOnly/);
    expect(cookie).not.toMatch(/Domain/i);
    expect(cookie).not.toContain(token);
    const seen = await browser.send(`${origin}/page`);
    expect(seen.status).toBe(200);
    expect(seen.text).not.toContain('__Host-byway_session');
    const socket = await openSocket(origin, browser);
    const jar = [...browser.cookies(origin)].map((pair) => pair.join('=')).join('; ');
    expect(await upgrade(`${origin}/socket`, { cookie: jar })).toBe(403);
    // The cookie is good on its own preview, and as long as the token.
    for (const [name, value] of browser.cookies(origin)) browser.cookies(other).set(name, value);
    expect((await browser.send(`${other}/`, { headers: byScript })).status).toBe(401);
    await bob.byway('token', 'revoke', id);
    expect((await socket.ended).code).toBe(4403);
    expect((await browser.send(`${origin}/page`, { headers: byScript })).status).toBe(401);
  });

  it('is swapped for nothing where it is not good, or without POST', async () => {
    const foreign = await scene.token({ preview: scene.labelOf(other) });
    const { token } = await create(bob, 'service', '--preview', label);
    for (const [method, headers, status] of [
      ['POST', {}, 401],
      ['POST', { 'x-byway-token': 'nonsense' }, 401],
      ['POST', { 'x-byway-token': foreign.token }, 401],
      ['POST', { authorization: `Bearer ${token}` }, 401],
      ['GET', { 'x-byway-token': token }, 405],
    ] as const) {
      const seen = await new Visitor().send(`${origin}/.byway/session`, { method, headers });
      expect({ method, headers, status: seen.status }).toEqual({ method, headers, status });
      expect(seen.headers['set-cookie']).toBeUndefined();
    }
  });
});
