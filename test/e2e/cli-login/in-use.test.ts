/** A login after it was made: a daemon and several commands use and renew it, `byway logout` ends it. */
import { chmodSync, existsSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { operatorToken, until } from '../cli-world.ts';
import { useLogin, world } from './use-login.ts';

useLogin();

describe('byway logout', () => {
  it('ends the login at the edge and here', async () => {
    await world.logIn();
    const { refresh_token } = world.stored;
    const { code, stdout, stderr } = await world.byway('logout');
    expect({ code, stdout, stderr }).toEqual({
      code: 0,
      stdout: 'Logout successful.\n',
      stderr: '',
    });
    expect(world.gate.families[0]!.revoked).toBe(true);
    expect(world.gate.asked('/oauth/revoke')[0]!.form.get('token')).toBe(refresh_token);
    expect(existsSync(world.credentials)).toBe(false);
    expect((await world.byway('logout')).stdout).toBe('Not logged in\n');
  });

  it('works offline, and says what the edge does not know', async () => {
    await world.logIn();
    await world.gate.stop();
    const { code, stdout, stderr } = await world.byway('logout', '--output', 'json');
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toEqual({ logged_out: true, revoked: false });
    expect(stderr).toContain('logged out here, but the edge could not be told');
    expect(existsSync(world.credentials)).toBe(false);
  });

  it('leaves a given token alive, and an operator token alone', async () => {
    const token = world.gate.giveToken('bws');
    await world.byway('login', '--token', token);
    world.configure({ edge_url: world.gate.url, operator_token: operatorToken });
    const { stderr } = await world.byway('logout');
    expect(stderr).toContain('the token itself goes on');
    expect(stderr).toContain(`operator_token in ${world.config} goes on counting as logged in`);
    expect(world.gate.asked('/oauth/revoke')).toEqual([]);
    expect(existsSync(world.credentials)).toBe(false);
  });

  it('ends a login that others could have read', async () => {
    await world.logIn();
    chmodSync(world.credentials, 0o644);
    const used = await world.byway('token', 'list');
    expect(used.code).toBe(3);
    expect(used.stderr).toContain('mode 0600');
    expect((await world.byway('logout')).code).toBe(0);
    expect(world.gate.families[0]!.revoked).toBe(true);
  });
});

const intercept = ['intercept', 'web', '--port', '8080:http'];

describe('a daemon that runs', () => {
  it('makes previews from the login on, and none after the logout', async () => {
    expect((await world.byway(...intercept, '--preview-url')).stderr).toContain('byway login');
    await world.byway('list');
    await world.logIn();
    const made = await world.byway(...intercept);
    expect(made.stderr).not.toContain('log in');
    expect(made.stdout).toContain('Preview URL      : http://amber-otter-1.preview.localhost\n');
    const status = (await world.byway('status')).stdout;
    expect(status).toContain('    web: ');
    expect(status).toContain('\n  Login:         alice (acme)\n');
    const out = await world.byway('logout');
    expect(out.stderr).toContain('1 of your intercepts have previews');
    expect((await world.byway('status')).stdout).not.toContain('Login:');
    expect((await world.byway(...intercept, '--name', 'two', '--preview-url')).code).toBe(3);
    const left = await world.byway('leave', 'web');
    expect(left.code).toBe(4);
    expect(left.stderr).toContain('log in: byway login');
    // What waited for a login is done with the next one.
    await world.logIn();
    await until(() => world.gate.previews.length === 0, 'the preview stays');
  });

  it('renews the login by itself', async () => {
    world.gate.expiresInS = 200;
    await world.logIn();
    const { access_token } = world.stored;
    world.gate.expiresInS = 3600;
    await world.byway('list');
    await until(() => world.stored.access_token !== access_token, 'it is not renewed');
    expect(world.stored.refresh_token).toBe(world.gate.families[0]!.refresh);
  });

  it('says clearly when the login is over', async () => {
    await world.logIn();
    await world.byway('list');
    world.gate.removeMember();
    const { code, stderr } = await world.byway(...intercept);
    expect(code).toBe(3);
    expect(stderr).toContain('does not renew the login');
    expect(stderr).toContain('log in again: byway login');
    expect((await world.byway('status')).stdout).toMatch(
      / {2}Login: .*log in again: byway login\n/,
    );
    expect(await world.json('status')).toMatchObject({
      intercepts: [],
      login: { user: { login: 'alice' }, problem: expect.stringContaining('does not renew') },
    });
    world.gate.families.splice(0);
    await world.logIn();
    expect((await world.byway(...intercept)).code).toBe(0);
  });

  it('does not use a login for another edge than the configuration’s', async () => {
    await world.logIn('--edge', world.gate.url);
    world.configure({ edge_url: world.edgeUrl });
    const { code, stderr } = await world.byway(...intercept, '--preview-url');
    expect(code).toBe(3);
    expect(stderr).toContain('--preview-url needs a login');
  });
});

describe('the login in several processes', () => {
  it('is renewed by one of them', async () => {
    world.gate.expiresInS = 200;
    await world.logIn();
    world.gate.expiresInS = 3600;
    const commands = await Promise.all(
      Array.from({ length: 4 }, () => world.byway('token', 'list')),
    );
    expect(commands.map(({ code }) => code)).toEqual([0, 0, 0, 0]);
    const renewals = world.gate
      .asked('/oauth/token')
      .filter(({ form }) => form.get('grant_type') === 'refresh_token');
    expect(renewals).toHaveLength(1);
  });
});
