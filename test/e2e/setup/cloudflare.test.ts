/** `byway setup github` for an edge on Cloudflare; a stand-in for wrangler writes down what it gets. */
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { varsIn } from '#cli/setup/wrangler-toml.ts';
import { root } from '#sandbox/process.ts';
import { Visitor } from '#sandbox/visitor.ts';
import { startWorkerd } from '#sandbox/workerd/workerd.ts';
import { saidBy } from '../gate/terminal.ts';
import { operatorToken, register, SetupWorld } from './world.ts';

vi.setConfig({ testTimeout: 120_000 });

let world: SetupWorld;
let toml: string;
beforeEach(async () => {
  world = new SetupWorld();
  await world.start();
  const shipped = readFileSync(join(root, 'wrangler.toml'), 'utf8');
  toml = shipped.replace('APP_URL = "https://byway.example.com"', `APP_URL = "${world.appUrl}"`);
  writeFileSync(join(world.dir, 'wrangler.toml'), toml);
  wrangler();
});
afterEach(() => world.stop());

/** `bulk`: what its `secret bulk` does when it has read its input. */
function wrangler(whoami = 'exit 0', bulk = 'echo secret-of-wrangler; exit 0'): void {
  world.program(
    'wrangler',
    `printf '%s\\n' "$*" >> '${join(world.dir, 'wrangler.args')}'
case "$1" in
whoami) ${whoami} ;;
secret) cat > '${join(world.dir, 'wrangler.stdin')}'; ${bulk} ;;
esac`,
  );
}

const cloudflare = ['--engine', 'cloudflare', '--name', 'Byway cloud'];

function newApp() {
  const app = world.github.state.world.apps.find(({ id }) => id !== 77);
  if (app === undefined) throw new Error('no app was registered');
  return app;
}

