/** `byway login` through a browser: what it shows, whose answers it takes, for which organisation. */
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { browse, consent, visit } from '../../unit/cli/login/strict-edge.ts';
import { until } from '../cli-world.ts';
import { useLogin, world } from './use-login.ts';

useLogin();

describe('byway login', () => {
  it('opens the browser, and prints what the specification says', async () => {
    const { address, ended } = await world.beginLogin();
    await until(() => world.openedUrls.length === 1, 'no browser is opened');
    expect(world.openedUrls).toEqual([address]);
    const page = await browse(address);
    expect(page.text).toContain('Go back to the terminal');
    const { code, stdout, stderr } = await ended;
    expect({ code, stdout }).toEqual({
      code: 0,
      stdout: 'Launching browser authentication flow...\nLogin successful.\n',
    });
    expect(stderr).toContain(`byway: logged in to ${world.gate.url} as alice (acme)\n`);
    expect(world.stored).toEqual({
      edge_url: world.gate.url,
      organisation: { id: 42, login: 'acme' },
      user: { id: 7, login: 'alice' },
      access_token: expect.stringMatching(/^bwu_/),
      access_expires_ms: expect.any(Number),
      refresh_token: world.gate.families[0]!.refresh,
    });
    expect(statSync(world.credentials).mode & 0o777).toBe(0o600);
    expect(statSync(join(world.credentials, '..')).mode & 0o777).toBe(0o700);
  });

  it('threat 61: shows no token: not on the terminal, in the address, on the page or in the log', async () => {
    await world.byway('list');
    const { address, ended } = await world.beginLogin();
    const page = await browse(address);
    const { stdout, stderr } = await ended;
    const { access_token, refresh_token } = world.stored;
    const log = readFileSync(world.file('.log'), 'utf8');
    for (const text of [stdout, stderr, address, page.text, JSON.stringify(page.headers), log]) {
      for (const secret of [access_token, refresh_token]) expect(text).not.toContain(secret);
    }
    expect(log).toContain('logged in to');
  });

  it('opens nothing with --no-browser, and prints the result alone with --output json', async () => {
    const { code, stdout } = await world.logIn('--no-browser', '--output', 'json');
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toEqual({
      edge_url: world.gate.url,
      organisation: { id: 42, login: 'acme' },
      user: { id: 7, login: 'alice' },
    });
    expect(world.openedUrls).toEqual([]);
  });

  it('goes on without a browser to open', async () => {
    const bare = join(world.dir, 'bin', 'xdg-open');
    writeFileSync(bare, '#!/nonexistent/interpreter\n');
    expect((await world.logIn()).code).toBe(0);
  });

  it('needs no configuration file where --edge names the edge, and keeps to it', async () => {
    const none = ['--config', join(world.dir, 'none.yaml')];
    expect((await world.logIn('--edge', world.gate.url, ...none)).code).toBe(0);
    expect((await world.logIn(...none)).code).toBe(0);
  });

  it('ends the former login when a new one is there', async () => {
    await world.logIn();
    await world.logIn();
    expect(world.gate.families.map(({ revoked }) => revoked)).toEqual([true, false]);
    expect(world.stored.refresh_token).toBe(world.gate.families[1]!.refresh);
  });

  it('tells why the edge says no', async () => {
    world.gate.consents = false;
    const { code, stderr } = await world.logIn();
    expect(code).toBe(5);
    expect(stderr).toContain('does not let you in: They said no. (access_denied)');
    expect(existsSync(world.credentials)).toBe(false);
  });

  it('ends with 4 where the edge is away', async () => {
    await world.gate.stop();
    const { code, stderr } = await world.byway('login');
    expect(code).toBe(4);
    expect(stderr).toContain(`the edge ${world.gate.url} cannot be reached`);
  });
});

