/** `byway login` and `logout` against the edge, with people at browsers: both flows, and attacks on them. */
import { statSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { byScript, Visitor, type Seen } from '#sandbox/visitor.ts';
import { GateScene, ids, organisation, people, portOf } from './scene.ts';
import { addRivals, allow, callApi, postForm, rivals, saidBy, Terminal } from './terminal.ts';

// Several commands each, which take their time where cores are few.
vi.setConfig({ testTimeout: 120_000 });

const scene = new GateScene();
const terminals: Terminal[] = [];
let made = 0;

beforeAll(async () => {
  await scene.start();
  addRivals(scene);
}, 60_000);
afterEach(async () => {
  for (const terminal of terminals.splice(0)) await terminal.stop();
});
afterAll(() => scene.stop());

function terminal(): Terminal {
  made += 1;
  const one = new Terminal(scene, String(made));
  terminals.push(one);
  return one;
}

const deviceGrant = 'urn:ietf:params:oauth:grant-type:device_code';

async function newDevice(): Promise<{ device_code: string; user_code: string }> {
  const { status, body } = await postForm(scene, '/oauth/device_authorization', {
    device: 'machine-under-test',
  });
  expect(status).toBe(200);
  return body as { device_code: string; user_code: string };
}

function poll(deviceCode: string): ReturnType<typeof postForm> {
  return postForm(scene, '/oauth/token', { grant_type: deviceGrant, device_code: deviceCode });
}

/** What the page at /device says to a code. */
async function typeCode(person: Visitor, code: string): Promise<Seen> {
  return person.submit(await person.open(`${scene.appUrl}/device`), { user_code: code });
}

describe('byway login', () => {
  it('opens the browser; bob allows it; it prints what the specification says', async () => {
    const mine = terminal();
    const begun = mine.begin(['login']);
    const address = await saidBy(begun, /(http:\S+\/oauth\/authorize\S+)\s/);
    const bob = new Visitor(people.member);
    const page = await bob.open(address);
    expect(page.text).toContain('bob (GitHub)');
    expect(page.text).toContain('>sandbox</option>');
    const end = await allow(bob, page);
    expect(end.url.hostname).toBe('127.0.0.1');
    expect(end.text).toContain('Go back to the terminal');
    const { code, stdout, stderr } = await begun.ended;
    expect({ code, stdout }).toEqual({
      code: 0,
      stdout: 'Launching browser authentication flow...\nLogin successful.\n',
    });
    expect(stderr).toContain(`byway: logged in to ${scene.appUrl} as bob (sandbox)\n`);
    expect(mine.opened).toEqual([address]);
    expect(statSync(mine.credentials).mode & 0o777).toBe(0o600);
    expect((await mine.byway('list')).code).toBe(0);
    const { stdout: status } = await mine.byway('status');
    expect(status).toMatch(/^Connected\n/);
    expect(status).toContain('  Login:         bob (sandbox)\n');
    expect((await mine.byway('quit')).code).toBe(0);
    expect((await mine.byway('status')).stdout).toContain('  Login:         bob (sandbox)\n');
  });

  it('makes intercepts personal: a private preview of bob’s, for members only, until he leaves', async () => {
    const mine = terminal();
    await mine.logIn(people.member);
    const { preview } = (await mine.json(
      ...['intercept', 'web', '--name', 'bobs', '--http-header', 'x-gate=bob'],
      ...['--port', `${portOf(scene.laptop)}:http`],
    )) as { preview: { url: string; label: string } };
    const label = scene.labelOf(preview.url);
    const { body } = await scene.stack.api('GET', `/api/v1/previews/${label}`);
    expect(body).toMatchObject({ owner: { id: ids.bob, login: 'bob' }, access: 'private' });
    const alice = new Visitor(people.admin);
    expect((await alice.open(preview.url)).status).toBe(200);
    expect((await new Visitor(people.outsider).open(preview.url)).status).toBe(404);
    expect((await new Visitor().send(preview.url, { headers: byScript })).status).toBe(401);
    const left = await mine.byway('leave', 'bobs');
    expect(left).toEqual({ code: 0, stdout: 'Left bobs\n', stderr: '' });
    expect((await alice.open(preview.url)).status).toBe(410);
    expect((await scene.stack.api('GET', `/api/v1/previews/${label}`)).status).toBe(404);
  });

  it('with an account of no organisation: the page says why, and the way back ends the command', async () => {
    const mine = terminal();
    const { address, ended } = await mine.beginLogin();
    const mallory = new Visitor(people.outsider);
    const page = await mallory.open(address);
    expect(page.status).toBe(404);
    expect(page.text).toContain('You are signed in with GitHub as mallory.');
    expect(page.text).toContain('Use another GitHub account');
    await mallory.open(backOf(page));
    const { code, stdout, stderr } = await ended;
    expect({ code, stdout }).toMatchObject({ code: 5 });
    expect(stdout).not.toContain('successful');
    expect(stderr).toContain(`${scene.appUrl} does not let you in: You are signed in with GitHub`);
    expect(() => mine.stored).toThrow('ENOENT');
  });

  it('of somebody whose invitation is pending says so', async () => {
    const mine = terminal();
    const { address, child, ended } = await mine.beginLogin();
    const page = await new Visitor(people.pending).open(address);
    expect(page.status).not.toBe(200);
    expect(page.text).toContain('signed in with GitHub as pat');
    child.kill('SIGKILL');
    await ended;
  });

  it('that the person does not allow ends with 5', async () => {
    const mine = terminal();
    const { address, ended } = await mine.beginLogin();
    const bob = new Visitor(people.member);
    const page = await bob.open(address);
    const end = await bob.follow(await bob.submit(page, { decision: 'deny' }));
    expect(end.text).toContain('Not logged in');
    const { code, stderr } = await ended;
    expect(code).toBe(5);
    expect(stderr).toContain('does not let you in: access_denied');
    expect(() => mine.stored).toThrow('ENOENT');
  });

  it('is for the organisation that the person chooses, or that --organisation names', async () => {
    const mine = terminal();
    const { address, ended } = await mine.beginLogin();
    const dana = new Visitor(rivals.inBoth);
    const page = await dana.open(address);
    for (const { login } of [organisation, rivals]) {
      expect(page.text).toContain(`>${login}</option>`);
    }
    await allow(dana, page, { organisation_id: String(rivals.id) });
    expect((await ended).stderr).toContain('as dana (rivals)');
    const other = await mine.beginLogin('--organisation', 'Sandbox');
    const narrowed = await dana.open(other.address);
    expect(narrowed.text).not.toContain('>rivals</option>');
    const stolen = await allow(dana, narrowed, { organisation_id: String(rivals.id) });
    expect(stolen.url.hostname).toBe('byway.localhost');
    await allow(dana, narrowed);
    expect((await other.ended).stderr).toContain('as dana (sandbox)');
  });

  it('for an organisation that the person is not in ends with 5', async () => {
    const { address, ended } = await terminal().beginLogin('--organisation', rivals.login);
    const bob = new Visitor(people.member);
    const page = await bob.open(address);
    expect(page.status).toBe(404);
    await bob.open(backOf(page));
    expect(await ended).toMatchObject({ code: 5 });
  });
});

/** Where “Give up” on the page leads. */
function backOf({ text }: Seen): string {
  const href = /<a href="(http:\/\/127\.0\.0\.1:[^"]+)"/.exec(text)?.[1];
  if (href === undefined) throw new Error(`no way back in: ${text}`);
  return href.replaceAll('&amp;', '&');
}