describe('byway setup github --engine cloudflare', () => {
  it('gives the secrets to wrangler on standard input and writes the variables; the Worker runs', async () => {
    const { address, ended } = await world.beginSetup(...cloudflare, '--output', 'json');
    await register(address);
    const { code, stdout, stderr } = await ended;
    expect({ code, stderr }).toMatchObject({ code: 0 });
    const app = newApp();
    const file = join(world.dir, 'wrangler.toml');
    const [asked, sent] = world.read('wrangler.args').split('\n');
    expect(asked).toBe('whoami --json');
    expect(sent).toBe(`secret bulk --env production --config ${file}`);
    const secrets = JSON.parse(world.read('wrangler.stdin')) as Record<string, string>;
    expect(secrets).toEqual({
      GITHUB_CLIENT_SECRET: app.client_secret,
      GITHUB_PRIVATE_KEY: expect.stringMatching(/^-----BEGIN PRIVATE KEY-----\n/) as string,
      GITHUB_WEBHOOK_SECRETS: app.webhook_secret,
    });
    const vars = {
      GITHUB_APP_ID: String(app.id),
      GITHUB_CLIENT_ID: app.client_id,
      GITHUB_SLUG: 'byway-cloud',
      GITHUB_WEB_URL: world.github.loopbackUrl,
      GITHUB_API_URL: `${world.github.loopbackUrl}/api/v3`,
      GITHUB_ACTIONS_ISSUER: '',
      GITHUB_DEPLOYMENTS: 'false',
    };
    expect(JSON.parse(stdout)).toMatchObject({
      engine: 'cloudflare',
      app: { id: app.id, slug: 'byway-cloud' },
      edge_config: file,
      environment: 'production',
      vars,
      secrets: Object.keys(secrets),
    });
    expect(stderr).toContain('next: run npx wrangler deploy --env production at once');
    const written = world.read('wrangler.toml');
    const section = varsIn(written, 'production');
    expect(Object.fromEntries(section?.values ?? [])).toMatchObject(vars);
    expect(varsIn(written, 'staging')?.values).toEqual(varsIn(toml, 'staging')?.values);
    for (const secret of Object.values(secrets)) {
      expect(stdout + stderr + written + world.read('wrangler.args')).not.toContain(secret);
    }

    const worker = await startWorkerd({
      dir: join(world.dir, 'workerd'),
      entry: 'edge/cloudflare/worker.ts',
      port: world.port,
      bindings: {
        ...Object.fromEntries(section?.values ?? []),
        ...secrets,
        PREVIEW_DOMAIN: 'preview.localhost',
        OPERATOR_TOKEN: operatorToken,
        EDGE_SECRET: 'ab'.repeat(32),
      },
      objects: { CLUSTER: 'ClusterObject', ORG: 'OrgObject', IDENTITY: 'IdentityObject' },
    });
    try {
      world.github.actions.act({ action: 'install', app_id: app.id, org: 'sandbox' });
      const made = await new Visitor().send(`${world.appUrl}/api/v1/clusters`, {
        method: 'POST',
        body: JSON.stringify({ name: 'dev', organisation: { id: 1, login: 'sandbox' } }),
        headers: { authorization: `Bearer ${operatorToken}`, 'content-type': 'application/json' },
      });
      expect(made.status, worker.errors()).toBe(201);
      const seen = await new Visitor('bob').open(`${world.appUrl}/dashboard`);
      expect(seen).toMatchObject({ status: 200 });
    } finally {
      await worker.stop();
    }
  });

  it('changes nothing when wrangler refuses, and repeats no secret of what it says', async () => {
    wrangler(
      'exit 0',
      `cat '${join(world.dir, 'wrangler.stdin')}' >&2; echo 'no such account'; exit 1`,
    );
    const { address, ended } = await world.beginSetup(...cloudflare);
    await register(address);
    const { code, stdout, stderr } = await ended;
    expect({ code, stdout }).toEqual({ code: 4, stdout: '' });
    expect(stderr).toContain('no such account');
    expect(stderr).toContain('byway-cloud exists at GitHub, delete it at');
    const { client_secret, webhook_secret } = newApp();
    expect(stderr).not.toContain(client_secret);
    expect(stderr).not.toContain(webhook_secret);
    expect(stderr).not.toMatch(/[A-Za-z0-9+/]{60}/);
    expect(world.read('wrangler.toml')).toBe(toml);
  });

  it('stores the secrets of an app that exists before it obeys Ctrl-C', async () => {
    const [began, go] = [join(world.dir, 'began'), join(world.dir, 'go')];
    for (const pipe of [began, go]) execFileSync('mkfifo', [pipe]);
    wrangler('exit 0', `echo > '${began}'; cat '${go}'; exit 0`);
    const { child, address, ended, said } = await world.beginSetup(...cloudflare);
    const registered = register(address);
    await readFile(began);
    child.kill('SIGINT');
    await saidBy({ child, said, ended }, /(the app exists already)/);
    await writeFile(go, '');
    expect((await registered).status).toBe(200);
    expect((await ended).code).toBe(0);
    expect(varsIn(world.read('wrangler.toml'), 'production')?.values.get('GITHUB_SLUG')).toBe(
      'byway-cloud',
    );
  });

  it.each([
    ['wrangler is not logged in', 3, 'run npx wrangler login', ['--env', 'production']],
    ['there is no such environment', 3, '[env.nowhere.vars]', ['--env', 'nowhere']],
    ['there is no such file', 3, 'does not exist', ['--edge-config', 'nowhere.toml']],
    ['the environment is no name', 2, '--env', ['--env', 'a b']],
  ])('says so before anybody is sent to GitHub when %s', async (_what, exit, text, args) => {
    wrangler('echo \'{"loggedIn":false}\'; exit 1');
    const { code, stderr } = await world.setup('--no-browser', ...cloudflare, ...args).ended;
    expect(code).toBe(exit);
    expect(stderr).toContain(text);
    expect(stderr).not.toContain('open this page');
  });

  it('says so before anybody is sent to GitHub when wrangler does not work', async () => {
    wrangler('echo needs another Node; exit 1');
    const { code, stderr } = await world.setup('--no-browser', ...cloudflare).ended;
    expect(code).toBe(3);
    expect(stderr).toContain('wrangler whoami ended with 1. It says:\nneeds another Node');
  });

  it('replaces an app with --force only', async () => {
    writeFileSync(
      join(world.dir, 'wrangler.toml'),
      toml.replaceAll('GITHUB_APP_ID = ""', 'GITHUB_APP_ID = "5"'),
    );
    const { code, stderr } = await world.setup('--no-browser', ...cloudflare).ended;
    expect(code).toBe(5);
    expect(stderr).toContain('a GitHub App is configured already: GITHUB_APP_ID in');
    const { address, ended } = await world.beginSetup(...cloudflare, '--force');
    await register(address);
    expect((await ended).code).toBe(0);
    expect(varsIn(world.read('wrangler.toml'), 'production')?.values.get('GITHUB_APP_ID')).toBe(
      String(newApp().id),
    );
  });
});