describe('threat 53: the loopback listener of a login', () => {
  it('is not disturbed by foreign callbacks before the right one', async () => {
    const { address, ended } = await world.beginLogin();
    const { searchParams } = new URL(address);
    const redirect = searchParams.get('redirect_uri')!;
    const state = searchParams.get('state')!;
    const right = { state, iss: world.gate.url };
    for (const parameters of [
      { error: 'access_denied' },
      { error: 'access_denied', state: 'forged' },
      { code: 'forged', state: 'forged', iss: world.gate.url },
      { ...right, code: 'forged', iss: 'https://evil.example.com' },
    ]) {
      const { status } = await visit(`${redirect}?${new URLSearchParams(parameters)}`);
      expect(status).toBe(400);
    }
    expect((await visit(`${new URL(redirect).origin}/?${new URLSearchParams(right)}`)).status).toBe(
      400,
    );
    expect((await browse(address)).status).toBe(200);
    const { code, stderr } = await ended;
    expect(code).toBe(0);
    expect(stderr).toContain('a request to this login was ignored: its state is not');
    expect(world.gate.asked('/oauth/token')).toHaveLength(1);
  });

  it('threats 4, 5: a code of somebody else is of no use without the verifier', async () => {
    const mine = await world.beginLogin();
    const other = await world.beginLogin();
    const stolen = new URL(await consent(other.address));
    const back = new URL(await consent(mine.address));
    back.searchParams.set('code', stolen.searchParams.get('code')!);
    await visit(back.href);
    const { code, stderr } = await mine.ended;
    expect(code).toBe(5);
    expect(stderr).toContain('invalid_grant');
    expect(world.gate.violations.splice(0)).toEqual(['token: code_verifier']);
    expect(existsSync(world.credentials)).toBe(false);
    other.child.kill('SIGKILL');
  });

  it('ignores an answer in another issuer’s name (RFC 9207)', async () => {
    world.gate.callbackIssuer = 'https://evil.example.com';
    const { address, said, child } = await world.beginLogin();
    expect((await browse(address)).status).toBe(400);
    await until(() => said.stderr.includes('does not say that it comes from'), 'it says nothing');
    expect(world.gate.asked('/oauth/token')).toEqual([]);
    child.kill('SIGKILL');
  });

  it('is gone after Ctrl-C, and nothing is left', async () => {
    const { address, child, ended } = await world.beginLogin();
    const back = await consent(address);
    child.kill('SIGINT');
    await ended;
    await expect(visit(back)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
    const state = join(world.dir, 'state', 'byway');
    expect(existsSync(state) ? readdirSync(state) : []).toEqual([]);
    expect((await world.logIn()).code).toBe(0);
  });
});

describe('several organisations', () => {
  beforeEach(() => world.gate.organisations.push({ id: 43, login: 'globex' }));

  it('are listed where nobody can be asked', async () => {
    const { code, stderr } = await world.logIn();
    expect(code).toBe(2);
    expect(stderr).toContain('\n  --organisation acme\n  --organisation globex\n');
    expect(existsSync(world.credentials)).toBe(false);
  });

  it('are chosen among by --organisation', async () => {
    expect((await world.logIn('--organisation', 'globex')).code).toBe(0);
    expect(world.stored.organisation).toEqual({ id: 43, login: 'globex' });
  });

  it('are no way into another one', async () => {
    const { code, stderr } = await world.logIn('--organisation', 'initech');
    expect(code).toBe(5);
    expect(stderr).toContain('You are no member of initech.');
  });

  it('a login for another one than was asked for is ended, not kept', async () => {
    const [acme] = world.gate.organisations;
    const { address, ended } = await world.beginLogin('--organisation', 'globex');
    const back = await consent(address);
    world.gate.organisations = [acme!];
    await visit(back);
    const { code, stderr } = await ended;
    expect(code).toBe(5);
    expect(stderr).toContain('gives a login for acme, not for globex');
    expect(world.gate.families[0]!.revoked).toBe(true);
    expect(existsSync(world.credentials)).toBe(false);
  });
});