describe('attacks on the login', () => {
  it('threat 53: a forged callback changes nothing', async () => {
    const mine = terminal();
    const { address, ended, said } = await mine.beginLogin();
    const redirect = new URL(address).searchParams.get('redirect_uri') ?? '';
    const stranger = new Visitor();
    for (const forged of [
      { error: 'access_denied' },
      { code: 'forged', state: 'forged', iss: scene.appUrl },
      { error: 'access_denied', state: 'forged', iss: scene.appUrl },
    ]) {
      const seen = await stranger.send(`${redirect}?${new URLSearchParams(forged)}`);
      expect(seen.status).toBe(400);
    }
    const bob = new Visitor(people.member);
    await allow(bob, await bob.open(address));
    expect((await ended).code).toBe(0);
    expect(said.stderr).toContain('a request to this login was ignored');
  });

  it.each([
    'https://evil.example.com/cb/aaaaaaaaaaaa',
    'http://localhost:9/cb/aaaaaaaaaaaa',
    'http://127.0.0.1.evil.example.com:9/cb/aaaaaaaaaaaa',
    'http://127.0.0.1:9@evil.example.com/cb/aaaaaaaaaaaa',
    'http://127.0.0.1:9/',
  ])('threat 4: nobody is sent to %s', async (redirectUri) => {
    const { address, child, ended } = await terminal().beginLogin();
    const url = new URL(address);
    url.searchParams.set('redirect_uri', redirectUri);
    const bob = new Visitor(people.member);
    const page = await bob.open(url);
    expect(page.status).toBe(400);
    expect(page.headers.location).toBeUndefined();
    expect(page.text).not.toContain('evil.example.com');
    const right = await bob.open(address);
    const answer = await bob.submit(right, { decision: 'allow', redirect_uri: redirectUri });
    expect(answer.status).toBe(400);
    expect(answer.headers.location).toBeUndefined();
    child.kill('SIGKILL');
    await ended;
  });

  it('threat 39: another site cannot say yes in the person’s name', async () => {
    const { address, child, ended } = await terminal().beginLogin();
    const bob = new Visitor(people.member);
    const page = await bob.open(address);
    const body = new URLSearchParams(new URL(address).searchParams);
    for (const [name, value] of Object.entries({
      user: String(ids.bob),
      organisation_id: String(organisation.id),
      decision: 'allow',
    })) {
      body.set(name, value);
    }
    const headers = { origin: 'https://evil.example.com', accept: 'text/html' };
    const answer = await bob.send(page.url, { method: 'POST', body: body.toString(), headers });
    expect(answer.status).toBe(403);
    expect(answer.headers.location).toBeUndefined();
    child.kill('SIGKILL');
    await ended;
  });

  it('threat 5: a code that comes twice ends the login that came of it', async () => {
    const mine = terminal();
    const { address, ended } = await mine.beginLogin();
    const bob = new Visitor(people.member);
    const back = await bob.submit(await bob.open(address), { decision: 'allow' });
    const code = new URL(back.headers.location ?? '').searchParams.get('code') ?? '';
    await bob.follow(back);
    expect((await ended).code).toBe(0);
    expect((await mine.byway('token', 'list')).code).toBe(0);
    const again = await postForm(scene, '/oauth/token', {
      grant_type: 'authorization_code',
      code,
      redirect_uri: new URL(address).searchParams.get('redirect_uri') ?? '',
      code_verifier: 'v'.repeat(43),
    });
    expect(again).toMatchObject({ status: 400, body: { error: 'invalid_grant' } });
    const { code: exit, stderr } = await mine.byway('token', 'list');
    expect(exit).toBe(3);
    expect(stderr).toContain('log in again: byway login');
  });

  it('threats 4 and 5: a code without its verifier is of no use, and used up', async () => {
    const mine = terminal();
    const { address, child, ended } = await mine.beginLogin();
    const bob = new Visitor(people.member);
    const back = await bob.submit(await bob.open(address), { decision: 'allow' });
    child.kill('SIGSTOP');
    const form = {
      grant_type: 'authorization_code',
      code: new URL(back.headers.location ?? '').searchParams.get('code') ?? '',
      redirect_uri: new URL(address).searchParams.get('redirect_uri') ?? '',
    };
    const none = await postForm(scene, '/oauth/token', form);
    expect(none.body).toMatchObject({ error: 'invalid_request' });
    const wrong = { ...form, code_verifier: 'v'.repeat(43) };
    const guessed = await postForm(scene, '/oauth/token', wrong);
    expect(guessed.body).toMatchObject({ error: 'invalid_grant' });
    child.kill('SIGCONT');
    await bob.follow(back);
    const { code, stderr } = await ended;
    expect(code).toBe(5);
    expect(stderr).toContain('invalid_grant');
  });
});

