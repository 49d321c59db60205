/** `byway setup github` for an edge on Node, to the login of a member. */
import { mkdirSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { parse } from 'yaml';
import { startFile, type Running } from '#sandbox/process.ts';
import { Visitor } from '#sandbox/visitor.ts';
import { allow, saidBy } from '../gate/terminal.ts';
import { create, operatorToken, register, SetupWorld, toGitHub } from './world.ts';

// Several commands each, which take their time where cores are few.
vi.setConfig({ testTimeout: 120_000 });

let world: SetupWorld;
let before: string[];
const files = ['github-app.pem', 'github-client.secret', 'github-webhook.secret'];
beforeEach(async () => {
  world = new SetupWorld();
  await world.start();
  before = readdirSync(world.dir);
});
afterEach(() => world.stop());

function newApp() {
  const app = world.github.state.world.apps.find(({ id }) => id !== 77);
  if (app === undefined) throw new Error('no app was registered');
  return app;
}

/** Nothing of a set-up is there. */
function expectUntouched(config: string): void {
  expect(readdirSync(world.dir).filter((name) => !before.includes(name))).toEqual([]);
  expect(world.read('edge.yaml')).toBe(config);
}

describe('byway setup github', () => {
  it('registers the app, stores its secrets, and the edge starts with them: a member logs in', async () => {
    const begun = world.setup('--output', 'json', '--name', 'Byway sandbox 1');
    const address = await saidBy(begun, /(http:\/\/127\.0\.0\.1:\S+)\n/);
    const end = await register(address);
    expect(end.status).toBe(200);
    expect(end.text).toContain('The GitHub App is registered');
    const app = newApp();
    const installation = `${world.github.loopbackUrl}/apps/${app.slug}/installations/new`;
    expect(end.text).toContain(`href="${installation}"`);
    const { code, stdout, stderr } = await begun.ended;
    expect({ code, stderr }).toMatchObject({ code: 0 });
    expect(world.read('opened')).toBe(`${address}\n`);
    expect(JSON.parse(stdout)).toEqual({
      engine: 'node',
      organisation: 'sandbox',
      app: {
        id: app.id,
        slug: 'byway-sandbox-1',
        client_id: app.client_id,
        url: `${world.github.loopbackUrl}/apps/${app.slug}`,
      },
      installation_url: installation,
      edge_config: world.edgeConfig,
      files: [
        join(world.dir, 'github-client.secret'),
        join(world.dir, 'github-app.pem'),
        join(world.dir, 'github-webhook.secret'),
      ],
    });
    expect(stderr).toContain(
      `next: restart the edge: byway edge --config ${world.edgeConfig}; then install`,
    );
    expect(app).toMatchObject({
      name: 'Byway sandbox 1',
      webhook_url: `${world.appUrl}/webhooks/github`,
      callback_urls: [`${world.appUrl}/auth/github/callback`],
      setup_url: `${world.appUrl}/dashboard/setup`,
      permissions: { metadata: 'read', members: 'read', pull_requests: 'write', issues: 'write' },
      events: [
        'organization',
        'pull_request',
        'issue_comment',
        'repository',
        'member',
        'membership',
        'team',
      ],
    });
    for (const name of files) {
      expect(statSync(join(world.dir, name)).mode & 0o777, name).toBe(0o600);
    }
    expect(world.read('github-client.secret')).toBe(`${app.client_secret}\n`);
    expect(world.read('github-webhook.secret')).toBe(`${app.webhook_secret}\n`);
    expect(world.read('github-app.pem')).toMatch(/^-----BEGIN PRIVATE KEY-----\n/);
    const config = world.read('edge.yaml');
    for (const comment of ['# the edge of the team', '# behind the proxy', '# back it up']) {
      expect(config).toContain(comment);
    }
    expect(parse(config)).toMatchObject({ github: { app_id: app.id, slug: app.slug } });
    for (const secret of [app.client_secret, app.webhook_secret, 'PRIVATE KEY']) {
      expect(stdout + stderr + end.text + config).not.toContain(secret);
    }

    const edge = await startFile('edge/node/main.ts', ['--config', world.edgeConfig]);
    try {
      await worksForMembers(edge);
    } finally {
      await edge.stop();
    }
  });

  it('goes on when the name is taken and the person chooses another one', async () => {
    const { address, ended } = await world.beginSetup('--name', 'Byway (sandbox)');
    const alice = new Visitor('alice');
    const refused = await create(alice, await toGitHub(alice, address));
    expect(refused).toMatchObject({ status: 422 });
    expect(refused.text).toContain('Name is already taken');
    await alice.follow(await create(alice, refused, 'Byway of ours'));
    expect((await ended).code).toBe(0);
    expect(parse(world.read('edge.yaml'))).toMatchObject({ github: { slug: 'byway-of-ours' } });
  });

  it('asks for deployments only with --deployments', async () => {
    const { address, ended } = await world.beginSetup('--deployments', '--name', 'With it');
    await register(address);
    expect((await ended).code).toBe(0);
    expect(newApp().permissions).toMatchObject({ deployments: 'write' });
  });

  it('replaces an app with --force only', async () => {
    const first = await world.beginSetup('--name', 'First');
    await register(first.address);
    const { code, stdout } = await first.ended;
    expect(code).toBe(0);
    expect(stdout).toMatch(/^Registered the GitHub App first for sandbox\n {4}App ID +: \d+\n/);
    const config = world.read('edge.yaml');
    const again = await world.setup('--no-browser').ended;
    expect(again).toMatchObject({ code: 5, stdout: '' });
    expect(again.stderr).toContain('a GitHub App is configured already: section github in');
    expect(again.stderr).toContain('github-app.pem');
    expect(world.read('edge.yaml')).toBe(config);
    const former = world.read('github-app.pem');
    const forced = await world.beginSetup('--name', 'Second', '--force');
    await register(forced.address);
    expect((await forced.ended).code).toBe(0);
    expect(parse(world.read('edge.yaml'))).toMatchObject({ github: { slug: 'second' } });
    expect(world.read('github-app.pem')).not.toBe(former);
  });

  it('threat 53: a forged answer changes nothing, and the page is for one browser', async () => {
    const { address, ended, said } = await world.beginSetup('--name', 'Ours');
    const alice = new Visitor('alice');
    const page = await toGitHub(alice, address);
    const stranger = new Visitor();
    expect((await stranger.send(address)).status).toBe(410);
    expect((await alice.send(address)).status).toBe(200);
    const back = await create(alice, page);
    const right = new URL(back.headers.location ?? '');
    for (const [name, value] of [
      ['state', 'forged'],
      ['code', ''],
    ]) {
      const forged = new URL(right);
      forged.searchParams.set(String(name), String(value));
      expect((await stranger.send(forged)).status).toBe(400);
    }
    expect((await stranger.send(new URL('/', right))).status).toBe(400);
    const end = await alice.follow(back);
    expect(end.text).toContain('The GitHub App is registered');
    expect((await ended).code).toBe(0);
    expect(said.stderr).toContain('was ignored: its state is not that of this set-up');
    expect(said.stderr).toContain('was ignored: another browser has opened the page before');
    expect(parse(world.read('edge.yaml'))).toMatchObject({ github: { slug: 'ours' } });
  });

  it('of a code that was used already stores nothing and says what to do', async () => {
    const config = world.read('edge.yaml');
    const { address, ended } = await world.beginSetup('--name', 'Used');
    const alice = new Visitor('alice');
    const back = await create(alice, await toGitHub(alice, address));
    const code = new URL(back.headers.location ?? '').searchParams.get('code') ?? '';
    world.github.state.manifests.take(code);
    const end = await alice.follow(back);
    expect(end).toMatchObject({ status: 500 });
    const { code: exit, stdout, stderr } = await ended;
    expect({ exit, stdout }).toEqual({ exit: 5, stdout: '' });
    expect(stderr).toContain('it was used already, or is older than an hour');
    const settings = `${world.github.loopbackUrl}/organizations/sandbox/settings/apps`;
    expect(stderr).toContain(`delete it at ${settings}, then run byway setup github again`);
    expectUntouched(config);
  });

  it('that is ended by Ctrl-C leaves nothing behind', async () => {
    const config = world.read('edge.yaml');
    const { child, address, ended } = await world.beginSetup();
    child.kill('SIGINT');
    await ended;
    expect(child.signalCode).toBe('SIGINT');
    expectUntouched(config);
    await expect(new Visitor().send(address)).rejects.toThrow('ECONNREFUSED');
  });
});

describe('what is wrong is said before anybody is sent to GitHub', () => {
  const refuse = async (exit: number, text: string, ...args: string[]): Promise<void> => {
    const { code, stdout, stderr } = await world.setup('--no-browser', ...args).ended;
    expect({ code, stdout }, stderr).toEqual({ code: exit, stdout: '' });
    expect(stderr).toContain(text);
    expect(stderr).not.toContain('open this page');
  };

  it('no edge.yaml', () =>
    refuse(3, 'nowhere.yaml does not exist', '--edge-config', 'nowhere.yaml'));

  it('an edge.yaml without app_url', async () => {
    writeFileSync(world.edgeConfig, 'data_dir: data\n');
    await refuse(3, 'edge.yaml:1: app_url: must be the http or https URL of the edge');
  });

  it('an app_url that GitHub cannot reach', () =>
    refuse(3, 'cannot send webhooks to', '--github-url', 'https://github.com'));

  it('a GitHub that cannot be reached', () =>
    refuse(4, 'http://127.0.0.1:9/api/v3 cannot be reached', '--github-url', 'http://127.0.0.1:9'));

  it('an organisation that GitHub does not know', () =>
    refuse(5, 'has no organisation nobody', '--organisation', 'nobody'));

  it('a file that is there already', async () => {
    writeFileSync(join(world.dir, 'github-app.pem'), 'kept');
    await refuse(5, 'github-app.pem. --force replaces it');
    expect(world.read('github-app.pem')).toBe('kept');
  });

  it('an app that was set up in the browser before', async () => {
    mkdirSync(join(world.dir, 'edge-data'));
    writeFileSync(join(world.dir, 'edge-data', 'github-app.json'), '{}');
    await refuse(5, 'github-app.json. --force replaces it');
  });

  it('a name that GitHub would refuse', () => refuse(2, '--name', '--name', 'n'.repeat(35)));
});

/** Installs the app, and lets bob in and mallory not. */
async function worksForMembers(edge: Running): Promise<void> {
  const { id } = newApp();
  world.github.actions.act({ action: 'install', app_id: id, org: 'sandbox' });
  const made = await new Visitor().send(`${world.appUrl}/api/v1/clusters`, {
    method: 'POST',
    body: JSON.stringify({ name: 'dev', organisation: { id: 1, login: 'sandbox' } }),
    headers: { authorization: `Bearer ${operatorToken}`, 'content-type': 'application/json' },
  });
  expect(made.status, edge.errors()).toBe(201);
  const login = world.begin('login', '--no-browser', '--edge', world.appUrl);
  const address = await saidBy(login, /(http:\S+\/oauth\/authorize\S+)\s/);
  const bob = new Visitor('bob');
  await allow(bob, await bob.open(address));
  const { code, stderr } = await login.ended;
  expect({ code, stderr }).toMatchObject({ code: 0 });
  expect(stderr).toContain(`logged in to ${world.appUrl} as bob (sandbox)`);
  expect((await bob.open(`${world.appUrl}/dashboard`)).status).toBe(200);
  expect((await bob.open(`${world.appUrl}/dashboard/setup`)).status).toBe(403);
  await saysAllIsWell();
  const mallory = await new Visitor('mallory').open(`${world.appUrl}/dashboard`);
  expect(mallory.status).not.toBe(200);
}

/** What the owner reads who comes back from the installation. */
async function saysAllIsWell(): Promise<void> {
  const alice = new Visitor('alice');
  const text = async () => {
    const back = `${world.appUrl}/dashboard/setup?installation_id=1&setup_action=install`;
    const seen = await alice.open(back);
    return seen.text.replaceAll(/\s+/g, ' ');
  };
  await expect.poll(text, { timeout: 10_000 }).toContain('The last one: installation,');
  const page = await text();
  for (const part of ['byway-sandbox-1', 'It is installed in sandbox and may do', ': OK.']) {
    expect(page).toContain(part);
  }
  const [installation] = world.github.state.world.installations.filter(
    ({ app_id }) => app_id === newApp().id,
  );
  const { id, permissions } = installation!;
  const { issues: _issues, ...fewer } = permissions;
  const change = { action: 'set_permissions', installation_id: id } as const;
  world.github.actions.act({ ...change, permissions: fewer });
  expect(await text()).toContain('It lacks issues: write.');
  world.github.actions.act({ ...change, permissions });
}
