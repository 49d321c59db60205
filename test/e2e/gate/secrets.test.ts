/** What the edge leaves on disk and in its logs, after everything that has to do with secrets was done once. */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { byScript, Visitor } from '#sandbox/visitor.ts';
import { GateScene, organisation, people } from './scene.ts';
import { callApi, postForm, saidBy, Terminal } from './terminal.ts';

const scene = new GateScene();
beforeAll(() => scene.start(), 60_000);
afterAll(() => scene.stop());

/** Every file below the directory, with its bytes. */
function filesOf(directory: string): { name: string; text: string }[] {
  return readdirSync(directory, { recursive: true, encoding: 'utf8' })
    .map((name) => join(directory, name))
    .filter((name) => statSync(name).isFile())
    .map((name) => ({ name, text: readFileSync(name, 'latin1') }));
}

it('threats 50 and 61: no token, code, cookie or GitHub token is in a database or a log', async () => {
  const secrets = new Map<string, string>();
  const add = (what: string, secret: string | null | undefined): void => {
    if (typeof secret !== 'string' || secret.length < 8) throw new Error(`no ${what}: ${secret}`);
    secrets.set(secret, what);
  };
  const origin = await scene.preview();
  const label = scene.labelOf(origin);

  const bob = new Visitor(people.member);
  await bob.open(`${origin}/`);
  for (const [at, jar] of bob.jar) {
    for (const [name, value] of jar) if (value.length > 8) add(`cookie ${name} of ${at}`, value);
  }

  const terminal = new Terminal(scene, 'alice');
  const { address, ended } = await terminal.beginLogin();
  const alice = new Visitor(people.admin);
  const back = await alice.submit(await alice.open(address), { decision: 'allow' });
  add('authorization code', new URL(back.headers.location ?? '').searchParams.get('code'));
  await alice.follow(back);
  expect((await ended).code).toBe(0);
  add('access token', terminal.stored.access_token);
  add('refresh token', terminal.stored.refresh_token);
  terminal.store({ access_expires_ms: Date.now() + 1000 });
  expect((await terminal.byway('token', 'list')).code).toBe(0);
  add('second access token', terminal.stored.access_token);
  add('second refresh token', terminal.stored.refresh_token);

  const elsewhere = new Terminal(scene, 'elsewhere');
  const device = elsewhere.begin(['login', '--device']);
  const userCode = await saidBy(device, /enter this code: (\S+)\n/);
  add('user code', userCode);
  const page = await alice.submit(await alice.open(`${scene.appUrl}/device`), {
    user_code: userCode,
  });
  await alice.submit(page, { decision: 'allow' });
  expect((await device.ended).code).toBe(0);
  add('access token of a device', elsewhere.stored.access_token);
  add('refresh token of a device', elsewhere.stored.refresh_token);
  const { body } = await postForm(scene, '/oauth/device_authorization', {});
  add('device code', String(body.device_code));

  for (const args of [
    ['--kind', 'service'],
    ['--kind', 'personal'],
    ['--kind', 'connector', '--cluster', scene.stack.cluster],
  ]) {
    const made = await terminal.json('token', 'create', '--name', 'x', ...args);
    add(`token of ${args[1]}`, String(made.token));
    const rotated = await terminal.json('token', 'rotate', String(made.id));
    add(`second token of ${args[1]}`, String(rotated.token));
  }
  add('connector token', readFileSync(join(scene.dir, 'connector.token'), 'utf8'));
  add('operator token', scene.stack.operatorToken);
  const { token } = await scene.token({ preview: label });
  add('service token', token);
  const browser = new Visitor();
  const swap = { method: 'POST', headers: { 'x-byway-token': token } };
  expect((await browser.send(`${origin}/.byway/session`, swap)).status).toBe(204);
  add('session of a token', browser.cookies(origin).get('__Host-byway_session'));
  await browser.send(`${origin}/?secret-of-the-app=${'q'.repeat(20)}`, { headers: byScript });
  add('query of a request', 'q'.repeat(20));

  const { loopbackUrl } = scene.github;
  const asked = { repository: 'sandbox/shop', audience: scene.appUrl };
  const proof = await new Visitor().send(`${loopbackUrl}/_sandbox/oidc/token`, {
    method: 'POST',
    body: JSON.stringify(asked),
  });
  const jwt = String((JSON.parse(proof.text) as { value: string }).value);
  add('proof of a job', jwt);
  const exchanged = { token: jwt, label, repository_id: 2001 };
  const job = await callApi(scene, undefined, 'POST', '/oidc', exchanged);
  add('token of a job', String(job.body.token));
  // Wrong ones are written down no more than right ones.
  const wrong = `${token.slice(0, -3)}000`;
  add('wrong token', wrong);
  for (const path of ['/me', '/tokens']) await callApi(scene, wrong, 'GET', path);
  await new Visitor().send(`${origin}/`, { headers: { ...byScript, 'x-byway-token': wrong } });
  add('personal token, the secret in it', token.split('_')[2]);
  await callApi(scene, scene.stack.operatorToken, 'GET', `/audit?organisation=${organisation.id}`);

  await terminal.stop();
  await elsewhere.stop();
  // What is only in memory, or in a write-ahead log, is on disk now.
  await scene.stack.part('edge').stop();
  const data = join(scene.dir, scene.stack.engine === 'node' ? 'edge-data' : 'edge-workerd');
  const files = filesOf(data).filter(({ name }) => !/\.(?:capnp|m?js)$/.test(name));
  expect(files.some(({ name }) => /sqlite|\.db/.test(name))).toBe(true);
  const logs = [...scene.stack.parts].map(([name, part]) => ({
    name: `log of ${name}`,
    text: part.errors(),
  }));
  const states = ['terminal-alice', 'terminal-elsewhere', 'state']
    .flatMap((name) => filesOf(join(scene.dir, name)))
    .filter(({ name }) => name.endsWith('.log'));
  expect(states.length).toBeGreaterThan(0);
  const found = [...files, ...logs, ...states].flatMap(({ name, text }) => [
    ...[...secrets]
      .filter(([secret]) => text.includes(secret))
      .map(([, what]) => `${what}: ${name}`),
    // Ours, whoever made them; people's and the app's at GitHub, by their prefixes.
    ...(text.match(/\bbw[csu]_\w{12}_\w{43}|\bgh[oprsu]_\w{10,}/g) ?? []).map(
      (hit) => `${hit.slice(0, 8)}…: ${name}`,
    ),
  ]);
  expect(found).toEqual([]);
  // The same search finds what is there.
  const all = [...files].map(({ text }) => text).join('');
  expect(all).toContain(label);
  expect(all).toContain('github-actions/2001');
}, 120_000);