describe('byway login --device', () => {
  it('works with a browser elsewhere, where the code is typed and confirmed', async () => {
    const mine = terminal();
    const begun = mine.begin(['login', '--device']);
    const userCode = await saidBy(begun, /enter this code: (\S+)\n/);
    expect(begun.said.stderr).toContain(`open ${scene.appUrl}/device in any browser`);
    const bob = new Visitor(people.member);
    const page = await typeCode(bob, userCode.toLowerCase().replace('-', ' '));
    expect(page.text).toContain('Asked from');
    expect(page.text).toContain('127.0.0.1');
    const done = await bob.submit(page, { decision: 'allow' });
    expect(done.text).toContain('may now act for you in sandbox');
    const { code, stdout, stderr } = await begun.ended;
    expect({ code, stdout }).toEqual({ code: 0, stdout: 'Login successful.\n' });
    expect(stderr).toContain('as bob (sandbox)');
    expect((await typeCode(bob, userCode)).text).toContain('No device waits for this code');
  });

  it('that is refused ends with 5', async () => {
    const begun = terminal().begin(['login', '--device']);
    const userCode = await saidBy(begun, /enter this code: (\S+)\n/);
    const alice = new Visitor(people.admin);
    await alice.submit(await typeCode(alice, userCode), { decision: 'deny' });
    const { code, stderr } = await begun.ended;
    expect(code).toBe(5);
    expect(stderr).toContain('does not let you in: the person said no');
  });

  it('threat 54: a link and the cookie of a login approve nothing, and no page types the code', async () => {
    const { device_code: deviceCode, user_code: userCode } = await newDevice();
    const alice = new Visitor(people.admin);
    await alice.open(`${scene.appUrl}/device`);
    for (const query of [
      `user_code=${userCode}`,
      `user_code=${userCode}&decision=allow&organisation_id=1&user=${ids.alice}`,
    ]) {
      const page = await alice.open(`${scene.appUrl}/device?${query}`);
      expect(page.status).toBe(200);
      expect(page.text).not.toContain(userCode);
    }
    expect((await poll(deviceCode)).body).toMatchObject({ error: 'authorization_pending' });
    const body = `user_code=${userCode}&decision=allow&organisation_id=1&user=${ids.alice}`;
    const headers = { origin: 'https://evil.example.com', accept: 'text/html' };
    const forged = await alice.send(`${scene.appUrl}/device`, { method: 'POST', body, headers });
    expect(forged.status).toBe(403);
    const soon = await poll(deviceCode);
    expect(soon).toMatchObject({ status: 400, body: { error: 'slow_down' } });
  });

  it('threat 54: the device code is good for one pair of tokens', async () => {
    const { device_code: deviceCode, user_code: userCode, ...rest } = await newDevice();
    expect(rest).not.toHaveProperty('verification_uri_complete');
    const alice = new Visitor(people.admin);
    await alice.submit(await typeCode(alice, userCode), { decision: 'allow' });
    const first = await poll(deviceCode);
    expect(first).toMatchObject({ status: 200, body: { token_type: 'Bearer' } });
    const me = await callApi(scene, String(first.body.access_token), 'GET', '/me');
    expect(me.body).toMatchObject({ kind: 'person', user: { login: 'alice' } });
    expect(await poll(deviceCode)).toMatchObject({ status: 400, body: { error: 'expired_token' } });
  });

  it('threat 60: the sixth wrong guess of a person is 429, the right code too', async () => {
    const { user_code: userCode } = await newDevice();
    const eve = new Visitor(rivals.owner);
    for (const guess of ['BBBB-BBBB', 'CCCC-CCCC', 'DDDD-DDDD', 'FFFF-FFFF', 'GGGG-GGGG']) {
      expect((await typeCode(eve, guess)).status).toBe(400);
    }
    const sixth = await typeCode(eve, userCode);
    expect(sixth.status).toBe(429);
    expect(Number(sixth.headers['retry-after'])).toBeGreaterThan(0);
    expect(sixth.text).not.toContain('machine-under-test');
  });
});

describe('the life of a login', () => {
  it('is renewed by a new refresh token; the old one that comes back ends it', async () => {
    const mine = terminal();
    await mine.logIn(people.member);
    const stolen = mine.stored;
    for (let time = 0; time < 2; time += 1) {
      const before = mine.stored;
      mine.store({ access_expires_ms: Date.now() + 1000 });
      expect((await mine.byway('token', 'list')).code).toBe(0);
      expect(mine.stored.refresh_token).not.toBe(before.refresh_token);
      expect(mine.stored.access_token).not.toBe(before.access_token);
    }
    expect(statSync(mine.credentials).mode & 0o777).toBe(0o600);
    const grant = { grant_type: 'refresh_token', refresh_token: stolen.refresh_token ?? '' };
    const reuse = await postForm(scene, '/oauth/token', grant);
    expect(reuse).toMatchObject({ status: 400, body: { error: 'invalid_grant' } });
    const { code, stderr } = await mine.byway('token', 'list');
    expect(code).toBe(3);
    expect(stderr).toContain('does not renew the login');
    expect(stderr).toContain('log in again: byway login');
    await mine.logIn(people.member);
    expect((await mine.byway('token', 'list')).code).toBe(0);
  });

  it('ends at the edge with byway logout: a copy of its tokens is refused afterwards', async () => {
    const mine = terminal();
    await mine.logIn(people.member);
    const copied = mine.stored;
    expect((await callApi(scene, copied.access_token, 'GET', '/me')).status).toBe(200);
    const { code, stdout, stderr } = await mine.byway('logout');
    expect({ code, stdout, stderr }).toEqual({
      code: 0,
      stdout: 'Logout successful.\n',
      stderr: '',
    });
    expect(() => mine.stored).toThrow('ENOENT');
    expect(await callApi(scene, copied.access_token, 'GET', '/me')).toMatchObject({ status: 401 });
    const grant = { grant_type: 'refresh_token', refresh_token: copied.refresh_token ?? '' };
    expect((await postForm(scene, '/oauth/token', grant)).status).toBe(400);
    expect((await mine.byway('logout')).stdout).toBe('Not logged in\n');
    expect((await mine.byway('status')).stdout).not.toContain('Login:');
    const { code: refused, stderr: why } = await mine.byway('token', 'list');
    expect(refused).toBe(3);
    expect(why).toContain('not logged in; log in: byway login');
  });

  it('threat 32: when somebody has left the organisation, the next command says why', async () => {
    const mine = terminal();
    await mine.logIn(rivals.inBoth, '--organisation', organisation.login);
    const silent = { org: organisation.login, login: rivals.inBoth, webhook: false };
    await mine.json(
      ...['intercept', 'web', '--name', 'danas', '--http-header', 'x-gate=dana'],
      ...['--port', `${portOf(scene.laptop)}:http`],
    );
    // Heard of by the refresh, which asks GitHub.
    scene.github.actions.act({ action: 'remove_member', ...silent, webhook: true });
    const { code, stderr } = await mine.byway('token', 'list');
    expect(code).toBe(3);
    expect(stderr).toMatch(/not a member of the organisation|no longer a member/);
    const { code: left, stderr: remark } = await mine.byway('leave', 'danas');
    expect(left).toBe(4);
    expect(remark).toContain('it has ended here, but');
    scene.github.actions.act({ action: 'set_member', ...silent });
  });
});
